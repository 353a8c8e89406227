// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "link.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "izhi/error.hpp"

namespace izhi::wire {
namespace {

/// Words at the head of a record: the count of numbers, the step in two halves, the spikes.
constexpr std::size_t kRecordHead = 4;

std::size_t longest_record(const Network& network) {
    return kRecordHead + network.neuron_count() + 2 * network.population_count();
}

/// A client on the same machine often answers within this time, which saves the cost of a sleep.
constexpr std::chrono::microseconds kSpin{20};
constexpr std::chrono::milliseconds kAskEnded{50};

/// The first step in which a command that acted no longer holds.
std::uint64_t end_of(const Command& command) {
    return command.hold == 0 ? ~std::uint64_t{0} : command.step + command.hold;
}

}  // namespace

WakeUp::WakeUp() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (descriptor_ < 0) throw RunError(std::string("cannot make an eventfd: ") + std::strerror(errno));
}
WakeUp::~WakeUp() { ::close(descriptor_); }
void WakeUp::wake() noexcept {
    // This fails only if the counter is full, and then the other side has been woken.
    constexpr std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(descriptor_, &one, sizeof one);
}
void WakeUp::clear() noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(descriptor_, &count, sizeof count);
}

Link::Link(const Network& network)
    : network_(network), commands_(kMostPending),
      // Room for several steps, so that the server's thread misses nothing if it loses its processor for a while.
      output_(std::max<std::size_t>(std::size_t{1} << 18U, 4 * longest_record(network))),
      wanted_(network.population_count()), batch_(kCommandsPerStep), slots_(kMostSessions), rates_(network) {
    pending_.reserve(kMostPending);
    currents_.resize(network.neuron_count());
    marked_.resize(network.population_count());
    marked_populations_.reserve(network.population_count());
    changes_.reserve(network.population_count());
    population_changes_.reserve(network.population_count());
    forced_.reserve(kCommandsPerStep + kMostPending);
    record_.reserve(longest_record(network));
    taken_.resize(longest_record(network));
}

void Link::count(const Command& command, Counter counter) noexcept {
    const auto add = [&](Counts& counts) {
        counts[static_cast<std::size_t>(counter)].fetch_add(1, std::memory_order_relaxed);
    };
    add(totals_);
    SlotCounts& slot = slot_counts_[command.slot];
    if (slot.serial.load(std::memory_order_relaxed) == command.serial) add(slot.counts);
}

/// Called for each command from the ring: the first command of a session takes the slot over.
void Link::own(SlotState& slot, const Command& command) noexcept {
    if (slot.serial == command.serial) return;
    forget_ranges(slot);
    rates_.set_session(command.slot, command.serial);
    slot.serial = command.serial;
    SlotCounts& counts = slot_counts_[command.slot];
    counts.serial.store(0);
    for (auto& value : counts.counts) value.store(0);
    counts.serial.store(command.serial);
}

void Link::forget_ranges(SlotState& slot) noexcept {
    for (std::size_t index = 0; index < slot.ranges_used; ++index) mark(slot.ranges[index].command);
    slot.ranges_used = 0;
}

void Link::mark(const Command& range) noexcept {
    Marked& marked = marked_[range.population];
    if (!marked.listed) marked_populations_.push_back(range.population);
    marked.listed = true;
    if (is_whole(range)) marked.whole = true;
    else if (marked.begin == marked.end) marked.begin = range.first, marked.end = range.first + range.count;
    else {
        marked.begin = std::min(marked.begin, range.first);
        marked.end = std::max(marked.end, range.first + range.count);
    }
}

/// Drops the input that clients sent for the previous run.
void Link::begin_anew() noexcept {
    for (SlotState& slot : slots_) slot.ranges_used = 0;
    for (const Pending& pending : pending_) count(pending.command, Counter::late);
    pending_.clear();
    for (Marked& marked : marked_) marked = {};
    marked_populations_.clear();
    std::fill(currents_.begin(), currents_.end(), 0.0F);
    rates_.clear();
}

void Link::place(Command command, std::uint64_t step) noexcept {
    SlotState& slot = slots_[command.slot];
    own(slot, command);
    if (command.kind == Command::Kind::open) return;
    if (command.kind == Command::Kind::close) {
        forget_ranges(slot);
        rates_.set_session(command.slot, 0);
        slot.serial = 0;  // its pending commands no longer act
        return;
    }
    if (command.step == kNextStep) command.step = step;
    if (command.step < step) return count(command, Counter::late);
    if (command.step - step > kHorizonSteps) return count(command, Counter::early);
    if (command.step == step) return act(command);
    if (pending_.size() == kMostPending) return count(command, Counter::no_room);
    pending_.push_back({command, pending_order_++});
    std::push_heap(pending_.begin(), pending_.end());
}

void Link::act(const Command& command) noexcept {
    SlotState& slot = slots_[command.slot];
    if (slot.serial != command.serial) return;
    if (command.kind == Command::Kind::current) return act_current(slot, command);
    if (command.kind == Command::Kind::rate) return act_rate(slot, command);
    forced_.push_back(command.first);
    count(command, Counter::applied);
}

void Link::act_current(SlotState& slot, const Command& command) noexcept {
    const auto begin = slot.ranges.begin(), end = begin + static_cast<std::ptrdiff_t>(slot.ranges_used);
    auto at = std::find_if(begin, end, [&](const Range& range) {
        return range.command.population == command.population && range.command.first == command.first &&
               range.command.count == command.count;
    });
    if (at == end && slot.ranges_used == kCurrentsPerSession) return count(command, Counter::no_room);
    if (at == end) ++slot.ranges_used;
    // The same current again only changes how long it lasts.
    if (at == end || at->command.amplitude != command.amplitude) mark(command);
    at->command = command;
    at->until = end_of(command);
    count(command, Counter::applied);
}

void Link::act_rate(SlotState& slot, const Command& command) noexcept {
    if (command.count > 1 && slot.rate_ranges == kRateRangesPerStep) return count(command, Counter::no_room);
    if (command.count > 1) ++slot.rate_ranges;
    rates_.set(command.population, command.first, command.count, command.amplitude, command.serial, end_of(command));
    count(command, Counter::applied);
}

void Link::drop_expired(std::uint64_t step) noexcept {
    for (SlotState& slot : slots_)
        for (std::size_t index = slot.ranges_used; index-- > 0;) {
            if (slot.ranges[index].until > step) continue;
            mark(slot.ranges[index].command);
            // The order is kept, because sums of floats depend on it.
            const auto at = slot.ranges.begin() + static_cast<std::ptrdiff_t>(index);
            std::copy(at + 1, slot.ranges.begin() + static_cast<std::ptrdiff_t>(slot.ranges_used), at);
            --slot.ranges_used;
        }
}

template <class Use>
void Link::for_ranges_of(std::uint32_t population, bool whole, const Use& use) const {
    for (const SlotState& slot : slots_)
        for (std::size_t index = 0; index < slot.ranges_used; ++index) {
            const Command& range = slot.ranges[index].command;
            if (range.population == population && is_whole(range) == whole) use(range);
        }
}

float Link::sum_of_whole(std::uint32_t population) const noexcept {
    float sum = 0.0F;
    for_ranges_of(population, true, [&sum](const Command& range) { sum += range.amplitude; });
    return std::clamp(sum, -kLargestCurrent, kLargestCurrent);
}

void Link::sum_parts(std::uint32_t population) noexcept {
    const Marked& marked = marked_[population];
    const std::uint32_t first = network_.first_neuron({population});
    const std::span<float> sums = std::span(currents_).subspan(first + marked.begin, marked.end - marked.begin);
    std::fill(sums.begin(), sums.end(), 0.0F);
    for_ranges_of(population, false, [&](const Command& range) {
        const std::uint32_t begin = std::max(range.first, marked.begin);
        const std::uint32_t end = std::min(range.first + range.count, marked.end);
        for (std::uint32_t neuron = begin; neuron < end; ++neuron) sums[neuron - marked.begin] += range.amplitude;
    });
    // The sum over many clients may be larger than the engine allows.
    for (float& sum : sums) sum = std::clamp(sum, -kLargestCurrent, kLargestCurrent);
    changes_.push_back({population, marked.begin, sums});
}

void Link::sum_currents() noexcept {
    changes_.clear();
    population_changes_.clear();
    std::sort(marked_populations_.begin(), marked_populations_.end());
    for (const std::uint32_t population : marked_populations_) {
        Marked& marked = marked_[population];
        if (marked.whole) population_changes_.push_back({population, sum_of_whole(population)});
        if (marked.begin != marked.end) sum_parts(population);
        marked = {};
    }
    marked_populations_.clear();
}

/// Called after the ring was read, so that a session that was just opened is known.
void Link::count_timeouts() noexcept {
    for (std::size_t slot = 0; slot < kMostSessions; ++slot)
        if (std::exchange(timed_out_[slot], false))
            count({.slot = static_cast<std::uint8_t>(slot), .serial = slots_[slot].serial}, Counter::go_timeouts);
}

Link::StepInput Link::begin_step(std::uint64_t step) noexcept {
    forced_.clear();
    if (step < next_step_) begin_anew();
    next_step_ = step + 1;
    for (SlotState& slot : slots_) slot.rate_ranges = 0;
    drop_expired(step);
    // Commands that were sent ahead come first.
    while (!pending_.empty() && pending_.front().command.step <= step) {
        std::pop_heap(pending_.begin(), pending_.end());
        const Command command = pending_.back().command;
        pending_.pop_back();
        if (command.step == step) act(command);
        else count(command, Counter::late);  // steps were done without calls of this link
    }
    const std::size_t count_taken = commands_.pop(batch_);
    for (std::size_t index = 0; index < count_taken; ++index) place(batch_[index], step);
    count_timeouts();
    sum_currents();
    std::sort(forced_.begin(), forced_.end());
    forced_.erase(std::unique(forced_.begin(), forced_.end()), forced_.end());
    return {population_changes_, changes_, rates_.changes(step), forced_};
}

void Link::end_step(std::uint64_t steps_done, std::span<const Spike> spikes) noexcept {
    record_.assign(
        {0, static_cast<std::uint32_t>(steps_done & 0xFFFFFFFFU), static_cast<std::uint32_t>(steps_done >> 32U), 0});
    const bool counts = counts_wanted_.load(std::memory_order_relaxed);
    by_population(network_, spikes, [&](PopulationId population, std::span<const Spike> own) {
        if (wanted_[population.index].load(std::memory_order_relaxed))
            for (const Spike& spike : own) record_.push_back(spike.neuron);
    });
    record_[3] = static_cast<std::uint32_t>(record_.size() - kRecordHead);
    if (counts)
        by_population(network_, spikes, [&](PopulationId population, std::span<const Spike> own) {
            record_.push_back(population.index);
            record_.push_back(static_cast<std::uint32_t>(own.size()));
        });
    record_[0] = static_cast<std::uint32_t>(record_.size() - 1);
    steps_done_.store(steps_done);
    if (!output_.push(record_))
        totals_[static_cast<std::size_t>(Counter::steps_lost)].fetch_add(1, std::memory_order_relaxed);
    if (server_asleep_.exchange(false)) server_wake_up_.wake();
}

bool Link::take(StepOutput& output) noexcept {
    std::uint32_t length = 0;
    if (output_.size() == 0 || output_.pop({&length, 1}) == 0) return false;
    output_.pop(std::span(taken_).first(length));
    output.step = taken_[0] | std::uint64_t{taken_[1]} << 32U;
    const std::span<const std::uint32_t> numbers = std::span(taken_).first(length).subspan(kRecordHead - 1);
    output.spikes = numbers.first(taken_[2]);
    output.counts = numbers.subspan(taken_[2]);
    return true;
}

bool Link::fall_asleep() noexcept {
    server_asleep_.store(true);
    if (output_.size() == 0) return true;
    server_asleep_.store(false);
    return false;
}

void Link::woken() noexcept {
    server_asleep_.store(false);
    server_wake_up_.clear();
}

void Link::set_lockstep(std::size_t slot, bool lockstep) noexcept {
    words_[slot].store(0);
    lockstep_[slot].store(lockstep);
    if (engine_waits_.load()) engine_wake_up_.wake();
}

void Link::give_word(std::size_t slot, std::uint64_t steps) noexcept {
    if (steps > words_[slot].load()) words_[slot].store(steps);
    if (engine_waits_.load()) engine_wake_up_.wake();
}

bool Link::all_words_given(std::uint64_t step) const noexcept {
    bool any = false;
    for (std::size_t slot = 0; slot < kMostSessions; ++slot) {
        if (!lockstep_[slot].load()) continue;
        any = true;
        if (words_[slot].load() <= step) return false;
    }
    return any;
}

bool Link::wait_for_clients(std::uint64_t step, std::chrono::nanoseconds timeout, const std::function<bool()>& ended) {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    auto waiting_since = begin;
    const auto any_client = [&] {
        return std::any_of(lockstep_.begin(), lockstep_.end(), [](const auto& lockstep) { return lockstep.load(); });
    };
    while (!interrupted_.load()) {
        if (all_words_given(step)) return true;
        if (ended && ended()) return false;
        const auto now = Clock::now();
        if (now - begin < kSpin) {
            std::this_thread::yield();
            continue;
        }
        // The time-out applies to a client that does not answer; the wait for the first client has no limit.
        if (!any_client()) waiting_since = now;
        const auto left = timeout - (now - waiting_since);
        if (left <= std::chrono::nanoseconds::zero()) break;
        engine_waits_.store(true);
        if (!all_words_given(step) && !interrupted_.load()) {
            const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
            pollfd descriptor{engine_wake_up_.descriptor(), POLLIN, 0};
            ::poll(&descriptor, 1, static_cast<int>(std::clamp<std::int64_t>(ms, 1, kAskEnded.count())));
            engine_wake_up_.clear();
        }
        engine_waits_.store(false);
    }
    if (interrupted_.load()) return false;
    for (std::size_t slot = 0; slot < kMostSessions; ++slot)
        timed_out_[slot] = lockstep_[slot].load() && words_[slot].load() <= step;
    return true;
}

void Link::interrupt() noexcept {
    interrupted_.store(true);
    engine_wake_up_.wake();
}

std::uint64_t Link::counted(std::size_t slot, std::uint32_t serial, Counter counter) const noexcept {
    const SlotCounts& counts = slot_counts_[slot];
    return counts.serial.load() == serial ? counts.counts[static_cast<std::size_t>(counter)].load() : 0;
}

std::uint64_t Link::counted(Counter counter) const noexcept {
    return totals_[static_cast<std::size_t>(counter)].load();
}

}  // namespace izhi::wire
