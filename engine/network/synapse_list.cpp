// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/synapse_list.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "izhi/error.hpp"

namespace izhi {
namespace {

/// One value if it is that of all.
std::vector<double> shortest(std::vector<double> values) {
    const auto same = [&](double value) {
        return std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(values.front());
    };
    if (!values.empty() && std::all_of(values.begin(), values.end(), same)) return {values.front()};
    return values;
}

}  // namespace

SynapseList::SynapseList(std::vector<std::uint32_t> sources, std::vector<std::uint32_t> targets,
                         std::vector<double> weights, std::vector<double> delays_ms) {
    const std::size_t count = sources.size();
    const auto require = [&](const char* what, std::size_t found, bool one_is_enough) {
        if (found == count || (one_is_enough && found == 1)) return;
        throw Error("a list of synapses has " + std::to_string(count) + " sources and " + std::to_string(found) + " " +
                    what + "; allowed: the same number of both" + (one_is_enough ? ", or one for all" : ""));
    };
    require("targets", targets.size(), false);
    require("weights", weights.size(), true);
    require("delays", delays_ms.size(), true);
    if (count == 0) return;
    columns_ = std::make_shared<const Columns>(
        Columns{std::move(sources), std::move(targets), shortest(std::move(weights)), shortest(std::move(delays_ms))});
}

SynapseList::SynapseList(const std::vector<ExplicitSynapse>& synapses) {
    if (synapses.empty()) return;
    std::vector<std::uint32_t> sources, targets;
    std::vector<double> weights, delays_ms;
    sources.reserve(synapses.size());
    targets.reserve(synapses.size());
    weights.reserve(synapses.size());
    delays_ms.reserve(synapses.size());
    for (const ExplicitSynapse& synapse : synapses) {
        sources.push_back(synapse.source);
        targets.push_back(synapse.target);
        weights.push_back(synapse.weight);
        delays_ms.push_back(synapse.delay_ms);
    }
    *this = SynapseList(std::move(sources), std::move(targets), std::move(weights), std::move(delays_ms));
}

SynapseList::SynapseList(std::initializer_list<ExplicitSynapse> synapses)
    : SynapseList(std::vector<ExplicitSynapse>(synapses)) {}

std::span<const std::uint32_t> SynapseList::sources() const noexcept {
    return columns_ ? std::span<const std::uint32_t>(columns_->sources) : std::span<const std::uint32_t>();
}

std::span<const std::uint32_t> SynapseList::targets() const noexcept {
    return columns_ ? std::span<const std::uint32_t>(columns_->targets) : std::span<const std::uint32_t>();
}

SynapseList::Iterator SynapseList::iterator(std::size_t number) const noexcept {
    Iterator at;
    at.number_ = number;
    if (!columns_) return at;
    at.sources_ = columns_->sources.data();
    at.targets_ = columns_->targets.data();
    at.weights_ = columns_->weights.data();
    at.delays_ = columns_->delays_ms.data();
    at.weight_stride_ = columns_->weights.size() > 1 ? 1 : 0;
    at.delay_stride_ = columns_->delays_ms.size() > 1 ? 1 : 0;
    return at;
}

}  // namespace izhi
