// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <utility>

#include "engine/networks/builtin_networks.hpp"
#include "engine/networks/find_network.hpp"
#include "izhi/io/network_file.hpp"
#include "objects.hpp"

namespace izhi::c {

Handles<Draft>& drafts = *new Handles<Draft>;

namespace {

std::uint64_t new_draft(std::string text, std::string origin) {
    auto draft = std::make_shared<Draft>();
    draft->text = std::move(text);
    draft->origin = std::move(origin);
    return drafts.add(std::move(draft));
}

/// Replaces what was given for the same thing.
template <class Given, class Same>
void give(std::vector<Given>& all, Given given, const Same& same) {
    std::erase_if(all, same);
    all.push_back(std::move(given));
}

}  // namespace
}  // namespace izhi::c

using namespace izhi::c;

const char* izhi_builtin_names(void) {
    static const std::string names = [] {
        std::string lines;
        for (const izhi::networks::BuiltinNetwork& network : izhi::networks::builtin_networks())
            lines += (lines.empty() ? "" : "\n") + std::string(network.name);
        return lines;
    }();
    return names.c_str();
}

izhi_status izhi_draft_from_text(const char* text, const char* origin, izhi_draft* into) {
    return guarded([&] {
        *required(into, "into") = 0;
        *into = new_draft(required(text, "text"), required(origin, "origin"));
        return IZHI_OK;
    });
}

izhi_status izhi_draft_open(const char* name, izhi_draft* into) {
    return guarded([&] {
        *required(into, "into") = 0;
        auto found = izhi::networks::find_network(required(name, "name"));
        *into = new_draft(std::move(found.text), std::move(found.origin));
        return IZHI_OK;
    });
}

izhi_status izhi_draft_set(izhi_draft handle, const char* key, double value) {
    return with_draft(handle, [&](Draft& draft) { draft.options.settings.push_back({required(key, "key"), value}); });
}

izhi_status izhi_draft_set_seed(izhi_draft handle, uint64_t seed) {
    return with_draft(handle, [&](Draft& draft) { draft.options.seed = seed; });
}

izhi_status izhi_draft_set_values(izhi_draft handle, const char* population, const char* parameter,
                                  const double* values, size_t count) {
    return with_draft(handle, [&](Draft& draft) {
        izhi::io::PopulationValues given{required(population, "population"),
                                         {required(parameter, "parameter"), copied(values, count, "values")}};
        give(draft.options.values, given, [&](const izhi::io::PopulationValues& other) {
            return other.population == given.population && other.values.parameter == given.values.parameter;
        });
    });
}

izhi_status izhi_draft_set_synapses(izhi_draft handle, const char* projection, const uint32_t* sources,
                                    const uint32_t* targets, const double* weights, const double* delays_ms,
                                    size_t count) {
    return with_draft(handle, [&](Draft& draft) {
        izhi::io::ProjectionSynapses given;
        given.projection = required(projection, "projection");
        given.sources = copied(sources, count, "sources");
        given.targets = copied(targets, count, "targets");
        if (weights != nullptr) given.weights = copied(weights, count, "weights");
        if (delays_ms != nullptr) given.delays_ms = copied(delays_ms, count, "delays_ms");
        const std::string name = given.projection;
        give(draft.options.synapses, std::move(given),
             [&](const izhi::io::ProjectionSynapses& other) { return other.projection == name; });
    });
}

izhi_status izhi_draft_set_spikes(izhi_draft handle, const char* population, const double* times_ms,
                                  const uint32_t* neurons, size_t count) {
    return with_draft(handle, [&](Draft& draft) {
        (void)required(times_ms, count, "times_ms");
        (void)required(neurons, count, "neurons");
        izhi::io::PopulationSpikes given{required(population, "population"), {}};
        given.trains.spikes.reserve(count);
        for (std::size_t i = 0; i < count; ++i) given.trains.spikes.push_back({times_ms[i], neurons[i]});
        const std::string name = given.population;
        give(draft.options.spikes, std::move(given),
             [&](const izhi::io::PopulationSpikes& other) { return other.population == name; });
    });
}

izhi_status izhi_draft_text(izhi_draft handle, const char** text) {
    return with_draft(handle, [&](Draft& draft) {
        *required(text, "text") = "";
        *text = keep(izhi::io::network_text(draft.text, draft.origin, draft.options));
    });
}

izhi_status izhi_draft_check(izhi_draft handle, const char** faults) {
    return with_draft(handle, [&](Draft& draft) {
        *required(faults, "faults") = "";
        std::string lines;
        for (const std::string& fault : izhi::io::check_network(draft.text, draft.origin, draft.options))
            lines += (lines.empty() ? "" : "\n") + fault;
        *faults = keep(std::move(lines));
    });
}

izhi_status izhi_draft_build(izhi_draft handle, izhi_network* into) {
    return with_draft(handle, [&](Draft& draft) {
        *required(into, "into") = 0;
        *into = networks.add(
            std::make_shared<BuiltNetwork>(izhi::io::parse_network(draft.text, draft.origin, draft.options)));
    });
}

izhi_status izhi_draft_free(izhi_draft handle) {
    return guarded([&] {
        if (!drafts.remove(handle)) throw NoSuchHandle{"draft", handle};
        return IZHI_OK;
    });
}
