// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "izhi/isa.hpp"

/// The arithmetic of a step, written once over a vocabulary of vector operations, built once per instruction set and
/// reached through a table of plain function pointers.
///
/// Only pointers, counts and plain structs cross this border: an object of an ISA unit that leaked into the rest of the
/// program would crash a CPU without that ISA. Every kernel gives the same bits on every ISA: integers where order could
/// matter, IEEE single from + - * / elsewhere, never a fused multiply-add.
namespace izhi::simd {

/// Every instruction set, slowest first.
inline constexpr Isa kIsas[] = {Isa::scalar, Isa::sse42, Isa::avx2, Isa::avx512, Isa::neon};

/// Columns are aligned to this many bytes and padded to a multiple of kPad neurons, so kernels have no tail loops: one
/// 64-bit word of the bitmap of fired neurons, and a whole number of vectors on every ISA.
inline constexpr std::size_t kAlignment = 64;
inline constexpr std::size_t kPad = 64;

/// Round keys of the keyed hash, fresh for every step (noise) or row (wiring).
struct HashKey {
    std::uint32_t k0 = 0, k1 = 0, k2 = 0;
};

/// The keyed hash behind noise and wiring: three multiply-xorshift rounds (shifts and multipliers of the "triple32"
/// family of integer hashes) with a key added before each. Two multiplies were measured and are not enough: squares of
/// neighbouring samples then correlate at three to six standard errors. Keys enter by addition between the multiplies;
/// with one xor in front, two steps would be permutations of each other.
[[nodiscard]] static constexpr std::uint32_t keyed_hash(std::uint32_t x, const HashKey& key) noexcept {
    x += key.k0;
    x ^= x >> 17;
    x *= 0xed5ad4bbu;
    x += key.k1;
    x ^= x >> 11;
    x *= 0xac4c1b51u;
    x += key.k2;
    x ^= x >> 15;
    x *= 0x31848babu;
    x ^= x >> 14;
    return x;
}

// The normal law of the noise: each of the 8 nibbles of a hash word picks an entry of a symmetric table, the two entries
// of a byte are added, and the four bytes are summed with four weights. The sum of eight independent table draws has
// variance table_normal_variance() and is within 6.7e-5 of the normal distribution function everywhere (both sides of
// each of its jumps counted); its excess kurtosis is -0.0039; beyond 4 standard deviations it has 0.88, beyond 5 0.57 of
// the normal mass; it never exceeds 6.1. Table and weights were found by hill climbing over the exact law (a convolution of
// eight 16-point laws), and tests/ computes these figures anew from the construction.
static constexpr std::int8_t kNormalTable[16] = {4, 8, 11, 19, 20, 26, 28, 57, -4, -8, -11, -19, -20, -26, -28, -57};
static constexpr std::int8_t kNormalWeights[4] = {127, 121, 114, 116};

/// The integer whose law is described above; exact, so equal on every ISA. (Functions and tables here are static, not
/// inline: an ISA unit must not offer the linker a copy compiled for its ISA.)
[[nodiscard]] static constexpr std::int32_t table_normal(std::uint32_t word) noexcept {
    std::int32_t sum = 0;
    for (int byte = 0; byte < 4; ++byte) {
        const std::uint32_t b = (word >> (8 * byte)) & 0xffu;
        sum += kNormalWeights[byte] * (kNormalTable[b & 15u] + kNormalTable[b >> 4]);
    }
    return sum;
}

/// Variance of table_normal: each table entry has probability 1/16, twice per byte.
[[nodiscard]] static constexpr double table_normal_variance() noexcept {
    double table = 0.0, weights = 0.0;
    for (const int t : kNormalTable) table += t * t / 16.0;
    for (const int w : kNormalWeights) weights += static_cast<double>(w) * w;
    return 2.0 * table * weights;
}

/// Threshold of every form of the neuron but the nine-parameter one [mV].
inline constexpr float kThreshold = 30.0f;

/// Input current of a run of neurons: bias plus scaled noise.
struct NoiseArgs {
    float* current;       ///< [count] written
    std::size_t count;    ///< multiple of kPad
    std::uint32_t first;  ///< number of the first neuron, over the network
    HashKey key;          ///< of the step
    float scale;          ///< stddev / sqrt(table_normal_variance()); 0: no noise
    const float* bias;    ///< [count], or null
    float uniform_bias;   ///< where bias is null
};

/// Sums current buffers into the input current and clears them.
struct ReduceArgs {
    float* current;                ///< [count] added to
    std::size_t count;             ///< multiple of kPad
    std::int32_t* const* buffers;  ///< [buffer_count] pointers to [count] sums
    std::size_t buffer_count;
    float quantum;  ///< weight of one unit [mV/ms]
};

/// A step of the synapses that reach a run of neurons through one channel (izhi/synapse.hpp): what arrived joins the state,
/// the state adds to the input current, then decays. Values below kNegligible in magnitude become 0, so that nothing
/// decays into denormal numbers, which take a hundred times as long.
struct ChannelArgs {
    float* current;        ///< [count] added to
    const float* arrived;  ///< [count] sum of the weights of this step
    std::size_t count;     ///< multiple of kPad
    float* state;          ///< [count] the current, or the conductance
    float* rise;           ///< [count] of the alpha current only
    const float* v;        ///< [count] at the beginning of the step; of conductances only
    float decay;           ///< of a step
    float gain;            ///< of the alpha current: e / tau [1/ms]
    float dt;              ///< [ms]
    float reversal;        ///< [mV]
    // Of the kernels onto integrate-and-fire neurons; the others look at none of these.
    float of_state, of_rise;  ///< of the alpha current: by how much its states act, see engine/network/leak.hpp
    float rest;               ///< E_L [mV]
    float* total;             ///< [count] of conductances: their sum so far [nS], added to
};
inline constexpr float kNegligible = 1e-30f;

/// A step of traces: values *= decay, and 0 once they are below kNegligible (they are never negative).
struct DecayArgs {
    float* values;  ///< [count]
    std::size_t count;
    float decay;
};

/// What has been summed up for weights reaches them: change *= decay_before; weight <- clip(weight + (drift + gain * change));
/// change *= decay_after.
struct ApplyArgs {
    float* weight;      ///< [count]
    float* change;      ///< [count]
    std::size_t count;  ///< multiple of kPad
    float decay_before, drift, gain, decay_after, lowest, highest;
};

/// An arrival at synapses whose weights change at once: each is pushed, rounded to quanta, halves away from zero; then
/// weight <- clip(weight - (trace of the target * amount + loss)), in the multiplicative kernel times (weight - lowest) *
/// inverse_range.
struct DepressArgs {
    const std::uint32_t* targets;  ///< [count] slots within the part
    float* weights;                ///< [count]
    std::size_t count;
    const float* traces;  ///< [slots]
    std::int32_t* sums;   ///< [slots]
    float scale;          ///< quanta per unit of weight
    float amount, loss, lowest, highest, inverse_range;
};

/// Arrivals of Poisson trains: current += weight * number of thresholds that the neuron's word reaches.
struct PoissonArgs {
    float* current;                   ///< [count]
    std::size_t count;                ///< multiple of kPad
    std::uint32_t first;              ///< number of the first neuron, over the network
    HashKey key;                      ///< of the step
    const std::uint32_t* thresholds;  ///< ascending
    std::size_t threshold_count;
    std::size_t usual;  ///< this many thresholds are always tested; the others are rare enough for a branch
    float weight;
};

/// Of the integrate-and-fire neuron, see engine/network/leak.hpp.
struct LeakArgs {
    float decay, gain;      ///< of a step without conductances
    float conductance;      ///< of the leak [nS]
    float step_over_c;      ///< [ms / pF]
    const float* synaptic;  ///< [count] the sum of the conductances that act [nS], or null
};

/// One step of a run of neurons of one population.
struct UpdateArgs {
    float* v;              ///< [count] [mV]
    float* u;              ///< [count] [mV]
    const float* current;  ///< [count] [mV/ms]
    std::size_t count;     ///< multiple of kPad
    const float* a;        ///< [count], or null: uniform_a
    const float* b;        ///< [count], or null exactly where a is
    float uniform_a, uniform_b;
    const float* c;  ///< [count]; read by update_accurate only, which resets inside the step
    const float* d;
    float dt;                ///< [ms]
    std::uint32_t substeps;  ///< of update_accurate
    std::uint64_t* fired;    ///< [count / 64] bitmap, written
    // Of the nine-parameter form; the others look at none of these but `vr` and `threshold`, of the integrate-and-fire neuron.
    float k, vr, vt, inverse_capacitance, threshold;
    LeakArgs leak;
    /// [count] what synapses delivered, or null: quantum times it is added to the current, and it is cleared. Published and
    /// Euler only.
    std::int32_t* sums;
    float quantum;  ///< weight of one unit [mV/ms]
};

/// Where the rows of synapses lie: a row is a run of 32-bit words for one source neuron and one part of the targets.
/// Rows of 2^kRowChunkShift consecutive sources lie together; offsets hold one entry more per chunk, so that a row ends
/// where the next begins.
///
/// A row is a sequence of groups of equal delay: a header word (delay in the low 16 bits, number of synapses in the next
/// 15, kDenseGroup on top), then the synapses sorted by target.
///   packed: one word each; low 16 bits the distance from the previous target (from 0 at the start of a group), high 16
///           bits the signed weight. Distance 65535 is a filler that moves on and adds nothing. Groups of kPaddedGroup or
///           more end in as many zero words as make their number a multiple of kGroupPad; the header does not count them.
///   near:   packed, but the low 16 bits are the target itself: of parts of at most kNearSlots. Nothing waits for the synapse
///           before. Words that pad a group have weight 0 and the targets of its first synapses, each its own.
///   dense:  the synapses of a packed network onto consecutive targets, one each: a word with the first target, then
///           signed 16-bit weights, two to a word, low half first. These are added whole vectors at a time.
///   wide:   two words each; target, then signed weight.
struct RowIndex {
    const std::uint32_t* const* chunks;  ///< first word of each chunk
    const std::uint32_t* offsets;        ///< [neurons + chunks] word offset within the chunk
};
inline constexpr unsigned kRowChunkShift = 10;
inline constexpr std::uint32_t kFillerDistance = 65535;
inline constexpr std::uint32_t kNearSlots = 65536;
inline constexpr std::uint32_t kLargestGroup = 32767;
inline constexpr std::uint32_t kPaddedGroup = 32, kGroupPad = 8;
/// Words that a packed group of `count` synapses takes, its header aside.
[[nodiscard]] static constexpr std::uint32_t packed_words(std::uint32_t count) noexcept {
    return count < kPaddedGroup ? count : (count + kGroupPad - 1) / kGroupPad * kGroupPad;
}
inline constexpr std::uint32_t kDenseGroup = 0x80000000u;

/// Factors on spikes are fixed-point numbers in [0, kFactorOne]; what they scale is rounded to the nearest, halves up.
inline constexpr unsigned kFactorBits = 15;
inline constexpr std::int32_t kFactorOne = 1 << kFactorBits;

/// Pushes the rows of spikes into a ring of current buffers.
struct DeliverArgs {
    const std::uint32_t* spikes;  ///< [spike_count] source neurons
    std::size_t spike_count;
    RowIndex rows;
    std::int32_t* ring;           ///< [slots][stride] sums
    std::size_t stride;           ///< neurons between two slots
    std::uint32_t slot_mask;      ///< slots - 1, slots being a power of two
    std::uint32_t slot;           ///< slot of the step in which the spikes fired; delay d goes to slot + d
    const std::int32_t* factors;  ///< [neurons] of the *_scaled kernels: each weight times factors[source] / kFactorOne
    std::size_t
        prefetch_lines;  ///< cache lines of each row to fetch ahead, the same for all: a loop of even length is foreseen
    std::size_t prefetch_spikes;  ///< how many spikes ahead a row is fetched
    bool rows_in_memory;          ///< they outgrow the caches
};

/// A spike's row on its way: what is left of it. Groups are pushed not when the spike is fired but shortly before they are
/// due, into a ring of a few slots that stays in the second-level cache.
struct UnderwayRow {
    const std::uint32_t* next;  ///< header of the first group that is not yet pushed
    std::uint32_t words;        ///< from there to the end of the row, at least 1
    std::uint32_t fired;        ///< low bits of the step of the spike
    std::uint32_t due;          ///< low bits of the step in which that group is due
    std::int32_t factor;        ///< of the *_scaled kernels
};
struct UnderwayArgs {
    UnderwayRow* rows;  ///< [count]; what is left of those that are not done is moved to the front
    std::size_t count;
    std::uint32_t now;     ///< low bits of the step that is about to be updated
    std::uint32_t window;  ///< groups due in [now, now + window) are pushed
    std::int32_t* ring;    ///< [slots][stride] sums, of step s in slot s
    std::size_t stride;
    std::uint32_t slot_mask;
    std::size_t prefetch_lines, prefetch_rows;  ///< as in DeliverArgs
};

/// Consecutive target indices of a projection whose slots are consecutive too.
struct TargetSegment {
    std::uint32_t first_index, end_index;
    std::uint32_t first_slot;  ///< over the network
};

/// Draws rows anew instead of reading them, and pushes them: the same synapses, word for word, that wiring draws (see
/// engine/network/rows.hpp). One delay for all, weights constant or uniform.
struct DrawArgs {
    // Keys and excluded are 16-byte aligned and can be read up to spike_count rounded up to kPad.
    const std::uint32_t* k0;  ///< [spike_count] row keys, see row_keys
    const std::uint32_t* k1;
    const std::uint32_t* k2;
    const std::uint32_t*
        excluded;  ///< [spike_count] target index that a source must not reach; 0xffffffff: none. Or null: none
    std::size_t spike_count;
    std::uint32_t row_synapses;     ///< of each source; ignored by draw_all; four to a stratum are best in draw_strata
    std::uint32_t target_count;     ///< target indices are in [0, target_count)
    const TargetSegment* segments;  ///< cover [0, target_count) in order
    std::size_t segment_count;
    std::int32_t lowest_weight;    ///< quanta
    std::uint32_t weight_choices;  ///< weights are even over this many integers from lowest_weight on; 1: constant
    std::uint32_t part_begin, part_slots;  ///< only targets in these slots are pushed, counted from part_begin
    std::int32_t* sums;                    ///< [part_slots] of the step of arrival
    // Of draw_strata, which looks at no other keys:
    const std::uint32_t* sources;  ///< [spike_count], by class, readable up to kPad beyond the last; any alignment
    const HashKey* keys;           ///< [row_synapses]
    std::uint32_t strata;  ///< synapse numbers [row_synapses z / strata, row_synapses (z + 1) / strata) go to stratum z
    std::uint32_t windows;         ///< of a stratum
    std::uint32_t groups;          ///< of sources, `windows` classes each
    const std::uint16_t* turns;    ///< [row_synapses][groups]: class c of a group goes to window (c + turn) % windows
    const std::uint32_t* classes;  ///< [groups * windows + 1] where the sources of a class begin
};
/// Targets of a window that draw_strata takes: a target and a weight share a word.
inline constexpr std::uint32_t kLargestWindow = 65536;

/// Round keys of rows: Philox4x32-10 with counter (source, 0, projection, stream) and the seed as its key, words 0 to 2.
struct RowKeyArgs {
    const std::uint32_t* sources;  ///< [count]
    std::size_t count;             ///< outputs have room for count rounded up to kPad
    std::uint32_t projection, stream, seed_low, seed_high;
    std::uint32_t* k0;
    std::uint32_t* k1;
    std::uint32_t* k2;
};

/// Even draws of the synapses of a row or column: with word = keyed_hash(4 * (first + i) + lane, key), values[i] is the high
/// half of word * range; 1 is added if that is `skipped` or more; then lowest.
struct EvenArgs {
    std::uint32_t* values;  ///< [count], any alignment; up to kPad beyond may be written to
    std::size_t count;
    std::uint32_t first;  ///< number of the first synapse
    std::uint32_t lane;   ///< in [0, 4)
    HashKey key;
    std::uint32_t range;
    std::uint32_t lowest = 0;
    std::uint32_t skipped = 0xffffffffu;  ///< none
};

inline constexpr int kArithmeticChains = 16;

/// The update of one form of the neuron's equations (izhi/model.hpp), in each numerics.
struct FormKernels {
    void (*published)(const UpdateArgs&);
    void (*euler)(const UpdateArgs&);
    void (*forward_euler)(const UpdateArgs&);
    void (*accurate)(const UpdateArgs&);
};

struct Kernels {
    Isa isa;
    const char* name;
    int lanes;                              ///< floats in a vector
    void (*noise)(const NoiseArgs&);        ///< the table law
    void (*noise_exact)(const NoiseArgs&);  ///< the normal quantile of the word; scale is the standard deviation itself
    void (*noise_uniform)(const NoiseArgs&);  ///< even in scale times [-1/2, 1/2)
    void (*reduce)(const ReduceArgs&);
    void (*exponential)(const ChannelArgs&);
    void (*alpha)(const ChannelArgs&);
    void (*conductance)(const ChannelArgs&);
    void (*nmda)(const ChannelArgs&);
    void (*decay)(const DecayArgs&);
    void (*apply_changes)(const ApplyArgs&);
    FormKernels simple, alt, acc, nine_parameter, leaky;
    void (*alpha_leaky)(const ChannelArgs&);  ///< onto integrate-and-fire neurons
    void (*conductance_leaky)(const ChannelArgs&);
    void (*nmda_leaky)(const ChannelArgs&);
    void (*deliver_packed)(const DeliverArgs&);
    void (*deliver_wide)(const DeliverArgs&);
    void (*deliver_packed_scaled)(const DeliverArgs&);
    void (*deliver_wide_scaled)(const DeliverArgs&);
    void (*row_keys)(const RowKeyArgs&);
    void (*draw_outdegree)(const DrawArgs&);  ///< row_synapses targets of each spike, evenly, repeats allowed
    void (*draw_strata)(const DrawArgs&);     ///< targets of each spike from the strata that touch the part
    void (*draw_all)(const DrawArgs&);        ///< every target of each spike once
    /// kArithmeticChains vectors go through v <- v * x + y, `rounds` times: the arithmetic this ISA can do, for profiles.
    float (*arithmetic)(std::uint64_t rounds, float x, float y);
    /// words[i] = keyed_hash(first + i), count a multiple of kPad.
    void (*hash)(std::uint32_t* words, std::size_t count, std::uint32_t first, const HashKey& key);
    void (*deliver_near)(const DeliverArgs&);
    void (*deliver_near_scaled)(const DeliverArgs&);
    void (*poisson)(const PoissonArgs&);
    void (*depress)(const DepressArgs&);
    void (*depress_multiplicative)(const DepressArgs&);
    /// Pushes what is due soon; returns how many rows are not done. Plain and scaled.
    std::size_t (*underway_packed[2])(const UnderwayArgs&);
    std::size_t (*underway_near[2])(const UnderwayArgs&);
    std::size_t (*underway_wide[2])(const UnderwayArgs&);
    void (*draw_even)(const EvenArgs&);
};

/// The name of an ISA as users write it: scalar, sse4.2, avx2, avx512, neon.
[[nodiscard]] const char* isa_name(Isa isa) noexcept;
/// Whether the kernels of an ISA were built in.
[[nodiscard]] bool built_in(Isa isa) noexcept;
/// Whether they were built in and this CPU, with its operating system, can run them.
[[nodiscard]] bool available(Isa isa) noexcept;
/// The widest available.
[[nodiscard]] Isa widest() noexcept;
/// The table of an available ISA; null otherwise.
[[nodiscard]] const Kernels* kernels(Isa isa) noexcept;

}  // namespace izhi::simd
