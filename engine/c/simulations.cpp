// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "izhi/realtime.hpp"
#include "objects.hpp"

namespace izhi::c {

Handles<Running>& simulations = *new Handles<Running>;

Running::Running(const Network& network, const SimulationOptions& options, bool record_all)
    : simulation(network, options), record(record_all), samples(network.description().traces.size()),
      weight_rows(network.description().weight_records.size()) {
    if (!record) return;
    // Pages that a run touches first take as long as its steps: some are touched here, for the first spikes.
    constexpr std::size_t kFirstSpikes = 1U << 18U, kFirstSteps = 1U << 13U;
    spike_neurons.resize(kFirstSpikes);
    step_ends.resize(kFirstSteps);
    spike_neurons.clear();
    step_ends.clear();
}

void Running::spikes(std::span<const Spike> spikes) {
    std::size_t end = spike_neurons.size();
    spike_neurons.resize(end + spikes.size());
    for (std::size_t i = 0; i < spikes.size(); ++i) {
        spike_neurons[end++] = spikes[i].neuron;
        if (i + 1 == spikes.size() || spikes[i + 1].step != spikes[i].step) step_ends.push_back({spikes[i].step, end});
    }
}

const std::vector<std::uint64_t>& Running::spike_steps() {
    for (; steps_made_ < step_ends.size(); ++steps_made_)
        spike_steps_.resize(step_ends[steps_made_].end, step_ends[steps_made_].step);
    return spike_steps_;
}

void Running::weights(const WeightSample& sample) {
    row_.clear();
    for (const PlasticSynapse& synapse : sample.synapses) row_.push_back(synapse.weight);
    weight_rows.at(sample.record).add(sample.step, row_);
}

void Running::clear() {
    spike_neurons.clear();
    step_ends.clear();
    spike_steps_.clear();
    steps_made_ = 0;
    for (Rows& rows : samples) rows = {};
    for (Rows& rows : weight_rows) rows = {};
}

namespace {

void require_record(const Running& running) {
    if (!running.record) throw Error("this simulation records nothing; it was made without IZHI_RECORD");
}

template <class List>
Rows& rows_of(Running& running, List& list, std::uint32_t number, const char* what) {
    require_record(running);
    if (number < list.size()) return list[number];
    throw Error(std::string("there is no ") + what + " " + std::to_string(number) + "; the network has " +
                std::to_string(list.size()));
}

void give(const Rows& rows, const std::uint64_t** steps, const float** values, std::size_t* row_count,
          std::size_t* columns) {
    *required(steps, "steps") = rows.steps.data();
    *required(values, "values") = rows.values.data();
    *required(row_count, "rows") = rows.steps.size();
    *required(columns, "columns") = rows.columns;
}

/// A client that passes every step to a function of the caller. What that asks for is done before the next step.
class Callback : public StepClient {
public:
    Callback(Running& running, izhi_step_callback function, void* user)
        : running_(running), function_(function), user_(user) {}

    void before_step(std::uint64_t /*step*/, Simulation& simulation) override {
        for (const Intervention& intervention : running_.asked) simulation.apply(intervention);
        running_.asked.clear();
    }
    void after_step(std::uint64_t step, std::span<const Spike> spikes) override {
        if (function_ == nullptr || stopped) return;
        running_.fired.clear();
        for (const Spike& spike : spikes) running_.fired.push_back(spike.neuron);
        running_.callback_thread.store(std::this_thread::get_id());
        const int verdict = function_(step, running_.fired.data(), running_.fired.size(), user_);
        running_.callback_thread.store(std::thread::id{});
        if (verdict == 0) return;
        stopped = true;
        running_.simulation.request_stop();
    }
    bool stopped = false;

private:
    Running& running_;
    izhi_step_callback function_;
    void* user_;
};

std::string profile_text(const Profile& profile) {
    nlohmann::ordered_json json{
        {"wall_s", profile.wall_s},
        {"steps", profile.steps},
        {"neuron_steps", profile.neuron_steps},
        {"spikes", profile.spikes},
        {"synaptic_events", profile.synaptic_events},
        {"plastic_arrivals", profile.plastic_arrivals},
        {"potentiations", profile.potentiations},
        {"step_us", {{"p50", profile.step_p50_us}, {"p99", profile.step_p99_us}, {"max", profile.step_max_us}}},
        {"seconds", nlohmann::ordered_json::object()}};
    for (std::size_t a = 0; a < kActivityCount; ++a)
        json["seconds"][std::string(to_string(static_cast<Activity>(a)))] = profile.seconds[a];
    return json.dump();
}

/// Takes values for every neuron of a population.
std::span<float> places(const Network& network, PopulationId population, float* into, std::size_t count) {
    const std::uint32_t size = network.neurons(population).size;
    if (count != size)
        throw Error("population." + network.description().populations[population.index].name, "size",
                    "is " + std::to_string(size) + ", and there are places for " + std::to_string(count),
                    "as many places as neurons");
    return {required(into, count, "into"), count};
}

}  // namespace
}  // namespace izhi::c

using namespace izhi::c;

izhi_status izhi_simulation_new(izhi_network network, int32_t threads, const char* isa, uint32_t flags,
                                izhi_simulation* into) {
    return guarded([&] {
        *required(into, "into") = 0;
        const auto built = found(networks, "network", network);
        if ((flags & ~(IZHI_RECORD | IZHI_PROFILE)) != 0)
            throw izhi::Error("flags is " + std::to_string(flags) + "; allowed: IZHI_RECORD and IZHI_PROFILE");
        izhi::SimulationOptions options;
        options.threads = threads;
        if (isa != nullptr) options.isa = izhi::isa_from_string(isa);
        options.profile = (flags & IZHI_PROFILE) != 0;
        *into = simulations.add(std::make_shared<Running>(built->network, options, (flags & IZHI_RECORD) != 0));
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_free(izhi_simulation handle) {
    return guarded([&] {
        if (!simulations.remove(handle)) throw NoSuchHandle{"simulation", handle};
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_run(izhi_simulation handle, uint64_t steps) {
    return with_simulation(handle, [&](Running& running) {
        if (steps >> 62U != 0) throw izhi::Error("steps is " + std::to_string(steps) + "; allowed: below 2^62");
        const izhi::RunReport report = running.simulation.run(steps, running.record ? &running : nullptr);
        return report.stopped ? IZHI_STOPPED : IZHI_OK;
    });
}

izhi_status izhi_simulation_step(izhi_simulation handle, const uint32_t** neurons, size_t* count) {
    return with_simulation(handle, [&](Running& running) {
        izhi::Simulation& simulation = running.simulation;
        running.fired.clear();
        if (running.record) {
            const std::size_t before = running.spike_neurons.size();
            (void)simulation.run(1, &running);
            running.fired.assign(running.spike_neurons.begin() + static_cast<std::ptrdiff_t>(before),
                                 running.spike_neurons.end());
        } else {
            const std::uint64_t done = simulation.steps_done();
            for (const izhi::Spike& spike : simulation.step()) running.fired.push_back(spike.neuron);
            // step() cannot report a failure. run() does, and looks at every neuron.
            constexpr std::uint64_t often = 1024;
            if (simulation.steps_done() == done || simulation.steps_done() % often == 0) (void)simulation.run(0);
        }
        if (neurons != nullptr) *neurons = running.fired.data();
        if (count != nullptr) *count = running.fired.size();
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_stop(izhi_simulation handle) {
    return guarded([&] {
        found(simulations, "simulation", handle)->simulation.request_stop();
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_run_realtime(izhi_simulation handle, uint64_t steps, double speed,
                                         izhi_step_callback callback, void* user, uint64_t* missed) {
    return with_simulation(handle, [&](Running& running) {
        if (steps >> 62U != 0) throw izhi::Error("steps is " + std::to_string(steps) + "; allowed: below 2^62");
        izhi::RealtimeRunner runner(running.simulation, {.speed = speed});
        Callback client(running, callback, user);
        running.asked.clear();
        running.simulation.prepare_interventions();
        const izhi::RealtimeReport report = runner.run(steps, &client, running.record ? &running : nullptr);
        for (const izhi::Intervention& intervention : std::exchange(running.asked, {}))
            running.simulation.apply(intervention);
        if (missed != nullptr) *missed = report.missed;
        return report.stopped || client.stopped ? IZHI_STOPPED : IZHI_OK;
    });
}

izhi_status izhi_simulation_progress(izhi_simulation handle, izhi_progress* into) {
    return with_simulation(handle, [&](Running& running) {
        const izhi::Simulation& s = running.simulation;
        *required(into, "into") = {s.steps_done(),
                                   s.spike_count(),
                                   s.spike_hash(),
                                   s.synapse_count(),
                                   s.time_ms(),
                                   s.dopamine(),
                                   static_cast<int32_t>(s.threads()),
                                   0};
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_state_hash(izhi_simulation handle, uint64_t* hash) {
    return with_simulation(handle, [&](Running& running) {
        *required(hash, "hash") = running.simulation.state_hash();
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_profile(izhi_simulation handle, const char** json) {
    return with_simulation(handle, [&](Running& running) {
        *required(json, "json") = "";
        *json = keep(profile_text(running.simulation.profile()));
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_notes(izhi_simulation handle, const char** notes) {
    return with_simulation(handle, [&](Running& running) {
        *required(notes, "notes") = "";
        std::string lines;
        const auto add = [&](const izhi::Note& note) { lines += (lines.empty() ? "" : "\n") + sentence(note); };
        for (const izhi::Note& note : running.simulation.network().notes()) add(note);
        for (const izhi::Note& note : running.simulation.notes()) add(note);
        *notes = keep(std::move(lines));
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_spikes(izhi_simulation handle, const uint64_t** steps, const uint32_t** neurons,
                                   size_t* count) {
    return with_simulation(handle, [&](Running& running) {
        require_record(running);
        *required(steps, "steps") = running.spike_steps().data();
        *required(neurons, "neurons") = running.spike_neurons.data();
        *required(count, "count") = running.spike_neurons.size();
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_samples(izhi_simulation handle, uint32_t trace, const uint64_t** steps,
                                    const float** values, size_t* rows, size_t* columns) {
    return with_simulation(handle, [&](Running& running) {
        give(rows_of(running, running.samples, trace, "trace"), steps, values, rows, columns);
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_recorded_weights(izhi_simulation handle, uint32_t record, const uint64_t** steps,
                                             const float** values, size_t* rows, size_t* columns) {
    return with_simulation(handle, [&](Running& running) {
        give(rows_of(running, running.weight_rows, record, "record of weights"), steps, values, rows, columns);
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_clear(izhi_simulation handle) {
    return with_simulation(handle, [&](Running& running) {
        running.clear();
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_read(izhi_simulation handle, const char* population, const char* variable, float* into,
                                 size_t count) {
    return with_simulation(handle, [&](Running& running) {
        const izhi::Network& network = running.simulation.network();
        const izhi::PopulationId id = population_of(network, population);
        const std::string_view asked = required(variable, "variable");
        const std::span<float> values = places(network, id, into, count);
        if (asked == "v") running.simulation.read(izhi::Variable::v, id, values);
        else if (asked == "u") running.simulation.read(izhi::Variable::u, id, values);
        else if (asked == "a" || asked == "b" || asked == "c" || asked == "d")
            running.simulation.read_parameter(asked.front(), id, values);
        else throw izhi::Error("there is no variable '" + std::string(asked) + "'; allowed: v, u, a, b, c, d");
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_read_synapses(izhi_simulation handle, const char* projection, uint32_t* sources,
                                          uint32_t* targets, float* weights, uint32_t* delay_steps, size_t count,
                                          size_t* total) {
    return with_simulation(handle, [&](Running& running) {
        const izhi::Simulation& simulation = running.simulation;
        const izhi::ProjectionId id = projection_of(simulation.network(), projection);
        const std::size_t all = simulation.plastic_synapse_count(id);
        if (total != nullptr) *total = all;
        if (count == 0) return IZHI_OK;
        if (count != all)
            throw izhi::Error("projection." + std::string(projection), "synapses",
                              "are " + std::to_string(all) + ", and there are places for " + std::to_string(count),
                              "as many places");
        if (sources == nullptr && targets == nullptr && delay_steps == nullptr) {
            if (weights != nullptr) simulation.read_weights(id, {weights, count});
            return IZHI_OK;
        }
        const std::vector<izhi::PlasticSynapse> synapses = simulation.plastic_synapses(id);
        for (std::size_t i = 0; i < count; ++i) {
            if (sources != nullptr) sources[i] = synapses[i].source;
            if (targets != nullptr) targets[i] = synapses[i].target;
            if (weights != nullptr) weights[i] = synapses[i].weight;
            if (delay_steps != nullptr) delay_steps[i] = synapses[i].delay_steps;
        }
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_save(izhi_simulation handle, const char* file) {
    return with_simulation(handle, [&](Running& running) {
        running.simulation.save(required(file, "file"));
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_restore(izhi_simulation handle, const char* file) {
    return with_simulation(handle, [&](Running& running) {
        running.simulation.restore(std::filesystem::path(required(file, "file")));
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_checkpoint(izhi_simulation handle, const void** bytes, size_t* size) {
    return with_simulation(handle, [&](Running& running) {
        (void)required(size, "size");
        *required(bytes, "bytes") = nullptr;
        running.checkpoint = running.simulation.checkpoint();
        *bytes = running.checkpoint.data();
        *size = running.checkpoint.size();
        return IZHI_OK;
    });
}

izhi_status izhi_simulation_restore_bytes(izhi_simulation handle, const void* bytes, size_t size) {
    return with_simulation(handle, [&](Running& running) {
        running.simulation.restore(std::span(static_cast<const std::byte*>(required(bytes, size, "bytes")), size));
        return IZHI_OK;
    });
}
