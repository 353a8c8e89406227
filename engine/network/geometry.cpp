// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/base/text.hpp"
#include "engine/network/check.hpp"
#include "engine/network/plan.hpp"
#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

constexpr double kFarthest = 1e6;  // mm

void check_coordinates(const Check& check, const char* field, const Point& point, double low) {
    for (const double x : point) check.number(field, x, low, kFarthest);
}

std::vector<Point> grid_points(const Check& check, const GridPositions& grid, std::uint32_t size) {
    check_coordinates(check, "position.spacing_mm", grid.spacing_mm, 0.0);
    double all = 1.0;
    std::string text;
    for (std::size_t d = 0; d < 3; ++d) {
        all *= grid.counts[d];
        if (d == 0 || grid.counts[d] > 1) text += (d == 0 ? "" : " x ") + std::to_string(grid.counts[d]);
        if (grid.counts[d] > 1 && grid.spacing_mm[d] == 0.0)
            check.fail("position.spacing_mm", "is 0 where the grid has " + std::to_string(grid.counts[d]) + " points",
                       "above 0");
    }
    if (all != size)
        check.fail("position.grid",
                   "is " + text + ", " + number_text(all) + " points for " + std::to_string(size) + " neurons",
                   "counts whose product is the size of the population");
    std::vector<Point> points;
    points.reserve(size);
    const auto at = [&](std::size_t d, std::uint32_t i) { return (i + 0.5) * grid.spacing_mm[d]; };
    for (std::uint32_t z = 0; z < grid.counts[2]; ++z)
        for (std::uint32_t y = 0; y < grid.counts[1]; ++y)
            for (std::uint32_t x = 0; x < grid.counts[0]; ++x) points.push_back({at(0, x), at(1, y), at(2, z)});
    return points;
}

std::vector<Point> uniform_points(const Check& check, const UniformPositions& uniform, std::uint32_t size,
                                  std::uint64_t seed, std::uint32_t first_neuron) {
    check_coordinates(check, "position.uniform", uniform.extent_mm, 0.0);
    std::vector<Point> points(size);
    for (std::uint32_t i = 0; i < size; ++i)
        for (std::uint32_t d = 0; d < 3; ++d) {
            if (uniform.extent_mm[d] == 0.0) continue;
            const auto words = draw_words(seed, Stream::positions, d, std::uint64_t{first_neuron} + i);
            points[i][d] = uniform.extent_mm[d] * unit_interval(words[0], words[1]);
        }
    return points;
}

std::vector<Point> listed_points(const Check& check, const ListedPositions& listed, std::uint32_t size) {
    if (listed.points.size() != size)
        check.fail("position.file",
                   "has " + std::to_string(listed.points.size()) + " points for " + std::to_string(size) + " neurons",
                   "one for each");
    for (const Point& point : listed.points) check_coordinates(check, "position.file", point, -kFarthest);
    return listed.points;
}

double wrapped(double x, double period) noexcept {
    if (period == 0.0) return x;
    const double rest = x - period * std::floor(x / period);
    return rest < period ? rest : 0.0;
}

}  // namespace

std::shared_ptr<const PlacedNeurons> place_neurons(const Check& check, const Positions& positions, std::uint32_t size,
                                                   std::uint64_t seed, std::uint32_t first_neuron) {
    check_coordinates(check, "position.origin_mm", positions.origin_mm, -kFarthest);
    check_coordinates(check, "position.period_mm", positions.period_mm, 0.0);
    auto placed = std::make_shared<PlacedNeurons>();
    placed->period = positions.period_mm;
    if (const auto* grid = std::get_if<GridPositions>(&positions.where))
        placed->points = grid_points(check, *grid, size);
    else if (const auto* uniform = std::get_if<UniformPositions>(&positions.where))
        placed->points = uniform_points(check, *uniform, size, seed, first_neuron);
    else placed->points = listed_points(check, std::get<ListedPositions>(positions.where), size);
    for (Point& point : placed->points)
        for (std::size_t d = 0; d < 3; ++d)
            point[d] = wrapped(point[d] + positions.origin_mm[d], positions.period_mm[d]);
    return placed;
}

double square_distance(const Point& x, const Point& y, const Point& period) noexcept {
    double sum = 0.0;
    for (std::size_t d = 0; d < 3; ++d) {
        double along = std::abs(x[d] - y[d]);
        if (period[d] > 0.0) along = std::min(along, period[d] - along);
        sum += along * along;
    }
    return sum;
}

double profile_at(const DistanceProfile& profile, double square) noexcept {
    if (square > profile.cutoff_mm * profile.cutoff_mm) return 0.0;
    switch (profile.kernel) {
        case DistanceKernel::disc: return square <= profile.scale_mm * profile.scale_mm ? 1.0 : 0.0;
        case DistanceKernel::exponential: return portable_exp(-(std::sqrt(square) / profile.scale_mm));
        case DistanceKernel::gaussian: break;
    }
    return portable_exp(-(square / (2.0 * profile.scale_mm * profile.scale_mm)));
}

Boxes::Boxes(const std::vector<Point>& points, const Point& period, std::uint32_t per_box) : period_(period) {
    Point highest{};
    if (!points.empty()) lowest_ = highest = points.front();
    for (const Point& p : points)
        for (std::size_t d = 0; d < 3; ++d) {
            lowest_[d] = std::min(lowest_[d], p[d]);
            highest[d] = std::max(highest[d], p[d]);
        }
    // Halve the longest edge for as long as boxes would hold more points than wanted.
    for (std::size_t d = 0; d < 3; ++d) edge_[d] = highest[d] - lowest_[d];
    constexpr std::uint32_t most = 1u << 22;
    while (std::uint64_t{count()} * per_box < points.size() && count() < most) {
        const auto longest = static_cast<std::size_t>(std::max_element(edge_.begin(), edge_.end()) - edge_.begin());
        if (edge_[longest] <= 0.0) break;
        edge_[longest] /= 2.0;
        counts_[longest] *= 2;
    }
    const auto box_of = [&](const Point& p) {
        std::array<std::uint32_t, 3> at{};
        for (std::size_t d = 0; d < 3; ++d)
            if (edge_[d] > 0.0)
                at[d] = std::min(static_cast<std::uint32_t>((p[d] - lowest_[d]) / edge_[d]), counts_[d] - 1);
        return (at[2] * counts_[1] + at[1]) * counts_[0] + at[0];
    };
    first_.assign(std::size_t{count()} + 1, 0);
    for (const Point& p : points) ++first_[box_of(p) + 1];
    for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
    std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
    order_.resize(points.size());
    for (std::uint32_t i = 0; i < points.size(); ++i) order_[next[box_of(points[i])]++] = i;
}

Point Boxes::middle(std::uint32_t box) const noexcept {
    const std::array<std::uint32_t, 3> at{box % counts_[0], box / counts_[0] % counts_[1],
                                          box / counts_[0] / counts_[1]};
    Point p{};
    for (std::size_t d = 0; d < 3; ++d) p[d] = lowest_[d] + (at[d] + 0.5) * edge_[d];
    return p;
}

Boxes::From::From(const Boxes& boxes, const Point& point, const Point& reach) : boxes_(boxes) {
    // A point that lies on a border by rounding may be in either box: what is nearer by this does no harm.
    constexpr double slack = 1e-9;
    for (std::size_t d = 0; d < 3; ++d) {
        along_[d].resize(boxes.counts_[d]);
        const double period = boxes.period_[d], near_by = reach[d] + slack * (1.0 + std::abs(point[d]));
        for (std::uint32_t i = 0; i < boxes.counts_[d]; ++i) {
            const double low = boxes.lowest_[d] + i * boxes.edge_[d], high = low + boxes.edge_[d];
            double least = std::numeric_limits<double>::infinity();
            for (const double shift : {-period, 0.0, period})
                least = std::min(least, std::max({0.0, low - (point[d] + shift), point[d] + shift - high}));
            least = std::max(0.0, least - near_by);
            along_[d][i] = least * least;
        }
    }
}

std::shared_ptr<const Geometry> geometry_of(const Check& check, const Plan& plan, const char* why, const Range& sources,
                                            const Range& targets, bool with_boxes) {
    auto geometry = std::make_shared<Geometry>();
    bool first = true;
    const auto take = [&](const Range& range, std::vector<Point>& into) {
        into.reserve(range.size());
        for (std::size_t p = 0; p < plan.populations.size(); ++p) {
            if (!plan.holds(range, p)) continue;
            const std::string& name = plan.description.populations[p].name;
            const PlacedNeurons* const placed = plan.places[p].get();
            if (placed == nullptr)
                check.fail(why, "needs distances, and population." + name + " has no position",
                           "position of both sides");
            if (!first && placed->period != geometry->period)
                check.fail(
                    why,
                    "needs distances, and population." + name + " has another period_mm or other edges than the others",
                    "the same for all neurons of both sides");
            geometry->period = placed->period;
            first = false;
            const PopulationPlan& planned = plan.populations[p];
            const std::uint32_t begin = std::max(range.begin, planned.first_neuron);
            const std::uint32_t end = std::min(range.end, planned.first_neuron + planned.size);
            for (std::uint32_t n = begin; n < end; ++n) into.push_back(placed->points[n - planned.first_neuron]);
        }
    };
    take(sources, geometry->sources);
    take(targets, geometry->targets);
    double square = 0.0;
    for (std::size_t d = 0; d < 3; ++d) {
        const auto low_high = [&](const std::vector<Point>& points) {
            const auto [low, high] = std::minmax_element(points.begin(), points.end(),
                                                         [&](const Point& x, const Point& y) { return x[d] < y[d]; });
            return std::pair{(*low)[d], (*high)[d]};
        };
        if (geometry->sources.empty() || geometry->targets.empty()) continue;
        const auto [s_low, s_high] = low_high(geometry->sources);
        const auto [t_low, t_high] = low_high(geometry->targets);
        double along = std::max(t_high - s_low, s_high - t_low);
        if (geometry->period[d] > 0.0) along = std::min(along, geometry->period[d] / 2);
        square += along * along;
    }
    geometry->longest_mm = std::sqrt(square);
    constexpr std::uint32_t per_box = 32;
    if (with_boxes) geometry->boxes = std::make_shared<const Boxes>(geometry->targets, geometry->period, per_box);
    return geometry;
}

DistanceCounts distance_counts(const Geometry& geometry, const DistanceProbability& rule) {
    DistanceCounts counts;
    const auto sources = static_cast<std::uint32_t>(geometry.sources.size());
    const auto targets = static_cast<std::uint32_t>(geometry.targets.size());
    if (sources == 0 || targets == 0) return counts;
    // Pairs by the golden ratio, each source as often as any other.
    constexpr std::uint32_t sample = 1u << 20;
    const double pairs = static_cast<double>(sources) * targets;
    if (pairs <= sample) {
        for (std::uint32_t s = 0; s < sources; ++s)
            for (std::uint32_t t = 0; t < targets; ++t)
                counts.expected += profile_at(rule.profile, geometry.square(s, t));
    } else {
        double sum = 0.0;
        for (std::uint32_t i = 0; i < sample; ++i) {
            const auto s = static_cast<std::uint32_t>(std::uint64_t{i} * sources / sample);
            sum += profile_at(rule.profile, geometry.square(s, scale_word(i * 0x9E3779B9u, targets)));
        }
        counts.expected = sum / sample * pairs;
    }
    counts.expected *= rule.probability;
    // A bound by boxes: all sources of a box as near to all targets of another as any two of them can be.
    constexpr std::uint32_t boxes = 1024;
    const Boxes from(geometry.sources, geometry.period, sources / boxes + 1);
    const Boxes onto(geometry.targets, geometry.period, targets / boxes + 1);
    for (std::uint32_t t = 0; t < onto.count(); ++t) {
        if (onto.size(t) == 0) continue;
        const Boxes::From least(from, onto.middle(t), onto.half());
        double sum = 0.0;
        for (std::uint32_t s = 0; s < from.count(); ++s)
            if (from.size(s) > 0) sum += from.size(s) * profile_at(rule.profile, least.square(s));
        counts.most_indegree = std::max(counts.most_indegree, rule.probability * sum);
    }
    return counts;
}

}  // namespace izhi::detail
