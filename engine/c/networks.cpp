// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "objects.hpp"

namespace izhi::c {

Handles<BuiltNetwork>& networks = *new Handles<BuiltNetwork>;

namespace {

using Json = nlohmann::ordered_json;

std::string described(const Network& network) {
    const NetworkDescription& d = network.description();
    const auto name_of = [&](const Selection& selection) {
        return selection.population ? d.populations[selection.population->index].name : std::string("everyone");
    };
    Json json{{"name", d.spec.name},          {"seed", d.spec.seed},
              {"dt_ms", d.spec.dt_ms},        {"neurons", network.neuron_count()},
              {"populations", Json::array()}, {"projections", Json::array()},
              {"traces", Json::array()},      {"weights", Json::array()},
              {"notes", Json::array()}};
    for (std::uint32_t p = 0; p < d.populations.size(); ++p)
        json["populations"].push_back(
            {{"name", d.populations[p].name},
             {"first", network.first_neuron({p})},
             {"size", d.populations[p].size},
             {"model", d.populations[p].source ? std::string(kind_of(*d.populations[p].source))
                                               : std::string(to_string(d.populations[p].cell.model.form))}});
    for (const auto& projection : d.projections)
        json["projections"].push_back({{"name", projection.spec.name},
                                       {"source", name_of(projection.source)},
                                       {"target", name_of(projection.target)},
                                       {"plastic", projection.spec.plasticity.has_value()}});
    for (const TraceSpec& trace : d.traces) {
        Json variables = Json::array();
        for (const Variable variable : trace.variables) variables.push_back(std::string(to_string(variable)));
        json["traces"].push_back({{"name", trace.name},
                                  {"population", d.populations[trace.population.index].name},
                                  {"neurons", trace.neurons},
                                  {"variables", std::move(variables)},
                                  {"interval_ms", trace.interval_ms}});
    }
    for (const WeightRecordSpec& record : d.weight_records)
        json["weights"].push_back({{"name", record.name},
                                   {"projection", d.projections[record.projection.index].spec.name},
                                   {"interval_ms", record.interval_ms}});
    for (const Note& note : network.notes()) json["notes"].push_back(sentence(note));
    return json.dump();
}

}  // namespace

Selection selection_of(const Network& network, const char* population) {
    const std::string name = required(population, "population");
    return name == "everyone" ? everyone : Selection(network.find_population(name));
}
PopulationId population_of(const Network& network, const char* population) {
    return network.find_population(required(population, "population"));
}
ProjectionId projection_of(const Network& network, const char* projection) {
    return network.find_projection(required(projection, "projection"));
}

}  // namespace izhi::c

using namespace izhi::c;

izhi_status izhi_network_describe(izhi_network handle, const char** json) {
    return with_network(handle, [&](BuiltNetwork& built) {
        *required(json, "json") = "";
        const std::lock_guard lock(built.mutex);
        if (built.json.empty()) built.json = described(built.network);
        *json = built.json.c_str();
    });
}

izhi_status izhi_network_read_synapses(izhi_network handle, const char* projection, uint32_t* sources,
                                       uint32_t* targets, double* weights, uint32_t* delay_steps, size_t count,
                                       size_t* total) {
    return with_network(handle, [&](BuiltNetwork& built) {
        const izhi::ProjectionId id = projection_of(built.network, projection);
        const double dt_ms = built.network.dt_ms();
        std::size_t drawn = 0;
        built.network.draw_synapses(id, [&](std::span<const izhi::ExplicitSynapse> row) {
            for (const izhi::ExplicitSynapse& synapse : row) {
                if (drawn < count) {
                    if (sources != nullptr) sources[drawn] = synapse.source;
                    if (targets != nullptr) targets[drawn] = synapse.target;
                    if (weights != nullptr) weights[drawn] = synapse.weight;
                    if (delay_steps != nullptr)
                        delay_steps[drawn] = static_cast<std::uint32_t>(synapse.delay_ms / dt_ms + 0.5);
                }
                ++drawn;
            }
        });
        if (total != nullptr) *total = drawn;
        if (count != 0 && count != drawn)
            throw izhi::Error("projection." + std::string(projection), "synapses",
                              "are " + std::to_string(drawn) + ", and there are places for " + std::to_string(count),
                              "as many places");
    });
}

izhi_status izhi_network_free(izhi_network handle) {
    return guarded([&] {
        if (!networks.remove(handle)) throw NoSuchHandle{"network", handle};
        return IZHI_OK;
    });
}
