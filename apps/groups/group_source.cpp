// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "group_source.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "apps/networks/networks.hpp"
#include "apps/run/checkpoints.hpp"
#include "apps/text/units.hpp"
#include "engine/base/nearest_name.hpp"
#include "engine/io/synapse_list.hpp"
#include "izhi/checkpoint.hpp"
#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;

/// The simulation runs no step: one thread wires it, and what it holds does not depend on threads.
std::unique_ptr<Simulation> wired(Network network) {
    require_searchable(network);
    return std::make_unique<Simulation>(std::move(network), SimulationOptions{.threads = 1});
}

GroupSource source_of_checkpoint(const fs::path& file) {
    const CheckpointInfo info = read_checkpoint_info(file);
    const RunNote note = parse_run_note(info.note, file);
    GroupSource source;
    source.simulation = wired(io::parse_network(
        note.source.text, note.source.origin, {.seed = note.seed, .storage = note.storage, .settings = note.settings}));
    source.simulation->restore(file);
    source.steps = info.step;
    source.text = "checkpoint after " + seconds_text(static_cast<double>(info.step) * info.dt_ms / 1e3);
    source.files = {file};
    source.projections = weighed_projections(*source.simulation);
    return source;
}

std::string name_of_weights(const std::string& projection) { return "synapses-" + projection + ".csv"; }

/// Gives a plastic projection the weights of a file that izhi run --weights wrote.
void read_weights_into(WeighedProjection& projection, const Network& network, std::size_t number,
                       const fs::path& file) {
    const auto& described = network.description().projections[number];
    const Plasticity& rule = *described.spec.plasticity;
    const NeuronRange sources = network.neurons(described.source), targets = network.neurons(described.target);
    const std::uint32_t first_source = sources.first + described.spec.source_first,
                        first_target = targets.first + described.spec.target_first;
    const SynapseList list =
        io::detail::read_synapse_file(file,
                                      {described.spec.source_count.value_or(sources.end() - first_source),
                                       described.spec.target_count.value_or(targets.end() - first_target), 0},
                                      {});
    const std::string whose = "projection '" + described.spec.name + "' of '" + network.description().spec.name +
                              "' with seed " + std::to_string(network.description().spec.seed);
    if (list.size() != projection.synapses.size())
        throw Error(
            file.string() + ": has " + counted(list.size(), "synapse") + ", and " + whose + " has " +
            grouped(projection.synapses.size()) +
            "; allowed: the file that izhi run --weights wrote for this network; give the --seed and --set of the run");
    std::vector<WeighedSynapse> found;
    found.reserve(list.size());
    for (const ExplicitSynapse synapse : list)
        found.push_back({first_source + synapse.source, first_target + synapse.target,
                         static_cast<std::uint32_t>(network.steps(synapse.delay_ms)), synapse.weight, 0.0});
    const auto order_of = [](const std::vector<WeighedSynapse>& synapses) {
        std::vector<std::size_t> order(synapses.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
            const auto key = [&](std::size_t i) {
                return std::tuple(synapses[i].source, synapses[i].delay_steps, synapses[i].target);
            };
            return key(x) < key(y);
        });
        return order;
    };
    const std::vector<std::size_t> theirs = order_of(found), ours = order_of(projection.synapses);
    const auto at_line = [&](std::size_t index) {
        return file.string() + ':' + std::to_string(io::detail::line_of_synapse(file, index));
    };
    for (std::size_t i = 0; i < ours.size(); ++i) {
        const WeighedSynapse& theirs_now = found[theirs[i]];
        WeighedSynapse& own = projection.synapses[ours[i]];
        if (std::tuple(theirs_now.source, theirs_now.delay_steps, theirs_now.target) !=
            std::tuple(own.source, own.delay_steps, own.target))
            throw Error(at_line(theirs[i]) + ": is a synapse from " + std::to_string(theirs_now.source - first_source) +
                        " to " + std::to_string(theirs_now.target - first_target) + " that " + whose +
                        " has not; allowed: the synapses of the network; give the --seed and --set of the run");
        if (theirs_now.weight < rule.lowest || theirs_now.weight > rule.highest)
            throw Error(at_line(theirs[i]) + ": weight is " + plain(theirs_now.weight, 9) + "; allowed: " +
                        plain(rule.lowest, 9) + " to " + plain(rule.highest, 9) + ", the bounds of its rule");
        own.weight = theirs_now.weight;
        own.delivered = delivered_weight(own.weight, projection.quantum);
    }
}

GroupSource source_of_network(const GroupSourceOptions& options) {
    const NetworkSource text = find_network(options.from);
    GroupSource source;
    if (const auto file = text.file()) source.files.push_back(*file);
    source.simulation =
        wired(io::parse_network(text.text, text.origin, {.seed = options.seed, .settings = options.settings}));
    source.projections = weighed_projections(*source.simulation);
    source.text = "weights as described";
    if (!options.weights) return source;
    const Network& network = source.simulation->network();
    const auto& described = network.description().projections;
    std::error_code ignored;
    const bool folder = fs::is_directory(*options.weights, ignored);
    std::vector<std::size_t> plastic;
    std::string names;
    for (std::size_t p = 0; p < described.size(); ++p) {
        if (!described[p].spec.plasticity) continue;
        plastic.push_back(p);
        names += (names.empty() ? "" : ", ") + name_of_weights(described[p].spec.name);
    }
    if (plastic.empty())
        throw Error("--weights is given, and '" + network.description().spec.name +
                    "' has no plastic projection; allowed: a network that learns, or no --weights");
    bool any = false;
    for (const std::size_t p : plastic) {
        const std::string name = name_of_weights(described[p].spec.name);
        const fs::path file = folder ? *options.weights / name : *options.weights;
        if (folder && !fs::exists(file, ignored)) continue;
        if (!folder && plastic.size() > 1 && file.filename() != name) continue;
        read_weights_into(source.projections[p], network, p, file);
        source.files.push_back(file);
        any = true;
    }
    if (!any)
        throw Error("", "--weights", "is '" + options.weights->string() + "', which has no weights of this network",
                    names + ", or the folder of it");
    source.text = "weights of " + options.weights->string();
    return source;
}

}  // namespace

GroupSource read_group_source(const GroupSourceOptions& options) {
    std::error_code ignored;
    const bool folder = fs::is_directory(options.from, ignored);
    if (!folder && !options.from.ends_with(".izhi")) return source_of_network(options);
    const auto refuse_option = [](const char* name) {
        throw Error(std::string(name) + " is given with a checkpoint, which has the whole network; allowed: " + name +
                    " with a network");
    };
    if (options.seed) refuse_option("--seed");
    if (!options.settings.empty()) refuse_option("--set");
    if (options.weights) refuse_option("--weights");
    return source_of_checkpoint(folder ? newest_checkpoint(options.from) : fs::path(options.from));
}

analysis::SpikeTrains read_spike_trains(const fs::path& file, const Network& network) {
    const io::SpikeTable table = io::read_spikes(file);
    const auto& populations = network.description().populations;
    std::vector<std::string> known;
    for (const PopulationSpec& population : populations)
        if (std::find(known.begin(), known.end(), population.recorded_name()) == known.end())
            known.push_back(population.recorded_name());
    analysis::SpikeTrains trains(network.neuron_count());
    for (const auto& recorded : table.populations) {
        std::unordered_map<std::uint64_t, std::uint32_t> neurons;  // [number in the file]
        for (std::size_t p = 0; p < populations.size(); ++p) {
            const NeuronRange range = network.neurons(PopulationId{static_cast<std::uint32_t>(p)});
            if (!recorded.name.empty() && populations[p].recorded_name() != recorded.name) continue;
            for (std::uint32_t i = 0; i < range.size; ++i)
                neurons.emplace(recorded.name.empty() ? range.first + i : populations[p].recorded_id(i),
                                range.first + i);
        }
        if (neurons.empty())
            throw Error(file.string() + ": holds the population '" + recorded.name + "', which the network has not; " +
                        izhi::detail::suggest_name(recorded.name, known));
        for (std::size_t i = 0; i < recorded.node_ids.size(); ++i) {
            const auto neuron = neurons.find(recorded.node_ids[i]);
            if (neuron == neurons.end())
                throw Error(file.string() + ": holds neuron " + std::to_string(recorded.node_ids[i]) +
                            (recorded.name.empty() ? "" : " of '" + recorded.name + "'") +
                            "; allowed: the neurons of the network, " + grouped(neurons.size()) + " of them");
            const double step = recorded.times_ms[i] / network.dt_ms();
            if (!(step >= -0.5 && step < 9e15))
                throw Error(file.string() + ": holds the time " + plain(recorded.times_ms[i], 9) +
                            " ms; allowed: times from 0 on");
            trains.add(neuron->second, static_cast<std::uint64_t>(std::llround(std::max(0.0, step))));
        }
    }
    trains.sort();
    if (trains.empty()) throw Error(file.string() + ": holds no spikes; allowed: a recording of this network");
    return trains;
}

}  // namespace izhi::apps
