// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/plastic/modulator.hpp"

#include <algorithm>

#include "engine/network/random.hpp"

namespace izhi::detail {

Modulator::Modulator(const Plan& plan)
    : seed_(plan.description.spec.seed),
      decay_(portable_exp_minus(plan.description.spec.dt_ms / plan.description.spec.dopamine_tau_ms)) {
    const double dt = plan.description.spec.dt_ms;
    for (const RewardSpec& spec : plan.description.rewards) {
        Reward reward;
        reward.amount = spec.amount;
        reward.number = static_cast<std::uint32_t>(rewards_.size());
        if (const auto* times = std::get_if<RewardTimes>(&spec.when)) {
            for (const double t : times->times_ms) reward.due.push_back(to_steps(t, dt, 1));
            std::sort(reward.due.begin(), reward.due.end());
        } else {
            const auto& coincidence = std::get<RewardCoincidence>(spec.when);
            reward.coincidence = true;
            reward.window = to_steps(coincidence.window_ms, dt, 2);
            reward.shortest = to_steps(coincidence.shortest_delay_ms, dt, 0);
            reward.longest = to_steps(coincidence.longest_delay_ms, dt, 0);
            // At most one per step, each due after at most `longest`: so nothing is allocated while running.
            reward.due.reserve(reward.longest + 2);
        }
        rewards_.push_back(std::move(reward));
    }
}

void Modulator::watch(std::size_t reward, std::uint32_t source, std::uint32_t target) {
    rewards_[reward].source = source;
    rewards_[reward].target = target;
}

void Modulator::decay() noexcept {
    level_ *= decay_;
    constexpr double negligible = 1e-30;
    if (level_ < negligible && level_ > -negligible) level_ = 0.0;
}

void Modulator::transfer(Archive& a, std::uint64_t now) {
    a.value(level_);
    a.agree("a number of rewards", static_cast<std::uint64_t>(rewards_.size()));
    for (Reward& reward : rewards_) {
        a.agree("a reward for coincidences", static_cast<std::uint8_t>(reward.coincidence));
        if (reward.coincidence) {
            a.value(reward.last_source);
            a.sequence(reward.due, reward.longest + 2);
        } else if (a.reading()) {
            const auto later = std::upper_bound(reward.due.begin(), reward.due.end(), now);
            reward.paid = static_cast<std::size_t>(later - reward.due.begin());
        }
    }
}

void Modulator::observe(Reward& reward, std::uint64_t time, bool source_fired, bool target_fired) noexcept {
    if (target_fired && !source_fired && reward.last_source > 0 && time - reward.last_source < reward.window) {
        const auto choices = static_cast<std::uint32_t>(reward.longest - reward.shortest + 1);
        const std::uint32_t word = draw_words(seed_, Stream::reward, reward.number, time)[0];
        reward.due.push_back(time + reward.shortest + scale_word(word, choices));
    }
    if (source_fired) reward.last_source = time;
}

void Modulator::pay(Reward& reward, std::uint64_t time) noexcept {
    if (!reward.coincidence) {
        for (; reward.paid < reward.due.size() && reward.due[reward.paid] <= time; ++reward.paid)
            level_ += reward.amount;
        return;
    }
    for (std::size_t i = 0; i < reward.due.size();) {
        if (reward.due[i] > time) {
            ++i;
            continue;
        }
        level_ += reward.amount;
        reward.due[i] = reward.due.back();
        reward.due.pop_back();
    }
}

}  // namespace izhi::detail
