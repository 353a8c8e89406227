// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/state/checkpoint.hpp"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "engine/base/file_descriptor.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/pending_file.hpp"
#include "engine/network/check.hpp"
#include "engine/network/counts.hpp"
#include "izhi/error.hpp"

namespace izhi::detail {
namespace {

constexpr std::size_t kMostText = std::size_t{1} << 30;
constexpr std::uint64_t kMostSteps = std::uint64_t{1} << 62;  // as in Network::steps()

void transfer_info(Archive& a, CheckpointInfo& info) {
    a.section("about");
    a.text(info.network, kMostText);
    a.value(info.neurons);
    a.value(info.dt_ms);
    a.value(info.seed);
    a.value(info.step, "the number of steps", std::uint64_t{0}, kMostSteps);
    a.text(info.note, kMostText);
}

/// Everything except the weights that determines the synapses of a projection.
std::uint64_t wiring_hash(const ProjectionPlan& planned, const ProjectionSpec& spec, double dt_ms) {
    std::uint64_t hash = kHashStart;
    const auto add = [&](auto x) { absorb(hash, static_cast<std::uint64_t>(x)); };
    const auto add_number = [&](double x) { absorb(hash, std::bit_cast<std::uint64_t>(x)); };
    [[maybe_unused]] const auto add_profile = [&](const DistanceProfile& profile) {
        add(profile.kernel);
        add_number(profile.scale_mm);
        add_number(profile.cutoff_mm);
    };
    for (const Range& side : {planned.source, planned.target}) {
        add(side.begin);
        add(side.end);
    }
    add(planned.delay.kind);
    add(planned.delay.low);
    add(planned.delay.high);
    add_number(planned.delay.mean);
    add_number(planned.delay.stddev);
    if (planned.delay.law) {
        const Distribution& d = spec.delay_ms;
        for (const double x : {d.p0, d.p1, d.p2, d.p3, d.factor}) add_number(x);
        add(d.tails);
    }
    add(spec.autapses);
    add(spec.multapses);
    add(planned.plastic);
    add(planned.dendritic_steps);
    add(planned.channel);
    add(spec.short_term.has_value());
    if (spec.plasticity) {
        add(spec.plasticity->rule.index());
        add(spec.plasticity->change.index() == 0);
    }
    add(spec.rule.index());
    std::visit(
        [&](const auto& rule) {
            using R = std::decay_t<decltype(rule)>;
            if constexpr (std::is_same_v<R, FixedProbability>) add_number(rule.probability);
            if constexpr (std::is_same_v<R, FixedIndegree> || std::is_same_v<R, FixedOutdegree>) add(rule.count);
            if constexpr (std::is_same_v<R, FixedOutdegree>) add(rule.strata);
            if constexpr (std::is_same_v<R, PairwisePoisson>) add_number(rule.mean);
            if constexpr (std::is_same_v<R, DistanceProbability>) {
                add_number(rule.probability);
                add_profile(rule.profile);
            }
            if constexpr (std::is_same_v<R, ExplicitList>)
                for (const ExplicitSynapse s : rule.synapses) {
                    add(std::uint64_t{s.source} << 32 | s.target);
                    add(to_steps(s.delay_ms, dt_ms, 1));
                }
        },
        spec.rule);
    if (planned.row_lengths)
        for (const std::uint32_t length : planned.row_lengths->get()) add(length);
    if (spec.symmetric) add(1);
    if (planned.geometry) {
        add_number(planned.steps_per_mm);
        add_number(planned.constant_offset);
        for (const auto* side : {&planned.geometry->sources, &planned.geometry->targets})
            for (const Point& point : *side)
                for (const double x : point) add_number(x);
        for (const double x : planned.geometry->period) add_number(x);
    }
    return hash;
}

void transfer_shape(Archive& a, const Plan& plan) {
    const NetworkDescription& described = plan.description;
    a.section("network");
    a.agree("network.dt_ms", described.spec.dt_ms);
    a.agree("network.seed", described.spec.seed);
    a.agree("a number of populations", static_cast<std::uint64_t>(plan.populations.size()));
    for (std::size_t p = 0; p < plan.populations.size(); ++p) {
        const PopulationSpec& spec = described.populations[p];
        a.agree("population " + std::to_string(p + 1), spec.name);
        a.agree("population." + spec.name + ".size", spec.size);
        a.agree("population." + spec.name + ".model", std::string(to_string(spec.cell.model.form)));
    }
    a.agree("a number of projections", static_cast<std::uint64_t>(plan.projections.size()));
    for (std::size_t p = 0; p < plan.projections.size(); ++p) {
        const ProjectionSpec& spec = described.projections[p].spec;
        a.agree("projection " + std::to_string(p + 1), spec.name);
        if (!a.same(wiring_hash(plan.projections[p], spec, described.spec.dt_ms)))
            a.fail("has projection." + spec.name + " wired in another way",
                   "the source, target, rule and delays of this network");
    }
    a.agree("a number of groups of synapses that traces show", static_cast<std::uint64_t>(plan.apart.size()));
    for (std::size_t i = 0; i < plan.apart.size(); ++i) {
        const ApartPlan& group = plan.apart[i];
        const std::string shown = group.projection ? "projection." + described.projections[*group.projection].spec.name
                                                   : std::string(group.excites ? "excitatory " : "inhibitory ") +
                                                         std::string(kind_of(plan.channels[group.channel]));
        a.agree("what traces show, group " + std::to_string(i + 1), shown);
    }
}

}  // namespace

CheckpointHead::CheckpointHead(const Plan& plan, std::uint64_t step, std::string note)
    : info{plan.description.spec.name, plan.neurons, plan.description.spec.dt_ms,
           plan.description.spec.seed, step,         std::move(note)},
      sum_exponents(plan.sum_exponents), live(plan.live) {
    for (const ProjectionPlan& p : plan.projections) {
        weight_factors.push_back(p.weight_factor);
        largest_weights.push_back(p.largest_weight);
    }
}

void CheckpointHead::transfer(Archive& a, const Plan& plan) {
    transfer_info(a, info);
    transfer_shape(a, plan);
    a.section("weights");
    for (double& factor : weight_factors) a.value(factor, "a factor of weights", 0.0, kMostFactor);
    for (double& weight : largest_weights) a.value(weight, "a largest weight", 0.0, kCurrentLimit);
    sum_exponents.resize(plan.sum_exponents.size());
    for (int& exponent : sum_exponents) a.value(exponent, "an exponent of sums", -kMostExponent, kMostExponent);
    a.value(live);
}

std::vector<std::byte> read_checkpoint_file(const std::filesystem::path& file) {
    FileDescriptor input(file, O_RDONLY);
    if (!input.is_open()) throw Error(file.string() + ": cannot be read: " + message_of_errno());
    std::vector<std::byte> bytes;
    // Reads until there are `size` bytes, or the file ends: so a wrong size in the file does not use more memory than
    // the file has.
    const auto read_until = [&](std::uint64_t size) {
        constexpr std::size_t least = std::size_t{1} << 20;
        bool more = true;
        while (more && bytes.size() < size) {
            const std::size_t before = bytes.size(), wanted = std::min<std::uint64_t>(size - before, before + least);
            bytes.resize(before + wanted);
            const std::optional<std::size_t> got = input.read(std::span(bytes).subspan(before));
            if (!got) throw Error(file.string() + ": cannot be read: " + message_of_errno());
            bytes.resize(before + *got);
            more = *got == wanted;
        }
    };
    read_until(Archive::kHeaderBytes);
    // Reads one byte more than allowed, so that the archive can report a file that is too long.
    read_until(Archive::expected_bytes(bytes, file.string()) + 1);
    return bytes;
}

void write_checkpoint_file(const std::filesystem::path& file, std::span<const std::byte> bytes) {
    PendingFile pending(file);
    FileDescriptor output(pending.part_path(), O_WRONLY);
    if (!output.is_open() || !output.write(bytes) || !output.sync() || !output.close())
        throw RunError(file.string() + ": cannot be written: " + message_of_errno());
    pending.publish();
    // The name must be on the disk too. If folders cannot be synchronised, nothing more can be done.
    const std::filesystem::path folder = file.parent_path();
    FileDescriptor named(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
    if (named.is_open()) (void)named.sync();
}

}  // namespace izhi::detail

namespace izhi {
namespace {

CheckpointInfo info_of(std::span<const std::byte> bytes, std::string name) {
    detail::Archive a(bytes, std::move(name));
    a.restart();
    CheckpointInfo info;
    detail::transfer_info(a, info);
    return info;
}

}  // namespace

CheckpointInfo read_checkpoint_info(const std::filesystem::path& file) {
    return info_of(detail::read_checkpoint_file(file), file.string());
}
CheckpointInfo read_checkpoint_info(std::span<const std::byte> checkpoint) {
    return info_of(checkpoint, detail::kInMemory);
}

void check_checkpoint(const Network& network, const std::filesystem::path& file) {
    const std::vector<std::byte> bytes = detail::read_checkpoint_file(file);
    detail::Archive a(bytes, file.string());
    detail::CheckpointHead(network.plan(), 0, {}).transfer(a, network.plan());
}

}  // namespace izhi
