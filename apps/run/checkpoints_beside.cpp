// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "checkpoints_beside.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "apps/text/units.hpp"
#include "engine/base/low_priority.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

CheckpointsBeside::CheckpointsBeside(Checkpoints& checkpoints, const Simulation& simulation, StepClient* inner,
                                     Interventions interventions)
    : checkpoints_(checkpoints), simulation_(simulation), inner_(inner), interventions_(std::move(interventions)) {
    simulation_.snapshot(copy_);  // allocates the memory, so that the first snapshot in the run does not
    try {
        thread_ = std::thread([this] { work(); });
    } catch (const std::system_error& error) {
        throw Error("there is no thread for writing checkpoints: " + error.code().message());
    }
}

CheckpointsBeside::~CheckpointsBeside() {
    wait_for_writer();
    state_.store(Copy::none_more);
    state_.notify_all();
    thread_.join();
}

void CheckpointsBeside::work() {
    izhi::detail::lower_priority_of_this_thread();
    for (;;) {
        state_.wait(Copy::free);
        if (state_.load() == Copy::none_more) return;
        try {
            checkpoints_.write(moment_, [&](const std::filesystem::path& file, std::string note) {
                copy_.save(file, std::move(note));
            });
        } catch (...) {
            failure_ = std::current_exception();
            failed_.store(true);
        }
        state_.store(Copy::free);
        state_.notify_all();
    }
}

void CheckpointsBeside::before_step(std::uint64_t step, Simulation& simulation) {
    if (inner_ != nullptr) inner_->before_step(step, simulation);
}

void CheckpointsBeside::while_paused(Simulation& simulation) {
    if (inner_ != nullptr) inner_->while_paused(simulation);
    look_at_writer();
}

void CheckpointsBeside::run_failed(const RunError& why) noexcept {
    if (inner_ != nullptr) inner_->run_failed(why);
}

void CheckpointsBeside::after_step(std::uint64_t step, std::span<const Spike> spikes) {
    if (inner_ != nullptr) inner_->after_step(step, spikes);
    look_at_writer();
    if (!checkpoints_.due(step)) return;
    if (state_.load() == Copy::free) return take(step);
    ++left_out_;
    last_left_out_ = step;
}

void CheckpointsBeside::look_at_writer() {
    if (failed_.load(std::memory_order_relaxed) && state_.load() == Copy::free) std::rethrow_exception(failure_);
}

void CheckpointsBeside::take(std::uint64_t step) {
    const Clock::time_point start = Clock::now();
    simulation_.snapshot(copy_);
    moment_ = checkpoints_.moment(step, interventions_());
    state_.store(Copy::to_write);
    state_.notify_all();
    const double us = std::chrono::duration<double, std::micro>(Clock::now() - start).count();
    sum_us_ += us;
    longest_us_ = std::max(longest_us_, us);
    ++taken_;
}

void CheckpointsBeside::finish() {
    wait_for_writer();
    look_at_writer();
    const std::uint64_t step = simulation_.steps_done();
    // A checkpoint of the last step may exist already, but without the interventions of a pause after it.
    if (step == 0 || (taken_ > 0 && moment_.step == step && moment_.interventions == interventions_())) return;
    if (left_out_ > 0 && last_left_out_ == step) --left_out_;
    checkpoints_.write(
        checkpoints_.moment(step, interventions_()),
        [&](const std::filesystem::path& file, std::string note) { simulation_.save(file, std::move(note)); });
}

std::string CheckpointsBeside::text() const {
    wait_for_writer();
    std::string text = checkpoints_.text();
    if (taken_ > 0)
        text += "; the run was stopped for " + plain(sum_us_ / static_cast<double>(taken_)) + " us each, at most " +
                plain(longest_us_) + " us";
    if (left_out_ > 0)
        text += "; " + grouped(left_out_) + " left out, because the previous one was still being written";
    return text;
}

nlohmann::ordered_json CheckpointsBeside::json() const {
    wait_for_writer();
    nlohmann::ordered_json json = checkpoints_.json();
    json["left_out"] = left_out_;
    json["copied"] = taken_;
    json["copy_mean_us"] = taken_ > 0 ? sum_us_ / static_cast<double>(taken_) : 0.0;
    json["copy_max_us"] = longest_us_;
    return json;
}

}  // namespace izhi::apps
