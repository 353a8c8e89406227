// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "izhi/export.hpp"
#include "izhi/neuron.hpp"
#include "izhi/synapse.hpp"

/// What comes into a network from outside: spike sources, which are populations of a network, and stimuli, which act on its
/// neurons. network.hpp says where they go, and has the units.
namespace izhi {

/// What happens between two samples of a Waveform.
enum class Interpolation { held, linear };
[[nodiscard]] IZHI_API std::string_view to_string(Interpolation interpolation) noexcept;
/// A current that is given by samples, from start_ms on, one every interval. It is 0 before, and after the last sample was held
/// for an interval (held) or was reached (linear).
struct Waveform {
    /// One row after the other: a number for all target neurons, or one for each.
    std::vector<double> samples;
    std::uint32_t columns = 1;  ///< of a row: 1, or the number of target neurons
    double interval_ms = 1.0;   ///< at least 1e-3
    double start_ms = 0.0;
    Interpolation interpolation = Interpolation::held;
    [[nodiscard]] std::size_t rows() const noexcept { return columns == 0 ? 0 : samples.size() / columns; }
    /// When it ends.
    [[nodiscard]] double stop_ms() const noexcept {
        const auto intervals = static_cast<double>(rows()) - (interpolation == Interpolation::linear ? 1.0 : 0.0);
        return start_ms + interval_ms * intervals;
    }
};
/// Sources of spikes. A population of them has no membrane: it costs next to nothing, receives no input, and is the source of
/// projections as any population is.
struct PoissonSource {
    /// Of each neuron's own train [Hz], in [0, 1000 / dt_ms]: in every step it fires with probability rate x dt, at most once. All targets of a
    /// neuron receive the same train.
    Distribution rate_hz = 0.0;
    /// The rates over time instead [Hz]: one column for all, or one for each neuron.
    std::optional<Waveform> course{};
};
/// Given spikes.
struct SpikeTrains {
    struct Event {
        double time_ms = 0.0;  ///< emitted at the end of a step that is nearest, as recorded; at most 2^32 - 2 steps
        std::uint32_t neuron = 0;  ///< within the population
        friend constexpr bool operator==(const Event&, const Event&) = default;
    };
    std::vector<Event> spikes;  ///< in any order; two of a neuron in one step are refused
};
/// Reads given spikes piece by piece, in order of time.
class IZHI_API SpikeReader {
public:
    virtual ~SpikeReader() = default;
    /// Replaces `into` by the next spikes, so many that they fit well into memory. None: the end.
    /// @throws std::exception if they cannot be read; a run then ends with RunError
    virtual void read(std::vector<SpikeTrains::Event>& into) = 0;
    /// The next read() begins with the first spike at or after a time, or earlier. Called when a run continues elsewhere.
    virtual void seek(double time_ms) = 0;
};
/// Given spikes that are read while the network runs, for recordings that do not fit into memory; read_stream() of
/// izhi/io/recording.hpp makes one of a file. NetworkBuilder::build() reads all of them once, to check what SpikeTrains
/// says about them and that they are in order of time.
struct SpikeStream {
    /// Opens the spikes: called for the check, and once by every Simulation. One reader is used by one thread at a time.
    std::function<std::unique_ptr<SpikeReader>()> open;
};
using SpikeSource = std::variant<PoissonSource, SpikeTrains, SpikeStream>;  ///< one of them
/// "poisson", "spikes"
[[nodiscard]] IZHI_API std::string_view kind_of(const SpikeSource& source) noexcept;

// Stimuli: currents and spikes from outside the network. Windows are half-open, [start_ms, stop_ms). Amplitudes are in
// [mV/ms; nine-parameter: pA], weights are jumps of v [mV; nine-parameter: pA ms], both in [-1e5, 1e5].
/// A value for stop_ms: to the end of the run.
inline constexpr double kForever = 1e300;
/// A constant current; a step of current if start_ms > 0.
struct DirectCurrent {
    double amplitude = 0.0, start_ms = 0.0, stop_ms = kForever;
};
/// A current that changes linearly from `from` at the start to `to` at the stop, then 0.
struct Ramp {
    double from = 0.0, to = 0.0, start_ms = 0.0, stop_ms = 0.0;
};
/// `count` pulses, one per period. The width is at least one step, and the period is at least the width.
struct Pulses {
    double amplitude = 0.0, start_ms = 0.0, width_ms = 1.0, period_ms = 10.0;
    std::uint32_t count = 1;  ///< at least 1
};
/// Independent Poisson trains, one per target neuron; each arrival acts with `weight` as one of a synapse with these dynamics.
/// The rate is at most 50 arrivals a step. A neuron with K afferents of rate r takes rate_hz = K r: the sum of independent
/// Poisson trains is one, and costs a single draw.
struct PoissonTrains {
    double rate_hz = 0.0, weight = 0.0, start_ms = 0.0, stop_ms = kForever;
    SynapseDynamics dynamics{};
};
/// Spikes at given times, the same for every target neuron: each acts with `weight` as one of a synapse with these dynamics, in the
/// step that contains it.
struct SpikeTimes {
    double weight = 0.0;
    std::vector<double> times_ms;
    SynapseDynamics dynamics{};
};
/// Volleys of spikes, the same for every target neuron: around each of the times `count` spikes whose distance from it is
/// normal with a standard deviation of spread_ms, drawn by the seed. Diesmann, Gewaltig and Aertsen (1999), Nature 402:529.
/// Spikes that would lie before the start of the run do not act.
struct PulsePacket {
    double weight = 0.0;
    std::vector<double> times_ms;
    std::uint32_t count = 1;  ///< spikes of a volley, 1 to 1e6
    double spread_ms = 0.0;   ///< in [0, 1e6]
    SynapseDynamics dynamics{};
};
/// offset + amplitude sin(2 pi (frequency (t - start) + phase / 360)) at the beginning of the step
struct Sine {
    double amplitude = 0.0, frequency_hz = 0.0;  ///< the frequency in [0, 1e6]
    double phase_degrees = 0.0, offset = 0.0, start_ms = 0.0, stop_ms = kForever;
};
/// An Ornstein-Uhlenbeck current, of its own for every target neuron: it relaxes to `mean` with tau and fluctuates around it
/// with this standard deviation, from its stationary law on. What is above the mean when it stops decays with tau.
struct OrnsteinUhlenbeck {
    double mean = 0.0, stddev = 0.0;  ///< the latter in [0, 1e4]
    double tau_ms = 5.0;              ///< at least half a step, at most 1e5
    double start_ms = 0.0, stop_ms = kForever;
};
/// In every millisecond, `count` neurons of the target are drawn uniformly and get `amplitude` for that millisecond; a
/// neuron that is drawn twice gets it twice. (The input of the 2006 polychronization network: one neuron per
/// millisecond.)
struct RandomNeurons {
    double amplitude = 0.0;
    std::uint32_t count = 1;  ///< 1 to 100,000
    double start_ms = 0.0, stop_ms = kForever;
};
/// One of the stimuli.
using Stimulus = std::variant<DirectCurrent, Ramp, Pulses, PoissonTrains, SpikeTimes, RandomNeurons, PulsePacket, Sine,
                              OrnsteinUhlenbeck, Waveform>;

}  // namespace izhi
