/* Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0 */
/* The C API, from C: what it computes, what it refuses, and that nothing brings it down. */
#include <izhi.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                                              \
    do {                                                                              \
        if (!(condition)) {                                                           \
            ++failures;                                                               \
            printf("%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, izhi_last_error()); \
        }                                                                             \
    } while (0)
#define OK(call) CHECK((call) == IZHI_OK)
/* A call that fails with a status and a text that has a part. */
#define FAILS(call, status, part)                                                     \
    do {                                                                              \
        CHECK((call) == (status));                                                    \
        CHECK(strstr(izhi_last_error(), part) != NULL);                               \
    } while (0)

static const char* const kText =
    "[network]\nseed = 5\n"
    "[population.exc]\nsize = 80\ncell = \"excitatory-2003\"\nnoise_stddev = 6\n"
    "[population.eye]\nsize = 20\nmodel = \"poisson\"\nrate_hz = 50\n"
    "[projection.eye-exc]\nsource = \"eye\"\ntarget = \"exc\"\nrule = \"fixed-outdegree\"\noutdegree = 10\nweight = 4\n"
    "plasticity = { rule = \"pair\" }\n"
    "[projection.list]\nsource = \"exc\"\ntarget = \"exc\"\nrule = \"explicit\"\nweight = 2\ndelay_ms = 3\n"
    "[trace.t]\npopulation = \"exc\"\nneurons = [0, 7]\nvariables = [\"v\", \"u\"]\ninterval_ms = 2\n"
    "[weights.w]\nprojection = \"eye-exc\"\ninterval_ms = 50\n";
static const uint32_t kSources[3] = {0, 1, 79}, kTargets[3] = {5, 6, 7};

static izhi_draft drafted(void) {
    izhi_draft draft = 0;
    OK(izhi_draft_from_text(kText, "net.toml", &draft));
    OK(izhi_draft_set_synapses(draft, "list", kSources, kTargets, NULL, NULL, 3));
    return draft;
}

static izhi_simulation simulated(uint32_t flags) {
    izhi_draft draft = drafted();
    izhi_network network = 0;
    izhi_simulation simulation = 0;
    OK(izhi_draft_build(draft, &network));
    OK(izhi_draft_free(draft));
    OK(izhi_simulation_new(network, 1, NULL, flags, &simulation));
    OK(izhi_network_free(network));
    return simulation;
}

static izhi_progress progress_of(izhi_simulation simulation) {
    izhi_progress progress;
    memset(&progress, 0, sizeof progress);
    OK(izhi_simulation_progress(simulation, &progress));
    return progress;
}

static void test_run(void) {
    izhi_simulation recorded = simulated(IZHI_RECORD), plain = simulated(0);
    const uint64_t *steps = NULL, *rows = NULL;
    const uint32_t *neurons = NULL, *fired = NULL;
    const float* values = NULL;
    size_t count = 0, row_count = 0, columns = 0, all = 0, i;
    OK(izhi_simulation_run(recorded, 200));
    for (i = 0; i < 200; ++i) {
        OK(izhi_simulation_step(plain, &fired, &count));
        all += count;
    }
    CHECK(progress_of(recorded).spike_hash == progress_of(plain).spike_hash);
    CHECK(progress_of(plain).spike_count == all && all > 50);
    CHECK(progress_of(plain).steps_done == 200 && progress_of(plain).time_ms == 200.0);
    OK(izhi_simulation_spikes(recorded, &steps, &neurons, &count));
    CHECK(count == all);
    for (i = 1; i < count; ++i)
        CHECK(steps[i - 1] < steps[i] || (steps[i - 1] == steps[i] && neurons[i - 1] < neurons[i]));
    OK(izhi_simulation_samples(recorded, 0, &rows, &values, &row_count, &columns));
    CHECK(row_count == 100 && columns == 4 && rows[0] == 2 && rows[99] == 200);
    CHECK(values[0] > -100.0f && values[0] < 40.0f);
    OK(izhi_simulation_recorded_weights(recorded, 0, &rows, &values, &row_count, &columns));
    CHECK(columns == 200 && row_count >= 4);
    OK(izhi_simulation_clear(recorded));
    OK(izhi_simulation_spikes(recorded, &steps, &neurons, &count));
    CHECK(count == 0);
    FAILS(izhi_simulation_spikes(plain, &steps, &neurons, &count), IZHI_INVALID, "without IZHI_RECORD");
    FAILS(izhi_simulation_samples(recorded, 1, &rows, &values, &row_count, &columns), IZHI_INVALID, "no trace 1");
    OK(izhi_simulation_free(recorded));
    OK(izhi_simulation_free(plain));
}

static void test_builtin(void) {
    izhi_draft draft = 0;
    izhi_network network = 0;
    izhi_simulation simulation = 0;
    const char* json = NULL;
    CHECK(strstr(izhi_builtin_names(), "cortex-1k") != NULL);
    OK(izhi_draft_open("cortex-1k", &draft));
    OK(izhi_draft_set_seed(draft, 42));
    OK(izhi_draft_set(draft, "population.exc.noise_stddev", 5.0));
    OK(izhi_draft_build(draft, &network));
    OK(izhi_network_describe(network, &json));
    CHECK(strstr(json, "\"name\":\"cortex-1k\"") != NULL && strstr(json, "\"neurons\":1000") != NULL);
    OK(izhi_simulation_new(network, 2, "auto", IZHI_PROFILE, &simulation));
    OK(izhi_simulation_run(simulation, 300));
    /* The hash of the program for the same network, seed and steps: see determinism_scenes.cpp. */
    CHECK(progress_of(simulation).spike_count == 2361);
    OK(izhi_simulation_profile(simulation, &json));
    CHECK(strstr(json, "\"steps\":300") != NULL);
    OK(izhi_simulation_free(simulation));
    OK(izhi_network_free(network));
    OK(izhi_draft_set_seed(draft, UINT64_MAX));
    FAILS(izhi_draft_text(draft, &json), IZHI_INVALID, "network.seed is 18446744073709551615");
    FAILS(izhi_draft_build(draft, &network), IZHI_INVALID, "network.seed is 18446744073709551615");
    OK(izhi_draft_set_seed(draft, INT64_MAX));
    FAILS(izhi_draft_set(draft, "population.nobody.size", 5.0), IZHI_OK, "");
    FAILS(izhi_draft_build(draft, &network), IZHI_INVALID, "nobody");
    OK(izhi_draft_free(draft));
    FAILS(izhi_draft_open("cortex-1m-and-more", &draft), IZHI_INVALID, "there is no built-in network");
    FAILS(izhi_draft_open("microcircuit:7", &draft), IZHI_INVALID, "0.01 to 1");
    CHECK(draft == 0);
}

static void test_arrays(void) {
    izhi_draft draft = drafted();
    izhi_network network = 0;
    izhi_simulation simulation = 0;
    uint32_t sources[3], targets[3], delays[3], i;
    double weights[3], values[80];
    float read[80];
    size_t total = 0;
    for (i = 0; i < 80; ++i) values[i] = 2.0 + 0.05 * i;
    OK(izhi_draft_set_values(draft, "exc", "d", values, 80));
    OK(izhi_draft_build(draft, &network));
    OK(izhi_network_read_synapses(network, "list", NULL, NULL, NULL, NULL, 0, &total));
    CHECK(total == 3);
    OK(izhi_network_read_synapses(network, "list", sources, targets, weights, delays, 3, NULL));
    for (i = 0; i < 3; ++i)
        CHECK(sources[i] == kSources[i] && targets[i] == kTargets[i] && fabs(weights[i] - 2.0) < 1e-3 && delays[i] == 3);
    FAILS(izhi_network_read_synapses(network, "list", sources, NULL, NULL, NULL, 2, NULL), IZHI_INVALID, "are 3");
    OK(izhi_simulation_new(network, 1, NULL, 0, &simulation));
    OK(izhi_simulation_read(simulation, "exc", "d", read, 80));
    for (i = 0; i < 80; ++i) CHECK(fabs(read[i] - values[i]) < 1e-6);
    OK(izhi_simulation_read(simulation, "exc", "v", read, 80));
    CHECK(read[0] == -65.0f);
    FAILS(izhi_simulation_read(simulation, "exc", "v", read, 79), IZHI_INVALID, "size is 80");
    FAILS(izhi_simulation_read(simulation, "exc", "w", read, 80), IZHI_INVALID, "allowed: v, u, a, b, c, d");
    FAILS(izhi_simulation_read(simulation, "exx", "v", read, 80), IZHI_INVALID, "exx");
    FAILS(izhi_simulation_read(simulation, "exc", "v", NULL, 80), IZHI_INVALID, "null");
    OK(izhi_simulation_free(simulation));
    OK(izhi_network_free(network));

    OK(izhi_draft_set_values(draft, "exc", "d", values, 79));
    FAILS(izhi_draft_build(draft, &network), IZHI_INVALID, "population.exc.d");
    OK(izhi_draft_set_values(draft, "exc", "d", values, 80));
    OK(izhi_draft_set_values(draft, "nobody", "d", values, 80));
    FAILS(izhi_draft_build(draft, &network), IZHI_INVALID, "there is no population 'nobody'");
    OK(izhi_draft_free(draft));

    draft = drafted();
    sources[2] = 80;
    OK(izhi_draft_set_synapses(draft, "list", sources, targets, weights, NULL, 3));
    FAILS(izhi_draft_build(draft, &network), IZHI_INVALID, "projection.list");
    OK(izhi_draft_set_synapses(draft, "list", NULL, NULL, NULL, NULL, 0));
    OK(izhi_draft_build(draft, &network));
    OK(izhi_network_free(network));
    FAILS(izhi_draft_set_synapses(draft, "list", NULL, targets, NULL, NULL, 3), IZHI_INVALID, "sources is null");
    OK(izhi_draft_free(draft));
}

static void test_state_and_interventions(void) {
    izhi_simulation one = simulated(IZHI_RECORD), other = simulated(0);
    const void* bytes = NULL;
    size_t size = 0, total = 0, count = 0;
    uint64_t first = 0, second = 0;
    const uint32_t neurons[2] = {3, 9};
    const uint32_t* fired = NULL;
    const float currents[2] = {5.0f, -5.0f}, rates[20] = {100.0f};
    float weights[200];
    const char* notes = NULL;
    OK(izhi_simulation_run(one, 50));
    OK(izhi_simulation_set_current(one, "exc", 3.0));
    OK(izhi_simulation_set_currents(one, "everyone", 10, currents, 2));
    OK(izhi_simulation_pulse(one, "exc", 10.0, 5, 0, UINT32_MAX));
    OK(izhi_simulation_input_spikes(one, "exc", 15.0, neurons, 2));
    OK(izhi_simulation_set_rates(one, "eye", 0, rates, 20));
    OK(izhi_simulation_scale_noise(one, "exc", 0.5));
    OK(izhi_simulation_scale_weights(one, "list", 2.0));
    OK(izhi_simulation_add_dopamine(one, 0.5));
    OK(izhi_simulation_set_weight(one, "eye-exc", 0, 0, 1.25));
    CHECK(progress_of(one).dopamine == 0.5);
    OK(izhi_simulation_run(one, 20));
    OK(izhi_simulation_checkpoint(one, &bytes, &size));
    OK(izhi_simulation_restore_bytes(other, bytes, size));
    OK(izhi_simulation_run(one, 80));
    OK(izhi_simulation_run(other, 80));
    OK(izhi_simulation_state_hash(one, &first));
    OK(izhi_simulation_state_hash(other, &second));
    CHECK(first == second && progress_of(one).spike_hash == progress_of(other).spike_hash);
    OK(izhi_simulation_force_spikes(one, "exc", neurons, 2));
    OK(izhi_simulation_step(one, &fired, &count));
    CHECK(count >= 2);
    OK(izhi_simulation_read_synapses(one, "eye-exc", NULL, NULL, NULL, NULL, 0, &total));
    CHECK(total == 200);
    OK(izhi_simulation_read_synapses(one, "eye-exc", NULL, NULL, weights, NULL, 200, NULL));
    FAILS(izhi_simulation_read_synapses(one, "list", NULL, NULL, weights, NULL, 3, NULL), IZHI_INVALID, "projection.list has no plasticity");
    OK(izhi_simulation_notes(one, &notes));

    FAILS(izhi_simulation_set_current(one, "exc", 1e9), IZHI_INVALID, "1e+09");
    FAILS(izhi_simulation_set_current(one, "everyone", 1.0), IZHI_INVALID, "everyone");
    FAILS(izhi_simulation_set_currents(one, "exc", 79, currents, 2), IZHI_INVALID, "");
    FAILS(izhi_simulation_set_rates(one, "exc", 0, rates, 1), IZHI_INVALID, "");
    FAILS(izhi_simulation_force_spikes(one, "exc", NULL, 2), IZHI_INVALID, "neurons is null");
    FAILS(izhi_simulation_scale_weights(one, "eye-exc", 2.0), IZHI_INVALID, "");
    FAILS(izhi_simulation_restore(one, "no/such/file"), IZHI_INVALID, "no/such/file");
    FAILS(izhi_simulation_restore_bytes(one, "garbage", 7), IZHI_INVALID, "");
    FAILS(izhi_simulation_save(one, "/no/such/folder/state"), IZHI_INVALID, "");
    FAILS(izhi_simulation_run(one, UINT64_MAX), IZHI_INVALID, "steps");
    OK(izhi_simulation_state_hash(other, &first));
    CHECK(first == second);
    OK(izhi_simulation_free(one));
    OK(izhi_simulation_free(other));
}

typedef struct Seen {
    izhi_simulation simulation;
    uint64_t calls, last;
    izhi_status busy, applied, refused;
} Seen;

static int on_step(uint64_t steps_done, const uint32_t* neurons, size_t count, void* user) {
    Seen* const seen = user;
    const uint32_t who[1] = {4};
    (void)neurons;
    (void)count;
    ++seen->calls;
    seen->last = steps_done;
    seen->busy = izhi_simulation_run(seen->simulation, 1);
    seen->applied = izhi_simulation_force_spikes(seen->simulation, "exc", who, 1);
    seen->refused = izhi_simulation_set_current(seen->simulation, "exc", 1e9);
    return steps_done == 30;
}

static void test_realtime(void) {
    izhi_simulation simulation = simulated(IZHI_RECORD);
    Seen seen = {simulation, 0, 0, IZHI_OK, IZHI_FAILED, IZHI_OK};
    const uint64_t* steps = NULL;
    const uint32_t* neurons = NULL;
    size_t count = 0, forced = 0, i;
    uint64_t missed = 0;
    OK(izhi_simulation_run_realtime(simulation, 5, 100.0, NULL, NULL, NULL));
    CHECK(izhi_simulation_run_realtime(simulation, 100, 100.0, on_step, &seen, &missed) == IZHI_STOPPED);
    CHECK(seen.calls == 25 && seen.last == 30 && progress_of(simulation).steps_done == 30);
    CHECK(seen.busy == IZHI_BUSY && seen.applied == IZHI_OK && seen.refused == IZHI_INVALID);
    OK(izhi_simulation_spikes(simulation, &steps, &neurons, &count));
    for (i = 0; i < count; ++i) forced += steps[i] > 6 && neurons[i] == 4;
    CHECK(forced >= 24);
    FAILS(izhi_simulation_run_realtime(simulation, 5, 0.0, NULL, NULL, NULL), IZHI_INVALID, "speed");
    OK(izhi_simulation_stop(simulation));
    CHECK(izhi_simulation_run(simulation, 100) == IZHI_STOPPED);
    OK(izhi_simulation_free(simulation));
}

/* Numbers that are no handles, handles of other types, and freed ones; null pointers everywhere. */
static void test_misuse(void) {
    izhi_draft draft = drafted();
    izhi_network network = 0;
    izhi_simulation simulation = simulated(IZHI_RECORD);
    izhi_table table = 0;
    izhi_progress progress;
    const char* text = NULL;
    uint64_t random = 12345, i;
    OK(izhi_draft_build(draft, &network));
    for (i = 0; i < 2000; ++i) {
        const uint64_t choices[5] = {0, draft, network, random, UINT64_MAX - i};
        const uint64_t wrong = choices[i % 5];
        random = random * 6364136223846793005u + 1442695040888963407u;
        CHECK(izhi_simulation_run(wrong, 1) == IZHI_INVALID_HANDLE);
        CHECK(izhi_simulation_progress(wrong, &progress) == IZHI_INVALID_HANDLE);
        CHECK(izhi_simulation_stop(wrong) == IZHI_INVALID_HANDLE);
        CHECK(izhi_simulation_set_current(wrong, "exc", 1.0) == IZHI_INVALID_HANDLE);
        CHECK(izhi_table_describe(wrong, &text) == IZHI_INVALID_HANDLE);
        CHECK(izhi_simulation_free(wrong) == IZHI_INVALID_HANDLE);
    }
    FAILS(izhi_draft_build(simulation, &network), IZHI_INVALID_HANDLE, "there is no draft");
    OK(izhi_draft_build(draft, &network));
    OK(izhi_draft_free(draft));
    CHECK(izhi_draft_free(draft) == IZHI_INVALID_HANDLE);
    CHECK(izhi_draft_check(draft, &text) == IZHI_INVALID_HANDLE);
    FAILS(izhi_draft_from_text(NULL, "x", &draft), IZHI_INVALID, "text is null");
    FAILS(izhi_draft_from_text("", NULL, &draft), IZHI_INVALID, "origin is null");
    FAILS(izhi_draft_from_text("", "x", NULL), IZHI_INVALID, "into is null");
    FAILS(izhi_draft_open(NULL, &draft), IZHI_INVALID, "name is null");
    FAILS(izhi_network_describe(network, NULL), IZHI_INVALID, "json is null");
    FAILS(izhi_simulation_new(network, 1, "mmx", 0, &simulation), IZHI_INVALID, "mmx");
    CHECK(simulation == 0);
    FAILS(izhi_simulation_new(network, 5000, NULL, 0, &simulation), IZHI_INVALID, "threads");
    FAILS(izhi_simulation_new(network, 1, NULL, 99, &simulation), IZHI_INVALID, "flags is 99");
    FAILS(izhi_simulation_new(network, 1, NULL, 0, NULL), IZHI_INVALID, "into is null");
    OK(izhi_simulation_new(network, 1, NULL, IZHI_RECORD, &simulation));
    OK(izhi_network_free(network));
    OK(izhi_simulation_run(simulation, 5)); /* what was made from a freed handle remains valid */
    FAILS(izhi_simulation_spikes(simulation, NULL, NULL, NULL), IZHI_INVALID, "null");
    FAILS(izhi_simulation_progress(simulation, NULL), IZHI_INVALID, "null");
    FAILS(izhi_simulation_save(simulation, NULL), IZHI_INVALID, "null");
    FAILS(izhi_simulation_read(simulation, NULL, "v", NULL, 0), IZHI_INVALID, "null");
    FAILS(izhi_simulation_profile(simulation, &text), IZHI_INVALID, "profile");
    OK(izhi_simulation_step(simulation, NULL, NULL));
    OK(izhi_simulation_free(simulation));

    FAILS(izhi_table_read("no such file", &table), IZHI_INVALID, "no such file");
    OK(izhi_draft_from_text("[population.a]\nsize = -1\n[population.b]\nsze = 1\n", "two.toml", &draft));
    OK(izhi_draft_check(draft, &text));
    CHECK(strstr(text, "two.toml:2: ") == text && strchr(text, '\n') != NULL);
    FAILS(izhi_draft_build(draft, &network), IZHI_INVALID, "two.toml:2: population.a.size");
    OK(izhi_draft_free(draft));
}

static void test_tables(void) {
    const char* const file = "c_api_spikes.csv";
    izhi_table table = 0;
    const char* json = NULL;
    const void* values = NULL;
    size_t count = 0;
    FILE* const into = fopen(file, "w");
    CHECK(into != NULL);
    if (into == NULL) return;
    fputs("time_ms,population,neuron\n1.5,exc,3\n2,exc,4\n2.5,inh,0\n", into);
    fclose(into);
    OK(izhi_table_read(file, &table));
    OK(izhi_table_describe(table, &json));
    CHECK(strstr(json, "\"kind\":\"spikes\"") != NULL && strstr(json, "\"name\":\"inh\"") != NULL);
    OK(izhi_table_column(table, 0, "times_ms", &values, &count));
    CHECK(count == 2 && ((const double*)values)[0] == 1.5);
    OK(izhi_table_column(table, 0, "node_ids", &values, &count));
    CHECK(count == 2 && ((const uint64_t*)values)[1] == 4);
    FAILS(izhi_table_column(table, 2, "node_ids", &values, &count), IZHI_INVALID, "2 parts");
    FAILS(izhi_table_column(table, 0, "values", &values, &count), IZHI_INVALID, "allowed: times_ms, node_ids");
    OK(izhi_table_free(table));
    CHECK(izhi_table_describe(table, &json) == IZHI_INVALID_HANDLE);
    remove(file);
}

int main(void) {
    CHECK(izhi_abi() == IZHI_ABI);
    CHECK(strlen(izhi_version()) >= 5);
    CHECK(strstr(izhi_machine(), "\"scalar\"") != NULL);
    test_run();
    test_builtin();
    test_arrays();
    test_state_and_interventions();
    test_realtime();
    test_misuse();
    test_tables();
    printf("%d failures\n", failures);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
