// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "frames.hpp"

#include <algorithm>
#include <bit>

namespace izhi::apps::serve {

using namespace step_record;

namespace {

static_assert(std::endian::native == std::endian::little, "frames are little-endian and are copied as they lie");

std::uint64_t step_of(std::span<const std::uint32_t> step) noexcept {
    return step[kStep] | (std::uint64_t{step[kStep + 1]} << 32U);
}

template <class T>
void append(std::string& bytes, const T& value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <class T>
void append_all(std::string& bytes, const std::vector<T>& values) {
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

}  // namespace

bool FrameWriter::takes(std::span<const std::uint32_t> step) const noexcept {
    if (empty()) return true;
    if (steps_ == kMostSteps || step_of(step) != first_step_ + steps_) return false;
    if (step[kWatched] != watched_.size() || step[kRun] != run_) return false;
    for (std::size_t slot = 0; slot < watched_.size(); ++slot)
        if (step[kHead + populations_ + 3 * slot] != watched_[slot]) return false;
    return true;
}

void FrameWriter::add(std::span<const std::uint32_t> step) {
    const auto watched = step.subspan(kHead + populations_, std::size_t{3} * step[kWatched]);
    if (empty()) {
        first_step_ = step_of(step);
        run_ = step[kRun];
        for (std::size_t at = 0; at < watched.size(); at += 3) watched_.push_back(watched[at]);
    }
    ++steps_;
    const auto counts = step.subspan(kHead, populations_);
    counts_.insert(counts_.end(), counts.begin(), counts.end());
    for (std::size_t at = 0; at < watched.size(); at += 3) {
        states_.push_back(watched[at + 1]);
        states_.push_back(watched[at + 2]);
    }
    const auto dots = step.subspan(kHead + populations_ + watched.size());
    const std::size_t shown = std::min(dots.size(), kMostDots - dots_.size());
    dot_counts_.push_back(static_cast<std::uint32_t>(shown));
    dots_left_out_ += static_cast<std::uint32_t>(dots.size() - shown);
    for (const std::uint32_t row : dots.first(shown)) dots_.push_back(static_cast<std::uint16_t>(row));
}

MessagePtr FrameWriter::finish() {
    auto message = std::make_shared<Message>();
    message->binary = true;
    std::string& bytes = message->bytes;
    bytes.reserve(40 + 4 * (watched_.size() + counts_.size() + states_.size() + dot_counts_.size()) + 2 * dots_.size());
    bytes += "IZF1";
    append(bytes, run_);
    append(bytes, first_step_);
    append(bytes, steps_);
    append(bytes, static_cast<std::uint32_t>(populations_));
    append(bytes, static_cast<std::uint32_t>(watched_.size()));
    append(bytes, static_cast<std::uint32_t>(dots_.size()));
    append(bytes, dots_left_out_);
    append(bytes, std::uint32_t{0});
    append_all(bytes, watched_);
    append_all(bytes, counts_);
    append_all(bytes, states_);
    append_all(bytes, dot_counts_);
    append_all(bytes, dots_);
    steps_ = dots_left_out_ = 0;
    for (auto* list : {&watched_, &counts_, &states_, &dot_counts_}) list->clear();
    dots_.clear();
    return message;
}

}  // namespace izhi::apps::serve
