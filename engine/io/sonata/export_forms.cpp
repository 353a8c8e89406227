// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/io/sonata/export_forms.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "engine/base/step_clock.hpp"
#include "izhi/simulation.hpp"

namespace izhi::io::detail {
namespace {

using izhi::detail::StepClock;

bool has_values(const PopulationSpec& population, std::string_view parameter) {
    return std::any_of(population.values.begin(), population.values.end(),
                       [&](const NeuronValues& v) { return v.parameter == parameter; });
}

bool is_constant(const PopulationSpec& population, const Distribution& d, std::string_view parameter) {
    return d.kind == Distribution::Kind::constant && !has_values(population, parameter);
}

/// The neurons of a network without its synapses and input: their parameters and their state at the start are the same.
Simulation neurons_alone(const Network& network) {
    NetworkBuilder builder(network.description().spec);
    for (PopulationSpec population : network.description().populations) {
        if (population.source) population.source = SpikeTrains{};
        builder.add_population(std::move(population));
    }
    return Simulation(std::move(builder).build(), {.threads = 1});
}

/// The double with the shortest decimals that is this number in single precision: 0.02, not 0.019999999552965164.
double as_described(float value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    double number = static_cast<double>(value);
    (void)std::from_chars(buffer, end, number);
    return static_cast<float>(number) == value ? number : static_cast<double>(value);
}

/// Describes the nodes of one population.
class NodeReader {
public:
    NodeReader(const Network& network, const Simulation& neurons, std::uint32_t population, Unseen& unseen)
        : network_(network), neurons_(neurons), id_{population}, unseen_(unseen),
          spec_(network.description().populations[population]), subject_("population." + spec_.name) {
        for (const auto& projection : network.description().projections)
            if (ends_here(projection)) onto_.push_back(&projection.spec);
    }

    [[nodiscard]] NodeForm read() {
        if (spec_.source) {
            if (std::holds_alternative<PoissonSource>(*spec_.source))
                say("model", "Poisson sources: other programs have silent virtual nodes");
            return {};
        }
        switch (spec_.cell.model.form) {
            case ModelForm::simple: read_izhikevich(); break;
            case ModelForm::lif: read_leaky(); break;
            default:
                say("model", std::string(to_string(spec_.cell.model.form)) + ", which NEST does not have");
                read_other();
        }
        if (!is_constant(spec_, spec_.noise_stddev, "noise_stddev") || spec_.noise_stddev.p0 != 0.0)
            say("noise_stddev", "the noise");
        return std::move(form_);
    }

private:
    void say(const std::string& field, const std::string& what) {
        unseen_.push_back(subject_ + "." + field + ": " + what);
    }

    [[nodiscard]] bool ends_here(const NetworkDescription::Projection& projection) const {
        if (projection.target.population && *projection.target.population != id_) return false;
        const NeuronRange all = network_.neurons(projection.target), own = network_.neurons(id_);
        const std::uint64_t first = std::uint64_t{all.first} + projection.spec.target_first;
        const std::uint64_t end =
            projection.spec.target_count ? first + *projection.spec.target_count : std::uint64_t{all.end()};
        return first < own.end() && end > own.first;
    }

    /// A parameter of all nodes, or of each if they differ.
    void add(const char* name, const std::vector<float>& values) {
        if (values.empty()) return;
        if (std::all_of(values.begin(), values.end(), [&](float v) { return v == values.front(); }))
            form_.constants.add(name, as_described(values.front()));
        else {
            std::vector<double>& column = form_.columns.emplace_back(name, std::vector<double>()).second;
            for (const float value : values) column.push_back(as_described(value));
        }
    }
    void add_state(const char* name, Variable variable) {
        std::vector<float> values(spec_.size);
        neurons_.read(variable, id_, values);
        add(name, values);
    }
    void add_parameter(const char* name, char parameter) {
        std::vector<float> values(spec_.size);
        neurons_.read_parameter(parameter, id_, values);
        add(name, values);
    }

    void read_izhikevich() {
        const NetworkSpec& network = network_.description().spec;
        const bool published = network.numerics == Numerics::published;
        if (!published && network.numerics != Numerics::forward_euler)
            unseen_.push_back("network.numerics: " + std::string(to_string(network.numerics)) +
                              ", where NEST has published (consistent_integration false) and forward-euler (true)");
        form_.model_template = "nest:izhikevich";
        form_.weight_factor = published ? network.dt_ms : 1.0;
        form_.constants.add("consistent_integration", !published);
        add_four();
        for (const ProjectionSpec* projection : onto_)
            if (!std::holds_alternative<DeltaCurrent>(projection->dynamics)) say_dynamics(*projection);
        add_tau_minus();
    }

    void add_four() {
        for (const char name : {'a', 'b', 'c', 'd'}) add_parameter(std::string(1, name).c_str(), name);
        add_state("V_m", Variable::v);
        add_state("U_m", Variable::u);
        add_parameter("I_e", 'I');
        if (spec_.v_min_mv) form_.constants.add("V_min", *spec_.v_min_mv);
    }

    void read_leaky() {
        const Model& model = spec_.cell.model;
        const StepClock clock(network_.dt_ms());
        const auto steps = static_cast<std::uint64_t>(std::llround(model.refractory_ms / network_.dt_ms()));
        form_.constants.add("C_m", model.capacitance)
            .add("tau_m", model.tau_m_ms)
            .add("E_L", model.vr)
            .add("V_th", model.vt)
            .add("t_ref", clock.ms(steps));
        add_parameter("V_reset", 'c');
        add_state("V_m", Variable::v);
        add_parameter("I_e", 'I');
        if (!is_constant(spec_, spec_.cell.c, "c")) say("v_reset_mv", "a reset potential for each neuron");
        choose_leaky();
        if (spec_.v_min_mv && form_.model_template == "nest:iaf_psc_exp")
            say("v_min_mv", "the lower bound of v, which NEST's iaf_psc_exp does not have");
        else if (spec_.v_min_mv) form_.constants.add("V_min", *spec_.v_min_mv);
        add_tau_minus();
    }

    /// iaf_psc_delta, iaf_psc_exp or iaf_psc_alpha, by the first synapses onto the population; time constants by their sign.
    void choose_leaky() {
        form_.model_template = "nest:iaf_psc_delta";
        for (const ProjectionSpec* projection : onto_) {
            if (std::holds_alternative<Conductance>(projection->dynamics)) continue;
            if (std::holds_alternative<ExponentialCurrent>(projection->dynamics))
                form_.model_template = "nest:iaf_psc_exp";
            if (std::holds_alternative<AlphaCurrent>(projection->dynamics)) form_.model_template = "nest:iaf_psc_alpha";
            break;
        }
        if (form_.model_template != "nest:iaf_psc_delta") form_.delay_steps = 1;
        std::optional<double> excitatory, inhibitory;
        for (const ProjectionSpec* projection : onto_) {
            const std::optional<double> tau = tau_of(projection->dynamics);
            if (!tau) {
                say_dynamics(*projection);
                continue;
            }
            if (*tau == 0.0) continue;
            const auto [lowest, highest] = weights_of(*projection);
            const bool fits = (highest <= 0.0 || excitatory.value_or(*tau) == *tau) &&
                              (lowest >= 0.0 || inhibitory.value_or(*tau) == *tau);
            if (!fits) {
                unseen_.push_back("projection." + projection->name + ".dynamics.tau_ms: onto " + spec_.name +
                                  ", where NEST has one time constant for excitation and one for inhibition");
                continue;
            }
            if (highest > 0.0) excitatory = tau;
            if (lowest < 0.0) inhibitory = tau;
        }
        if (excitatory) form_.constants.add("tau_syn_ex", *excitatory);
        if (inhibitory) form_.constants.add("tau_syn_in", *inhibitory);
    }

    /// Of synapses that the chosen model has; 0 for jumps.
    [[nodiscard]] std::optional<double> tau_of(const SynapseDynamics& dynamics) const {
        const std::string& model = form_.model_template;
        if (const auto* exponential = std::get_if<ExponentialCurrent>(&dynamics);
            exponential && model == "nest:iaf_psc_exp")
            return exponential->tau_ms;
        if (const auto* alpha = std::get_if<AlphaCurrent>(&dynamics); alpha && model == "nest:iaf_psc_alpha")
            return alpha->tau_ms;
        if (std::holds_alternative<DeltaCurrent>(dynamics) && model == "nest:iaf_psc_delta") return 0.0;
        return std::nullopt;
    }

    /// The least and the largest weight that a projection can have.
    [[nodiscard]] static std::pair<double, double> weights_of(const ProjectionSpec& projection) {
        if (projection.plasticity) return {projection.plasticity->lowest, projection.plasticity->highest};
        if (const auto* list = std::get_if<ExplicitList>(&projection.rule)) {
            double lowest = 0.0, highest = 0.0;
            for (const ExplicitSynapse& s : list->synapses) {
                lowest = std::min(lowest, s.weight);
                highest = std::max(highest, s.weight);
            }
            return {lowest, highest};
        }
        return range_of(projection.weight);
    }
    static std::pair<double, double> range_of(const Distribution& d) {
        using enum Distribution::Kind;
        switch (d.kind) {
            case constant: return {d.p0, d.p0};
            case uniform: return {std::min(d.p0, d.p1), std::max(d.p0, d.p1)};
            case normal: return {d.p2, d.p3};
            case lognormal: return d.factor < 0.0 ? std::pair{-1.0, 0.0} : std::pair{0.0, 1.0};
            case exponential: return d.p0 < 0.0 ? std::pair{-1.0, 0.0} : std::pair{0.0, 1.0};
            case gamma: return d.p1 < 0.0 ? std::pair{-1.0, 0.0} : std::pair{0.0, 1.0};
            case shared:
            case spread:
            case rest: break;
        }
        return {-1.0, 1.0};
    }

    void say_dynamics(const ProjectionSpec& projection) {
        unseen_.push_back("projection." + projection.name + ".dynamics: " + std::string(kind_of(projection.dynamics)) +
                          " synapses onto " + spec_.name + ", which " + form_.model_template.substr(5) +
                          " does not have; the files have their weights as they are");
    }

    /// The time constant of the target in NEST's rule of learning belongs to the cell.
    void add_tau_minus() {
        std::optional<double> tau;
        for (const ProjectionSpec* projection : onto_) {
            if (!projection->plasticity) continue;
            const auto* pair = std::get_if<PairStdp>(&projection->plasticity->rule);
            if (!pair) continue;
            if (tau && *tau != pair->tau_minus_ms)
                unseen_.push_back("projection." + projection->name + ".plasticity: a second tau_minus_ms onto " +
                                  spec_.name);
            else tau = pair->tau_minus_ms;
        }
        if (tau) form_.constants.add("tau_minus", *tau);
    }

    void read_other() {
        const Model& model = spec_.cell.model;
        form_.model_template = "izhi:" + std::string(to_string(model.form));
        if (model.form == ModelForm::nine_parameter)
            form_.constants.add("capacitance", model.capacitance)
                .add("k", model.k)
                .add("vr", model.vr)
                .add("vt", model.vt)
                .add("vpeak", model.vpeak);
        add_four();
    }

    const Network& network_;
    const Simulation& neurons_;
    PopulationId id_;
    Unseen& unseen_;
    const PopulationSpec& spec_;
    std::string subject_;
    std::vector<const ProjectionSpec*> onto_;
    NodeForm form_;
};

/// Why a rule of plasticity is not that of NEST's stdp_synapse; empty if it is.
std::string other_than_stdp(const Plasticity& plasticity) {
    const auto* pair = std::get_if<PairStdp>(&plasticity.rule);
    if (!pair) return "a rule other than pairs of spikes";
    if (pair->pairing != Pairing::all_to_all) return "the nearest spikes alone";
    if (!std::holds_alternative<ImmediateChange>(plasticity.change))
        return std::string(kind_of(plasticity.change)) + " changes";
    if (plasticity.lowest != 0.0 || !(plasticity.highest > 0.0)) return "a lowest weight other than 0";
    if (!(pair->a_plus > 0.0)) return "no potentiation";
    return {};
}

}  // namespace

std::vector<NodeForm> node_forms(const Network& network, Unseen& unseen) {
    const Simulation neurons = neurons_alone(network);
    std::vector<NodeForm> forms;
    for (std::uint32_t p = 0; p < network.population_count(); ++p)
        forms.push_back(NodeReader(network, neurons, p, unseen).read());
    return forms;
}

SynapseForm synapse_form(const ProjectionSpec& spec, const NodeForm& nodes,
                         std::pair<std::uint32_t, std::uint32_t> steps, double dt_ms, Unseen& unseen) {
    SynapseForm form;
    const std::string subject = "projection." + spec.name;
    if (spec.short_term) {
        form.model_template = "tsodyks2_synapse";
        form.parameters.add("U", spec.short_term->utilisation)
            .add("u", spec.short_term->utilisation)
            .add("x", 1.0)
            .add("tau_rec", spec.short_term->tau_x_ms)
            .add("tau_fac", spec.short_term->tau_u_ms);
    }
    if (!spec.plasticity) return form;
    std::string other = other_than_stdp(*spec.plasticity);
    if (other.empty() && spec.short_term) other = "together with short-term plasticity";
    const auto dendritic = std::llround(spec.plasticity->dendritic_delay_ms / dt_ms) + nodes.delay_steps;
    if (other.empty() && (dendritic != steps.first || dendritic != steps.second))
        other = "a delay that is not dendritic as a whole, as NEST's is";
    if (!other.empty()) {
        unseen.push_back(subject + ".plasticity: " + other + "; other programs have weights that do not change");
        return form;
    }
    const auto& pair = std::get<PairStdp>(spec.plasticity->rule);
    const double highest = spec.plasticity->highest;
    const bool power = pair.dependence == WeightDependence::power;
    const double otherwise = pair.dependence == WeightDependence::multiplicative ? 1.0 : 0.0;
    form.model_template = "stdp_synapse";
    form.parameters.add("tau_plus", pair.tau_plus_ms)
        .add("lambda", pair.a_plus / highest)
        .add("alpha", pair.a_minus / pair.a_plus)
        .add("mu_plus", power ? pair.mu_plus : otherwise)
        .add("mu_minus", power ? pair.mu_minus : otherwise)
        .add("Wmax", highest / nodes.weight_factor);
    return form;
}

void list_unseen(const Network& network, Unseen& unseen) {
    const NetworkDescription& description = network.description();
    for (const PopulationSpec& population : description.populations)
        if (population.size == 0) unseen.push_back("population." + population.name + ": it has no neurons");
    for (const TraceSpec& trace : description.traces)
        for (const Variable variable : trace.variables)
            if (variable != Variable::v)
                unseen.push_back("trace." + trace.name + ": " + std::string(to_string(variable)) +
                                 "; reports have v alone");
    for (const RewardSpec& reward : description.rewards) unseen.push_back("reward." + reward.name + ": rewards");
    for (const WeightRecordSpec& record : description.weight_records)
        unseen.push_back("weights." + record.name + ": a record of weights");
    if (description.recorded_populations)
        unseen.emplace_back("record.spikes: which spikes are recorded; other programs record all");
}

}  // namespace izhi::io::detail
