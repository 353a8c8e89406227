// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <span>
#include <vector>

#include "izhi/export.hpp"

/// Lists of synapses, for ExplicitList of network.hpp.
namespace izhi {

/// One synapse of an explicit list. Indices count from 0 within the source and within the target selection.
struct ExplicitSynapse {
    std::uint32_t source = 0, target = 0;
    double weight = 0.0;    ///< as ProjectionSpec::weight
    double delay_ms = 1.0;  ///< 1 to 65,000 steps
    friend bool operator==(const ExplicitSynapse&, const ExplicitSynapse&) = default;
};

/// Synapses in columns, which do not change. A synapse takes 8 bytes, and 8 more for its weight and for its delay if they are not
/// the same for all. Copies share the columns; different threads may read them.
class IZHI_API SynapseList {
public:
    SynapseList() = default;
    SynapseList(const std::vector<ExplicitSynapse>& synapses);  // NOLINT(google-explicit-constructor): rule = {list}
    SynapseList(std::initializer_list<ExplicitSynapse> synapses);
    /// @param weights, delays_ms one value for all synapses, or one for each
    /// @throws Error if the columns have different lengths
    SynapseList(std::vector<std::uint32_t> sources, std::vector<std::uint32_t> targets, std::vector<double> weights,
                std::vector<double> delays_ms);

    [[nodiscard]] std::size_t size() const noexcept { return columns_ ? columns_->sources.size() : 0; }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    /// @param number below size()
    [[nodiscard]] ExplicitSynapse operator[](std::size_t number) const noexcept { return begin()[number]; }
    [[nodiscard]] ExplicitSynapse front() const noexcept { return begin()[0]; }
    [[nodiscard]] std::span<const std::uint32_t> sources() const noexcept;
    [[nodiscard]] std::span<const std::uint32_t> targets() const noexcept;

    /// Visits the synapses in order; each is made when it is looked at.
    class Iterator {
    public:
        using value_type = ExplicitSynapse;
        using reference = ExplicitSynapse;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using iterator_category = std::input_iterator_tag;

        Iterator() = default;
        [[nodiscard]] ExplicitSynapse operator*() const noexcept { return (*this)[0]; }
        [[nodiscard]] ExplicitSynapse operator[](std::size_t offset) const noexcept {
            const std::size_t i = number_ + offset;
            return {sources_[i], targets_[i], weights_[i * weight_stride_], delays_[i * delay_stride_]};
        }
        Iterator& operator++() noexcept {
            ++number_;
            return *this;
        }
        Iterator operator++(int) noexcept {
            Iterator before = *this;
            ++number_;
            return before;
        }
        friend bool operator==(const Iterator& x, const Iterator& y) noexcept { return x.number_ == y.number_; }

    private:
        friend class SynapseList;
        const std::uint32_t *sources_ = nullptr, *targets_ = nullptr;
        const double *weights_ = nullptr, *delays_ = nullptr;
        std::size_t weight_stride_ = 0, delay_stride_ = 0;  ///< 0 if one value is that of all
        std::size_t number_ = 0;
    };
    [[nodiscard]] Iterator begin() const noexcept { return iterator(0); }
    [[nodiscard]] Iterator end() const noexcept { return iterator(size()); }

private:
    struct Columns {
        std::vector<std::uint32_t> sources, targets;
        std::vector<double> weights, delays_ms;
    };
    [[nodiscard]] Iterator iterator(std::size_t number) const noexcept;

    std::shared_ptr<const Columns> columns_;
};

}  // namespace izhi
