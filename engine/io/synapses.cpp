// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "network_sections.hpp"

namespace izhi::io::detail {
namespace {

/// A table within [projection.NAME]; a fault if it is something else.
std::optional<Section> table_of(Section& projection, const std::string& key, const std::string& example) {
    const TomlValue* value = projection.find(key);
    if (value == nullptr) return std::nullopt;
    if (value->table() == nullptr) {
        projection.fault(key, "is " + describe(*value), "a table such as { " + example + " }");
        return std::nullopt;
    }
    return Section(*value, value->line, projection.subject() + "." + key, projection.faults(), projection.map());
}

/// Reports keys that belong to another choice.
void refuse_others(Section& section, const std::vector<std::string>& keys, const std::string& why) {
    for (const std::string& key : keys)
        if (!section.knows(key)) section.refuse(key, why);
}

struct NamedDynamics {
    std::string name;
    SynapseDynamics dynamics;
};
const std::vector<NamedDynamics>& named_dynamics() {
    static const std::vector<NamedDynamics> types{{"delta", DeltaCurrent{}}, {"exponential", ExponentialCurrent{}},
                                                  {"alpha", AlphaCurrent{}}, {"conductance", Conductance{}},
                                                  {"ampa", ampa()},          {"nmda", nmda()},
                                                  {"gaba-a", gaba_a()},      {"gaba-b", gaba_b()}};
    return types;
}

std::optional<ShortTermPlasticity> read_short_term(Section& projection) {
    auto table = table_of(projection, "short_term", "utilisation = 0.45, tau_u_ms = 50, tau_x_ms = 750");
    if (!table) return std::nullopt;
    const bool inhibitory = table->word("type", {"excitatory", "inhibitory"}, "excitatory") == "inhibitory";
    ShortTermPlasticity law = inhibitory ? inhibitory_short_term() : excitatory_short_term();
    table->read("utilisation", law.utilisation);
    table->read("tau_u_ms", law.tau_u_ms);
    table->read("tau_x_ms", law.tau_x_ms);
    table->refuse_unknown();
    return law;
}

/// What rules that weigh pairs and triplets have in common.
template <class Rule>
void read_traces(Section& table, Rule& rule) {
    table.read("tau_plus_ms", rule.tau_plus_ms);
    table.read("tau_minus_ms", rule.tau_minus_ms);
    rule.pairing = read_choice(table, "pairing", rule.pairing, {Pairing::all_to_all, Pairing::nearest});
    rule.dependence =
        read_choice(table, "dependence", rule.dependence,
                    {WeightDependence::additive, WeightDependence::multiplicative, WeightDependence::power});
    if (rule.dependence != WeightDependence::power) return;
    table.read("mu_plus", rule.mu_plus);
    table.read("mu_minus", rule.mu_minus);
}

void read_rule(Section& table, PairStdp& rule) {
    table.read("a_plus", rule.a_plus);
    table.read("a_minus", rule.a_minus);
    read_traces(table, rule);
}
void read_rule(Section& table, TripletStdp& rule) {
    if (table.find("set") != nullptr) {
        using enum TripletSet;
        const TripletSet set = read_choice(table, "set", visual_cortex,
                                           {visual_cortex, visual_cortex_minimal, hippocampus, hippocampus_minimal});
        const Pairing pairing =
            read_choice(table, "pairing", Pairing::all_to_all, {Pairing::all_to_all, Pairing::nearest});
        rule = pfister_gerstner_2006(set, pairing, table.number("scale", 1.0));
    }
    table.read("a2_plus", rule.a2_plus);
    table.read("a2_minus", rule.a2_minus);
    table.read("a3_plus", rule.a3_plus);
    table.read("a3_minus", rule.a3_minus);
    table.read("tau_x_ms", rule.tau_x_ms);
    table.read("tau_y_ms", rule.tau_y_ms);
    read_traces(table, rule);
}
void read_rule(Section& table, SymmetricStdp& rule) {
    table.read("eta", rule.eta);
    table.read("tau_ms", rule.tau_ms);
    table.read("target_rate_hz", rule.target_rate_hz);
}

void read_change(Section& table, WeightChange& change) {
    const std::string given(kind_of(change));
    const std::string kind = table.word("change", {"immediate", "accumulated", "rewarded"}, given);
    if (kind != given) {
        if (kind == "immediate") change = ImmediateChange{};
        else if (kind == "accumulated") change = AccumulatedChange{};
        else change = RewardedChange{};
    }
    if (auto* accumulated = std::get_if<AccumulatedChange>(&change)) {
        table.read("interval_ms", accumulated->interval_ms);
        table.read("decay", accumulated->decay);
        table.read("drift", accumulated->drift);
    } else if (auto* rewarded = std::get_if<RewardedChange>(&change)) {
        table.read("interval_ms", rewarded->interval_ms);
        table.read("decay", rewarded->decay);
        table.read("baseline", rewarded->baseline);
    }
    const std::string but = ", and the change is \"" + kind + "\"";
    refuse_others(table, {"interval_ms", "decay"}, "goes with change = \"accumulated\" or \"rewarded\"" + but);
    refuse_others(table, {"drift"}, "goes with change = \"accumulated\"" + but);
    refuse_others(table, {"baseline"}, "goes with change = \"rewarded\"" + but);
}

std::optional<Plasticity> read_plasticity(Section& projection) {
    auto table = table_of(projection, "plasticity", "rule = \"pair\"");
    if (!table) return std::nullopt;
    (void)table->require("rule", "pair, triplet, symmetric, polychronization-2006, distal-reward-2007");
    const std::string chosen =
        table->word("rule", {"pair", "triplet", "symmetric", "polychronization-2006", "distal-reward-2007"}, {});
    if (chosen.empty()) return std::nullopt;  // the other keys have no meaning without a type
    Plasticity plasticity;
    if (chosen == "triplet") plasticity.rule = TripletStdp{};
    if (chosen == "symmetric") plasticity.rule = SymmetricStdp{};
    if (chosen == "polychronization-2006") plasticity = polychronization_2006();
    if (chosen == "distal-reward-2007") plasticity = distal_reward_2007();
    std::visit([&](auto& rule) { read_rule(*table, rule); }, plasticity.rule);
    const std::string but = ", and the rule is \"" + chosen + "\"";
    refuse_others(*table, {"a_plus", "a_minus"}, "goes with pairs" + but);
    if (chosen == "triplet" && table->find("set") == nullptr) table->refuse("scale", "goes with a set of amplitudes");
    refuse_others(*table, {"set", "scale", "a2_plus", "a2_minus", "a3_plus", "a3_minus", "tau_x_ms", "tau_y_ms"},
                  "goes with rule = \"triplet\"" + but);
    refuse_others(*table, {"eta", "tau_ms", "target_rate_hz"}, "goes with rule = \"symmetric\"" + but);
    refuse_others(
        *table, {"tau_plus_ms", "tau_minus_ms", "pairing", "dependence"},
        "does not go with rule = \"symmetric\", which pairs all spikes by tau_ms and does not depend on the weight");
    refuse_others(*table, {"mu_plus", "mu_minus"}, "goes with dependence = \"power\"");
    read_change(*table, plasticity.change);
    table->read("lowest", plasticity.lowest);
    table->read("highest", plasticity.highest);
    table->read("dendritic_delay_ms", plasticity.dendritic_delay_ms);
    table->refuse_unknown();
    return plasticity;
}

}  // namespace

SynapseDynamics read_dynamics(Section& projection) {
    auto table = table_of(projection, "dynamics", "type = \"exponential\", tau_ms = 5");
    if (!table) return {};
    std::vector<std::string> names;
    std::string list;
    for (const NamedDynamics& type : named_dynamics()) {
        names.push_back(type.name);
        list += (list.empty() ? "" : ", ") + type.name;
    }
    (void)table->require("type", list);
    const std::string chosen = table->word("type", names, {});
    if (chosen.empty()) return {};  // the other keys have no meaning without a type
    SynapseDynamics dynamics;
    for (const NamedDynamics& type : named_dynamics())
        if (type.name == chosen) dynamics = type.dynamics;
    if (auto* exponential = std::get_if<ExponentialCurrent>(&dynamics)) {
        table->read("tau_ms", exponential->tau_ms);
    } else if (auto* alpha = std::get_if<AlphaCurrent>(&dynamics)) {
        table->read("tau_ms", alpha->tau_ms);
    } else if (auto* conductance = std::get_if<Conductance>(&dynamics)) {
        table->read("tau_ms", conductance->tau_ms);
        table->read("reversal_mv", conductance->reversal_mv);
        conductance->factor =
            read_choice(*table, "voltage_factor", conductance->factor, {VoltageFactor::none, VoltageFactor::nmda});
    }
    refuse_others(*table, {"tau_ms"}, "does not go with type = \"" + chosen + "\", whose currents last one step");
    refuse_others(*table, {"reversal_mv", "voltage_factor"},
                  "goes with conductances, and the type is \"" + chosen + "\"");
    table->refuse_unknown();
    return dynamics;
}

void read_synapses(Section& projection, ProjectionSpec& spec) {
    spec.dynamics = read_dynamics(projection);
    spec.short_term = read_short_term(projection);
    spec.plasticity = read_plasticity(projection);
}

}  // namespace izhi::io::detail
