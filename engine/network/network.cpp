// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/network.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include "engine/base/float_environment.hpp"
#include "engine/base/nearest_name.hpp"
#include "engine/base/text.hpp"
#include "engine/network/check.hpp"
#include "engine/network/notes.hpp"
#include "engine/network/plan.hpp"
#include "izhi/error.hpp"

namespace izhi {

const NetworkDescription& Network::description() const noexcept { return plan_->description; }
std::uint32_t Network::neuron_count() const noexcept { return plan_->neurons; }
std::size_t Network::population_count() const noexcept { return plan_->populations.size(); }

NeuronRange Network::neurons(PopulationId id) const { return neurons(Selection(id)); }

NeuronRange Network::neurons(const Selection& selection) const {
    const detail::Range range = detail::Check{}.selection(*plan_, selection, "population");
    return {range.begin, range.size()};
}

PopulationId Network::population_of(std::uint32_t neuron) const {
    detail::check_neuron(*plan_, "population_of", neuron);
    return {plan_->population_of(neuron), plan_->builder};
}

namespace {

/// The place of a name among those of a list. @throws Error naming the nearest
template <class List, class Name>
std::size_t find_name(std::string_view name, const char* kind, const List& list, const Name& name_of) {
    for (std::size_t i = 0; i < list.size(); ++i)
        if (name_of(list[i]) == name) return i;
    std::vector<std::string> known;
    for (const auto& each : list) known.push_back(name_of(each));
    throw Error(std::string(kind) + '.' + std::string(name), "",
                "does not exist; " + detail::suggest_name(name, known));
}

}  // namespace

PopulationId Network::find_population(std::string_view name) const {
    const std::size_t index = find_name(name, "population", plan_->description.populations,
                                        [](const PopulationSpec& p) -> const std::string& { return p.name; });
    return {static_cast<std::uint32_t>(index), plan_->builder};
}

ProjectionId Network::find_projection(std::string_view name) const {
    using Projection = NetworkDescription::Projection;
    const std::size_t index = find_name(name, "projection", plan_->description.projections,
                                        [](const Projection& p) -> const std::string& { return p.spec.name; });
    return ProjectionId(index, plan_->builder);
}

double Network::dt_ms() const noexcept { return plan_->description.spec.dt_ms; }

std::uint64_t Network::steps(double ms) const {
    constexpr double most = 0x1p62;
    const double steps = std::floor(ms / dt_ms() + 0.5);
    if (!(ms >= 0.0 && steps < most))
        throw Error("option", "duration", "is " + detail::number_text(ms) + " ms",
                    "0 to " + detail::number_text(std::floor(most * dt_ms())) + " ms");
    return static_cast<std::uint64_t>(steps);
}

double Network::weight_quantum(ProjectionId projection) const {
    return plan_->quantum_of(detail::projection_of(*plan_, projection));
}

int Network::bytes_per_synapse(ProjectionId projection) const {
    if (detail::projection_of(*plan_, projection).plastic) return 0;
    return plan_->route_of(projection.index).wide ? 8 : 4;
}

int Network::bytes_per_synapse() const noexcept {
    const auto wide = [](const detail::RoutePlan& route) { return route.wide; };
    return std::any_of(plan_->routes.begin(), plan_->routes.end(), wide) ? 8 : 4;
}

std::optional<Point> Network::position(std::uint32_t neuron) const {
    detail::check_neuron(*plan_, "position", neuron);
    const std::uint32_t population = plan_->population_of(neuron);
    const auto& placed = plan_->places[population];
    if (!placed) return std::nullopt;
    return placed->points[neuron - plan_->populations[population].first_neuron];
}

const std::vector<Note>& Network::notes() const noexcept { return plan_->notes; }
std::vector<Note> Network::notes_beyond(std::uint64_t steps) const { return detail::notes_beyond(*plan_, steps); }

std::string_view to_string(Storage storage) noexcept { return storage == Storage::stored ? "stored" : "procedural"; }

bool can_be_procedural(const Rule& rule) noexcept {
    return !std::holds_alternative<OneToOne>(rule) && !std::holds_alternative<FixedIndegree>(rule) &&
           !std::holds_alternative<ExplicitList>(rule);
}

std::string_view to_string(DistanceKernel kernel) noexcept {
    switch (kernel) {
        case DistanceKernel::gaussian: return "gaussian";
        case DistanceKernel::exponential: return "exponential";
        case DistanceKernel::disc: return "disc";
    }
    return "?";
}

NetworkBuilder::NetworkBuilder(NetworkSpec spec) {
    static std::atomic<std::uint32_t> last{PopulationId::kAnyBuilder};
    do number_ = ++last;
    while (number_ == PopulationId::kAnyBuilder);  // four billion builders later
    description_.spec = std::move(spec);
}

PopulationId NetworkBuilder::add_population(PopulationSpec spec) {
    description_.populations.push_back(std::move(spec));
    return {static_cast<std::uint32_t>(description_.populations.size() - 1), number_};
}

ProjectionId NetworkBuilder::connect(Selection source, Selection target, ProjectionSpec spec) {
    description_.projections.push_back({source, target, std::move(spec)});
    return ProjectionId(description_.projections.size() - 1, number_);
}

void NetworkBuilder::stimulate(Selection target, StimulusSpec spec) {
    description_.stimuli.push_back({target, std::move(spec)});
}

void NetworkBuilder::record_trace(TraceSpec spec) { description_.traces.push_back(std::move(spec)); }

void NetworkBuilder::reward(RewardSpec spec) { description_.rewards.push_back(std::move(spec)); }
void NetworkBuilder::record_weights(WeightRecordSpec spec) { description_.weight_records.push_back(std::move(spec)); }

void NetworkBuilder::add_note(Note note) { description_.notes.push_back(std::move(note)); }

void NetworkBuilder::restrict_spike_recording(std::vector<PopulationId> populations) {
    description_.recorded_populations = std::move(populations);
}

Network NetworkBuilder::build() const& {
    const detail::FloatEnvironment usual;
    return Network(std::make_shared<const detail::Plan>(detail::make_plan(description_, number_)));
}

Network NetworkBuilder::build() && {
    const detail::FloatEnvironment usual;
    return Network(std::make_shared<const detail::Plan>(detail::make_plan(std::exchange(description_, {}), number_)));
}

}  // namespace izhi
