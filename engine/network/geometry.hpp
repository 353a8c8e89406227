// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "izhi/network.hpp"

/// Where neurons are, and what follows from their distances. From + - * / and square roots only: the same bits everywhere.
namespace izhi::detail {

struct Check;
struct Plan;
struct Range;

/// The neurons of a population. Coordinates are within [0, period) in dimensions that repeat.
struct PlacedNeurons {
    std::vector<Point> points;
    Point period{};
};

/// Checks positions and computes them. @param first_neuron of the population, for draws
[[nodiscard]] std::shared_ptr<const PlacedNeurons> place_neurons(const Check& check, const Positions& positions,
                                                                 std::uint32_t size, std::uint64_t seed,
                                                                 std::uint32_t first_neuron);

/// The square of a distance in a space that repeats after `period` in the dimensions where that is not 0.
[[nodiscard]] double square_distance(const Point& x, const Point& y, const Point& period) noexcept;

/// A profile at a distance: 1 at 0, 0 beyond its cutoff.
[[nodiscard]] double profile_at(const DistanceProfile& profile, double square_mm) noexcept;

/// Points sorted into boxes of equal size that cover them: a row looks at whole boxes, not at every target.
class Boxes {
public:
    /// @param per_box points, roughly
    Boxes(const std::vector<Point>& points, const Point& period, std::uint32_t per_box);

    [[nodiscard]] std::uint32_t count() const noexcept { return counts_[0] * counts_[1] * counts_[2]; }
    /// The points of a box, ascending.
    [[nodiscard]] const std::uint32_t* begin(std::uint32_t box) const noexcept { return order_.data() + first_[box]; }
    [[nodiscard]] const std::uint32_t* end(std::uint32_t box) const noexcept { return order_.data() + first_[box + 1]; }
    [[nodiscard]] std::uint32_t size(std::uint32_t box) const noexcept { return first_[box + 1] - first_[box]; }

    /// The squares of the least distances from a point to each box; those along each dimension are computed once.
    class From {
    public:
        /// @param reach how far the point may be from where it is said to be, in each dimension
        From(const Boxes& boxes, const Point& point, const Point& reach = {});
        [[nodiscard]] double square(std::uint32_t box) const noexcept {
            const auto& n = boxes_.counts_;
            return along_[0][box % n[0]] + along_[1][box / n[0] % n[1]] + along_[2][box / n[0] / n[1]];
        }

    private:
        const Boxes& boxes_;
        std::array<std::vector<double>, 3> along_;
    };
    /// The middle of a box, and half its edges.
    [[nodiscard]] Point middle(std::uint32_t box) const noexcept;
    [[nodiscard]] Point half() const noexcept { return {edge_[0] / 2, edge_[1] / 2, edge_[2] / 2}; }

private:
    std::array<std::uint32_t, 3> counts_{1, 1, 1};
    Point lowest_{}, edge_{}, period_{};
    std::vector<std::uint32_t> order_, first_;
};

/// The places of the two sides of a projection.
struct Geometry {
    std::vector<Point> sources, targets;
    Point period{};
    double longest_mm = 0.0;               ///< no pair is further apart
    std::shared_ptr<const Boxes> boxes{};  ///< of the targets; for the rule that looks for near ones

    /// Indices within the projection.
    [[nodiscard]] double square(std::uint32_t source, std::uint32_t target) const noexcept {
        return square_distance(sources[source], targets[target], period);
    }
};

/// @throws Error if a population of one side has no positions, or they disagree on what repeats
[[nodiscard]] std::shared_ptr<const Geometry> geometry_of(const Check& check, const Plan& plan, const char* why,
                                                          const Range& sources, const Range& targets, bool with_boxes);

/// What a rule of distance comes to.
struct DistanceCounts {
    double expected = 0.0;       ///< synapses, from a sample of pairs
    double most_indegree = 0.0;  ///< expected synapses of a target, at most
};
[[nodiscard]] DistanceCounts distance_counts(const Geometry& geometry, const DistanceProbability& rule);

}  // namespace izhi::detail
