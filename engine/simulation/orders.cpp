// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/simulation/orders.hpp"

#include <cstring>
#include <type_traits>
#include <utility>
#include <variant>

namespace izhi::detail {
namespace {

/// Puts values one after the other, or takes them: the same lists of members serve both.
class Packer {
public:
    Packer() = default;
    explicit Packer(std::span<const std::byte> from) : from_(from), packing_(false) {}

    template <class T>
    requires std::is_arithmetic_v<T>
    void add(T& value) { raw(&value, sizeof value); }
    template <class T>
    void add(std::vector<T>& values) {
        std::uint64_t count = values.size();
        add(count);
        values.resize(count);
        raw(values.data(), count * sizeof(T));
    }
    template <class T>
    void add(std::optional<T>& value) {
        bool there = value.has_value();
        add(there);
        if (!packing_ && there) value.emplace();
        if (there) add(*value);
    }
    // Ids name the same thing in every rank's network, but each of these has a builder of its own.
    void add(PopulationId& id) {
        add(id.index);
        if (!packing_) id.builder = PopulationId::kAnyBuilder;
    }
    void add(ProjectionId& id) {
        std::uint64_t index = id.index;
        add(index);
        if (!packing_) id = ProjectionId(index);
    }
    void add(Selection& selection) { add(selection.population); }
    void add(SynapseChoice& synapse) { all(synapse.projection, synapse.source, synapse.number); }

    void add(NoiseScale& x) { all(x.population, x.factor); }
    void add(PopulationCurrent& x) { all(x.population, x.current); }
    void add(NeuronCurrents& x) { all(x.target, x.first, x.currents); }
    void add(CurrentPulse& x) { all(x.target, x.amplitude, x.steps, x.first, x.count); }
    void add(InputSpikes& x) { all(x.target, x.weight, x.neurons); }
    void add(ForcedSpikes& x) { all(x.target, x.neurons); }
    void add(WeightScale& x) { all(x.projection, x.factor); }
    void add(Dopamine& x) { add(x.amount); }
    void add(SynapseWeight& x) { all(x.synapse, x.weight); }
    void add(SourceRates& x) { all(x.population, x.first, x.rates_hz); }

    [[nodiscard]] std::vector<std::byte> take() { return std::move(packed_); }

private:
    template <class... Values>
    void all(Values&... values) {
        (add(values), ...);
    }
    void raw(void* data, std::size_t size) {
        if (size == 0) return;
        if (packing_) {
            const auto* const bytes = static_cast<const std::byte*>(data);
            packed_.insert(packed_.end(), bytes, bytes + size);
            return;
        }
        std::memcpy(data, from_.data(), size);
        from_ = from_.subspan(size);
    }
    std::vector<std::byte> packed_;
    std::span<const std::byte> from_;
    bool packing_ = true;
};

/// The kind of intervention with a number, with its default values.
template <std::size_t Kind = 0>
Intervention make_kind(std::size_t kind) {
    if constexpr (Kind + 1 < std::variant_size_v<Intervention>)
        if (kind > Kind) return make_kind<Kind + 1>(kind);
    return Intervention(std::in_place_index<Kind>);
}

}  // namespace

std::vector<std::byte> bytes_of(const Intervention& intervention) {
    Packer packer;
    Intervention copy = intervention;
    auto kind = static_cast<std::uint32_t>(copy.index());
    packer.add(kind);
    std::visit([&](auto& change) { packer.add(change); }, copy);
    return packer.take();
}

Intervention intervention_from(std::span<const std::byte> bytes) {
    Packer packer(bytes);
    std::uint32_t kind = 0;
    packer.add(kind);
    Intervention intervention = make_kind(kind);
    std::visit([&](auto& change) { packer.add(change); }, intervention);
    return intervention;
}

}  // namespace izhi::detail
