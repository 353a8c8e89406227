// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/io/sonata/row_spool.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cmath>
#include <system_error>
#include <tuple>

#include "izhi/error.hpp"

namespace izhi::io::detail {
namespace {

/// Edges that are read at once.
constexpr std::size_t kReadEdges = std::size_t{1} << 16;

[[noreturn]] void fail_spool(const ExportFolder& folder, const char* what) {
    throw RunError(folder.shown.string() + ": " + what + " synapses: " + izhi::detail::message_of_errno());
}

}  // namespace

RowSpool::RowSpool(const Network& network, ProjectionId projection, const ExportFolder& folder, std::size_t most_kept)
    : folder_(folder), most_kept_(most_kept), first_{0} {
    std::uint32_t next = 0;
    network.draw_synapses(projection, [&](std::span<const ExplicitSynapse> row) {
        folder_.check();
        for (; next < row.front().source; ++next) first_.push_back(filed_ + kept_.size());
        add(row, network.dt_ms());
        first_.push_back(filed_ + kept_.size());
        ++next;
    });
    if (file_) spill();
}

void RowSpool::add(std::span<const ExplicitSynapse> row, double dt_ms) {
    const std::size_t before = kept_.size();
    for (const ExplicitSynapse& s : row) {
        const auto steps = static_cast<std::uint32_t>(std::llround(s.delay_ms / dt_ms));
        shortest_ = std::min(shortest_, steps);
        longest_ = std::max(longest_, steps);
        kept_.push_back({s.target, steps, s.weight});
    }
    const auto in_order = [](const Edge& x, const Edge& y) {
        return std::tie(x.target, x.delay_steps, x.weight) < std::tie(y.target, y.delay_steps, y.weight);
    };
    const auto own = kept_.begin() + static_cast<std::ptrdiff_t>(before);
    if (!std::is_sorted(own, kept_.end(), in_order)) std::sort(own, kept_.end(), in_order);
    if (kept_.size() >= most_kept_) spill();
}

void RowSpool::spill() {
    if (!file_) {
        const std::filesystem::path path = folder_ / "rows.part";
        file_.emplace(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC);
        if (!file_->is_open()) fail_spool(folder_, "cannot keep");
        std::error_code ignored;
        std::filesystem::remove(path, ignored);  // it lives until it is closed
    }
    if (!file_->write(std::as_bytes(std::span(kept_)))) fail_spool(folder_, "cannot keep");
    filed_ += kept_.size();
    kept_.clear();
}

void RowSpool::each_row(std::uint32_t begin, std::uint32_t end,
                        const std::function<void(std::uint32_t source, std::span<const Edge>)>& visit) {
    const auto sources = static_cast<std::uint32_t>(first_.size() - 1);  // the others have no synapses
    end = std::min(end, sources);
    if (begin >= end) return;
    std::vector<Edge> piece;
    if (file_ && !file_->seek(first_[begin] * sizeof(Edge))) fail_spool(folder_, "cannot read");
    while (begin < end) {
        folder_.check();
        std::uint32_t last = begin + 1;  // whole rows, at least one
        while (last < end && first_[last + 1] - first_[begin] <= kReadEdges) ++last;
        const std::size_t count = first_[last] - first_[begin];
        std::span<const Edge> edges;
        if (file_) {
            piece.resize(count);
            const auto bytes = file_->read(std::as_writable_bytes(std::span(piece)));
            if (!bytes || *bytes != count * sizeof(Edge)) fail_spool(folder_, "cannot read");
            edges = piece;
        } else {
            edges = std::span(kept_).subspan(first_[begin], count);
        }
        for (; begin < last; ++begin) {
            const std::size_t own = first_[begin + 1] - first_[begin];
            if (own > 0) visit(begin, edges.first(own));
            edges = edges.subspan(own);
        }
    }
}

}  // namespace izhi::io::detail
