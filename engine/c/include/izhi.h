/* Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IZHI_H
#define IZHI_H

#include <stddef.h>
#include <stdint.h>

/*
 * izhi from C, and from every language that can call C.
 *
 * A draft is the description of a network: text in the form of engine/io/NETWORK_FILE.md, and arrays that take the place
 * of lists in it. izhi_draft_build() makes an immutable network of it, and izhi_simulation_new() wires and runs that.
 *
 * Handles are numbers that are never used again. A function that gets a wrong or freed handle reports
 * IZHI_INVALID_HANDLE. Free every handle with its own function; what was made from it remains valid.
 *
 * Errors. Functions that return izhi_status return IZHI_OK or an error. Then izhi_last_error() has a text of one line,
 * the same as that of the izhi program, and nothing was changed. No exception leaves the library.
 *
 * Threads. Different handles may be used by different threads at the same time. A simulation is used by one thread at a
 * time: a call during another one reports IZHI_BUSY, except izhi_simulation_stop().
 *
 * Memory. Pointers that a function returns belong to the library. Each function says until when they are valid. Pointers
 * that a function receives are read during the call only.
 *
 * Texts are UTF-8 and end with a zero byte.
 */

#ifdef __cplusplus
extern "C" {
#endif

/** Increases when a function or a layout of this file changes so that older programs no longer work. */
#define IZHI_ABI 1

#if defined(__GNUC__)
#define IZHI_C_API __attribute__((visibility("default")))
#else
#define IZHI_C_API
#endif

typedef uint64_t izhi_draft;      /**< a description of a network; 0 is none */
typedef uint64_t izhi_network;    /**< an immutable network */
typedef uint64_t izhi_simulation; /**< a running network */
typedef uint64_t izhi_table;      /**< what was read from a recording */

typedef enum izhi_status {
    IZHI_OK = 0,
    IZHI_INVALID = 1,        /**< an argument, a description or a file is wrong */
    IZHI_FAILED = 2,         /**< a run or the machine failed: a neuron left the range, the disk is full */
    IZHI_NO_MEMORY = 3,      /**< the memory does not suffice */
    IZHI_INVALID_HANDLE = 4, /**< there is no such handle, or it was freed */
    IZHI_BUSY = 5,           /**< another call uses the simulation */
    IZHI_STOPPED = 6         /**< not an error: a run ended early, by izhi_simulation_stop() or a callback */
} izhi_status;

/** The version of the library, "0.1.0". Valid for the life of the process. */
IZHI_C_API const char* izhi_version(void);
/** IZHI_ABI of the library. */
IZHI_C_API uint32_t izhi_abi(void);
/** Why the last call of this thread failed; "" if it did not. Valid until the next call of this thread. */
IZHI_C_API const char* izhi_last_error(void);
/** What this machine can run, as JSON: {"isas": ["scalar", ...], "processors": 8}. Valid until the next call of this
 * thread. */
IZHI_C_API const char* izhi_machine(void);

/* ---------------------------------------------------------------- drafts */

/** The names of the built-in networks, one in each line. Valid for the life of the process. */
IZHI_C_API const char* izhi_builtin_names(void);

/** A draft from text. @param origin the name of the text in errors, such as "network.toml"; paths in the text are relative
 * to its folder. */
IZHI_C_API izhi_status izhi_draft_from_text(const char* text, const char* origin, izhi_draft* into);
/** A draft from a file, or from a built-in network: "cortex-10k", "microcircuit:0.1", "my/network.toml", or the config of a
 * SONATA network: "my/simulation_config.json". How long such a network is to run and where it records is for the caller. */
IZHI_C_API izhi_status izhi_draft_open(const char* name, izhi_draft* into);
/** Sets a key to a number, as `--set` of the program: "population.inh.size". */
IZHI_C_API izhi_status izhi_draft_set(izhi_draft draft, const char* key, double value);
/** Sets the seed of the network: 0 to 2^63 - 1. */
IZHI_C_API izhi_status izhi_draft_set_seed(izhi_draft draft, uint64_t seed);
/** A value of one parameter for every neuron of a population, in its units. @param parameter "a", "b", "c", "d", "v0_mv",
 * "u0_mv", "bias_current", "noise_stddev", or "rate_hz" of Poisson sources. @param count the size of the population */
IZHI_C_API izhi_status izhi_draft_set_values(izhi_draft draft, const char* population, const char* parameter,
                                             const double* values, size_t count);
/** The synapses of a projection whose rule is "explicit". Neurons are numbered from 0 within source and target. Weights
 * and delays [ms] may be null: then they are `weight` and `delay_ms` of the projection's text. */
IZHI_C_API izhi_status izhi_draft_set_synapses(izhi_draft draft, const char* projection, const uint32_t* sources,
                                               const uint32_t* targets, const double* weights, const double* delays_ms,
                                               size_t count);
/** The spikes of a population with model = "spikes": times [ms] and neurons of the population, in any order. */
IZHI_C_API izhi_status izhi_draft_set_spikes(izhi_draft draft, const char* population, const double* times_ms,
                                             const uint32_t* neurons, size_t count);
/** The draft as text that includes the settings, with whole paths. It does not include arrays. Valid until the next call of
 * this thread. */
IZHI_C_API izhi_status izhi_draft_text(izhi_draft draft, const char** text);
/** Every fault of the draft, one in each line; "" if it is valid. Valid until the next call of this thread. */
IZHI_C_API izhi_status izhi_draft_check(izhi_draft draft, const char** faults);
/** Checks the draft and makes a network of it. The draft can be used again. */
IZHI_C_API izhi_status izhi_draft_build(izhi_draft draft, izhi_network* into);
IZHI_C_API izhi_status izhi_draft_free(izhi_draft draft);

/* -------------------------------------------------------------- networks */

/** The network as JSON: name, seed, dt_ms, neurons, populations (name, first, size, sources), projections (name, source,
 * target, plastic), traces (name, population, neurons, variables, interval_ms), weights (name, projection), notes. Names
 * and numbers are those of the network, here and while it runs: only files of recordings have those of recorded_as and
 * node_ids. Valid until the network is freed. */
IZHI_C_API izhi_status izhi_network_describe(izhi_network network, const char** json);
IZHI_C_API izhi_status izhi_network_free(izhi_network network);

/* ----------------------------------------------------------- simulations */

/** Keep all spikes, samples of traces and recorded weights for izhi_simulation_spikes() and the like. */
#define IZHI_RECORD 1u
/** Collect a profile. */
#define IZHI_PROFILE 2u

/** Wires a network. @param threads 0: as many as the machine has and the network can use
 * @param isa "auto", or one of izhi_machine(); null: "auto" @param flags IZHI_RECORD, IZHI_PROFILE, or both, or 0 */
IZHI_C_API izhi_status izhi_simulation_new(izhi_network network, int32_t threads, const char* isa, uint32_t flags,
                                           izhi_simulation* into);
/** Ends a simulation. A call that uses it on another thread goes on to its end. */
IZHI_C_API izhi_status izhi_simulation_free(izhi_simulation simulation);

/** Runs steps. IZHI_STOPPED: izhi_simulation_stop() was called. */
IZHI_C_API izhi_status izhi_simulation_run(izhi_simulation simulation, uint64_t steps);
/** One step. @param neurons those that fired at its end, in order, numbered over the network; valid until the next call
 * on this simulation */
IZHI_C_API izhi_status izhi_simulation_step(izhi_simulation simulation, const uint32_t** neurons, size_t* count);
/** Ends the current or next run at a step. May be called by any thread, and by signal handlers if no other thread frees or
 * makes handles meanwhile. */
IZHI_C_API izhi_status izhi_simulation_stop(izhi_simulation simulation);

/** Called after each step of a run in real time: the number of steps done, and the neurons that fired at the end of the
 * last one (valid during the call). Calls on the same simulation that change it are allowed. Return 0 to go on. */
typedef int (*izhi_step_callback)(uint64_t steps_done, const uint32_t* neurons, size_t count, void* user);
/** Runs steps in real time, one each dt / speed. @param callback may be null @param missed steps that ended after their
 * time; may be null. IZHI_STOPPED: the callback or izhi_simulation_stop() ended it. */
IZHI_C_API izhi_status izhi_simulation_run_realtime(izhi_simulation simulation, uint64_t steps, double speed,
                                                    izhi_step_callback callback, void* user, uint64_t* missed);

typedef struct izhi_progress {
    uint64_t steps_done;  /**< since the start of the network, also of a restored one */
    uint64_t spike_count;
    uint64_t spike_hash;  /**< over all spikes, the same as the program's for the same network, seed and steps */
    uint64_t synapses;
    double time_ms;
    double dopamine;
    int32_t threads;
    uint32_t reserved;    /**< 0 */
} izhi_progress;
IZHI_C_API izhi_status izhi_simulation_progress(izhi_simulation simulation, izhi_progress* into);
/** A hash over every bit of v and u. Its time grows with the network. */
IZHI_C_API izhi_status izhi_simulation_state_hash(izhi_simulation simulation, uint64_t* hash);
/** The profile as JSON, see IZHI_PROFILE. Valid until the next call of this thread. */
IZHI_C_API izhi_status izhi_simulation_profile(izhi_simulation simulation, const char** json);
/** Notes on the network and on what its neurons did, one in each line; "" if there are none. Valid until the next call of
 * this thread. */
IZHI_C_API izhi_status izhi_simulation_notes(izhi_simulation simulation, const char** notes);

/* Recorded data need IZHI_RECORD. Pointers are valid until the next run, step, or izhi_simulation_clear(). */

/** Spikes since the last izhi_simulation_clear(), in order of time, then neuron: a spike at time steps[i] * dt. */
IZHI_C_API izhi_status izhi_simulation_spikes(izhi_simulation simulation, const uint64_t** steps,
                                              const uint32_t** neurons, size_t* count);
/** Samples of a trace, by its number in the network: values[row][variable][neuron], a row at each of steps[]. */
IZHI_C_API izhi_status izhi_simulation_samples(izhi_simulation simulation, uint32_t trace, const uint64_t** steps,
                                               const float** values, size_t* rows, size_t* columns);
/** Recorded weights, by their number in the network: values[row][synapse], a row at each of steps[]. */
IZHI_C_API izhi_status izhi_simulation_recorded_weights(izhi_simulation simulation, uint32_t record,
                                                        const uint64_t** steps, const float** values, size_t* rows,
                                                        size_t* columns);
/** Forgets what was recorded so far. */
IZHI_C_API izhi_status izhi_simulation_clear(izhi_simulation simulation);

/** Copies "v", "u", "a", "b", "c" or "d" of all neurons of a population. @param count must be its size */
IZHI_C_API izhi_status izhi_simulation_read(izhi_simulation simulation, const char* population, const char* variable,
                                            float* into, size_t count);
/** The synapses of a plastic projection, in order of source, delay, target. Each pointer may be null; otherwise it has
 * `count` places. Neurons are numbered over the network. @param count places; 0: only `total` is set
 * @param total the number of synapses; may be null */
IZHI_C_API izhi_status izhi_simulation_read_synapses(izhi_simulation simulation, const char* projection,
                                                     uint32_t* sources, uint32_t* targets, float* weights,
                                                     uint32_t* delay_steps, size_t count, size_t* total);
/** Draws the synapses of any projection of a network as it wires them: pointers as above, weights as they are at the start
 * [projection's units]. */
IZHI_C_API izhi_status izhi_network_read_synapses(izhi_network network, const char* projection, uint32_t* sources,
                                                  uint32_t* targets, double* weights, uint32_t* delay_steps,
                                                  size_t count, size_t* total);

/** Writes the complete state to a file, or reads it: a run continues from it with the same bits. */
IZHI_C_API izhi_status izhi_simulation_save(izhi_simulation simulation, const char* file);
IZHI_C_API izhi_status izhi_simulation_restore(izhi_simulation simulation, const char* file);
/** The complete state in memory. @param bytes valid until the next izhi_simulation_checkpoint() of this simulation */
IZHI_C_API izhi_status izhi_simulation_checkpoint(izhi_simulation simulation, const void** bytes, size_t* size);
IZHI_C_API izhi_status izhi_simulation_restore_bytes(izhi_simulation simulation, const void* bytes, size_t size);

/*
 * Interventions: changes that act from the next step on. izhi/live.hpp and engine/io/NETWORK_FILE.md define them. A
 * population is its name, or "everyone". Neurons are numbered within it.
 */

/** A constant current for each of `count` neurons from `first` on, until it is set again [mV/ms; pA]. */
IZHI_C_API izhi_status izhi_simulation_set_currents(izhi_simulation simulation, const char* population, uint32_t first,
                                                    const float* currents, size_t count);
/** A constant current for a whole population, in addition to those of single neurons, until it is set again. */
IZHI_C_API izhi_status izhi_simulation_set_current(izhi_simulation simulation, const char* population, double current);
/** A current for some steps. @param count neurons from `first` on; UINT32_MAX: to the end of the population */
IZHI_C_API izhi_status izhi_simulation_pulse(izhi_simulation simulation, const char* population, double amplitude,
                                             uint64_t steps, uint32_t first, uint32_t count);
/** Neurons that fire at the end of the next step. */
IZHI_C_API izhi_status izhi_simulation_force_spikes(izhi_simulation simulation, const char* population,
                                                    const uint32_t* neurons, size_t count);
/** Spikes from outside, each of which makes v of its neuron jump by the weight in the next step. */
IZHI_C_API izhi_status izhi_simulation_input_spikes(izhi_simulation simulation, const char* population, double weight,
                                                    const uint32_t* neurons, size_t count);
/** The rates [Hz] of Poisson sources, until they are set again. */
IZHI_C_API izhi_status izhi_simulation_set_rates(izhi_simulation simulation, const char* population, uint32_t first,
                                                 const float* rates_hz, size_t count);
/** Multiplies the noise of a population by a factor; 1 is the noise of the network. */
IZHI_C_API izhi_status izhi_simulation_scale_noise(izhi_simulation simulation, const char* population, double factor);
/** Multiplies the weights of a projection by a factor; 1 are the weights of the network. */
IZHI_C_API izhi_status izhi_simulation_scale_weights(izhi_simulation simulation, const char* projection, double factor);
/** Raises the dopamine level. */
IZHI_C_API izhi_status izhi_simulation_add_dopamine(izhi_simulation simulation, double amount);
/** Sets the weight of a synapse of a plastic projection: number `number` of those of a source, in order of delay, then
 * target. */
IZHI_C_API izhi_status izhi_simulation_set_weight(izhi_simulation simulation, const char* projection, uint32_t source,
                                                  uint32_t number, double weight);

/* ------------------------------------------------------------ recordings */

/** Reads spikes or traces from a file: SONATA, .gdf, .csv and the other forms that `izhi analyze` reads. */
IZHI_C_API izhi_status izhi_table_read(const char* file, izhi_table* into);
/** What was read, as JSON: {"kind": "spikes", "duration_ms": number or null, "populations": [{"name", "neurons", "count"}],
 * "notes"} or {"kind": "traces", "traces": [{"population", "variable", "units", "start_ms", "interval_ms", "rows",
 * "columns"}]}. Valid until the table is freed. */
IZHI_C_API izhi_status izhi_table_describe(izhi_table table, const char** json);
/** A column of population or trace number `number`: "times_ms" (double) and "node_ids" (uint64_t) of spikes, "node_ids"
 * and "values" (float, values[row][column]) of traces. Valid until the table is freed. */
IZHI_C_API izhi_status izhi_table_column(izhi_table table, uint32_t number, const char* column, const void** values,
                                         size_t* count);
IZHI_C_API izhi_status izhi_table_free(izhi_table table);

#ifdef __cplusplus
}
#endif

#endif /* IZHI_H */
