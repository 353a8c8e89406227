// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "profile_report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/text/text_table.hpp"
#include "apps/text/units.hpp"

namespace izhi::apps {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<Activity, kActivityCount> kActivities{
    Activity::noise,  Activity::reduce,     Activity::update, Activity::scan, Activity::deliver,
    Activity::arrive, Activity::potentiate, Activity::record, Activity::wait, Activity::exchange};
/// With more workers than this, they are summarised in one line.
constexpr std::size_t kMostThreadLines = 8;

double ratio(double value, double to) { return to > 0.0 ? value / to : 0.0; }

std::string percent(double share) {
    // Three digits for what is small and none too many for what is large
    return (share < 0.0995 ? fixed(100.0 * share, 1) : fixed(100.0 * share, 0)) + " %";
}

std::string or_dash(bool known, const std::string& text) { return known ? text : "-"; }

double thread_seconds(const ProfileReport& report) { return report.profile.wall_s * report.threads(); }

/// The time of all threads that belongs to no activity; text_of() explains it.
double other_seconds(const ProfileReport& report) {
    const auto& seconds = report.profile.seconds;
    return std::max(0.0, thread_seconds(report) - std::accumulate(seconds.begin(), seconds.end(), 0.0));
}

/// The events of an activity.
struct Events {
    std::uint64_t count = 0;
    const char* json_name = nullptr;  ///< null: the activity has no events
};
Events events_of(const Profile& p, Activity activity) {
    switch (activity) {
        case Activity::deliver: return {p.synaptic_events, "ns_per_synaptic_event"};
        case Activity::arrive: return {p.plastic_arrivals, "ns_per_plastic_arrival"};
        case Activity::potentiate: return {p.potentiations, "ns_per_potentiation"};
        default: return {};
    }
}

std::string bar(double share) {
    return std::string(static_cast<std::size_t>(std::lround(20.0 * std::clamp(share, 0.0, 1.0))), '#');
}

std::string activity_table(const ProfileReport& report) {
    const Profile& p = report.profile;
    const auto neuron_steps = static_cast<double>(p.neuron_steps);
    using Align = TextTable::Align;
    TextTable table({{"activity", Align::left},
                     {"time"},
                     {"share"},
                     {"", Align::left},
                     {"ns/neuron-step"},
                     {"ns/event"},
                     {"moved"},
                     {"GB/s"},
                     {"of memory"},
                     {"of arithmetic"}});
    // The largest first, because it matters most.
    std::vector<Activity> order(kActivities.begin(), kActivities.end());
    std::stable_sort(order.begin(), order.end(),
                     [&](Activity x, Activity y) { return p.seconds_of(x) > p.seconds_of(y); });
    for (const Activity activity : order) {
        const double seconds = p.seconds_of(activity), share = report.share_of(activity);
        const double bytes = p.bytes[static_cast<std::size_t>(activity)], speed = report.bytes_per_s(activity);
        if (seconds == 0.0) continue;
        const auto events = static_cast<double>(events_of(p, activity).count);
        const bool updates = activity == Activity::update;
        table.add({std::string(to_string(activity)), seconds_text(seconds), percent(share), bar(share),
                   or_dash(neuron_steps > 0.0, fixed(ratio(seconds * 1e9, neuron_steps), 3)),
                   events > 0.0 ? fixed(seconds * 1e9 / events, 3) : "",
                   bytes > 0.0 ? bytes_text(static_cast<std::uint64_t>(bytes)) : "",
                   speed > 0.0 ? plain(speed / 1e9) : "",
                   speed > 0.0 ? percent(ratio(speed, report.limits.memory_bytes_per_s)) : "",
                   updates ? percent(ratio(report.update_flops_per_s(), report.limits.arithmetic_flops_per_s)) : ""});
    }
    const double other = other_seconds(report), all = thread_seconds(report);
    if (other > 0.005 * all)
        table.add({"other", seconds_text(other), percent(ratio(other, all)), bar(ratio(other, all))});
    table.add(
        {"all", seconds_text(all), "100 %", "", or_dash(neuron_steps > 0.0, fixed(ratio(all * 1e9, neuron_steps), 3))});
    return table.text();
}

std::string thread_lines(const ProfileReport& report) {
    const auto& workers = report.profile.workers;
    const double wall_s = report.profile.wall_s;
    std::string text;
    if (workers.size() > kMostThreadLines) {
        const auto [least, most] = std::minmax_element(
            workers.begin(), workers.end(), [](const auto& x, const auto& y) { return x.busy_s < y.busy_s; });
        text = "  each of " + std::to_string(workers.size()) + " threads at work " +
               percent(ratio(least->busy_s, wall_s)) + " to " + percent(ratio(most->busy_s, wall_s)) + " of the time\n";
    } else {
        TextTable table({{"threads", TextTable::Align::left}, {"at work"}, {"waiting"}});
        for (std::size_t i = 0; i < workers.size(); ++i)
            table.add({"thread " + std::to_string(i + 1), percent(ratio(workers[i].busy_s, wall_s)),
                       percent(ratio(workers[i].wait_s, wall_s))});
        text = table.text();
    }
    double sum = 0.0, most = 0.0;
    for (const Profile::Worker& worker : workers) {
        sum += worker.busy_s;
        most = std::max(most, worker.busy_s);
    }
    if (workers.size() > 1 && sum > 0.0)
        text += "  the busiest worked " + plain(most * report.threads() / sum) + " times the mean\n";
    return text;
}

std::string step_lines(const ProfileReport& report) {
    const Profile& p = report.profile;
    const auto microseconds = [](double us) { return seconds_text(us * 1e-6); };
    std::string text = "  a step of " + plain(report.dt_ms, 6) + " ms took " + microseconds(p.step_p50_us) +
                       " (median), " + microseconds(p.step_p99_us) + " (99 %), " + microseconds(p.step_max_us) +
                       " (slowest)\n";
    TextTable table({{"slowest steps"}, {"time"}, {"spikes"}});
    for (const Profile::SlowStep& step : p.slowest)
        table.add({grouped(step.step), microseconds(step.us), grouped(step.spikes)});
    text += '\n' + table.text();
    if (report.preemptions > 0)
        text += "  The system took the processor away " + counted(report.preemptions, "time") +
                ": steps that are slow with few spikes.\n";
    return text;
}

std::string counter_lines(const ProfileReport& report) {
    const HardwareCounts& c = report.counts;
    std::string text;
    const auto add = [&](const std::optional<std::uint64_t>& count, const std::string& name,
                         const std::string& remark) {
        if (count) text += "  " + padded(grouped(*count), 18, true) + ' ' + name + remark + '\n';
    };
    const auto per_thousand = [&](const std::optional<std::uint64_t>& misses) {
        if (!misses || c.instructions.value_or(0) == 0) return std::string();
        return ", " + plain(1e3 * static_cast<double>(*misses) / static_cast<double>(*c.instructions)) +
               " per 1,000 instructions";
    };
    add(c.cycles, "cycles", "");
    add(c.instructions, "instructions",
        c.instructions && c.cycles.value_or(0) > 0
            ? ", " + plain(static_cast<double>(*c.instructions) / static_cast<double>(*c.cycles)) + " per cycle"
            : "");
    add(c.cache_misses, "cache misses", per_thousand(c.cache_misses));
    add(c.branch_misses, "branch misses", per_thousand(c.branch_misses));
    if (!text.empty()) text = "  hardware counters of the run, outside the kernel\n" + text;
    if (!report.counts_why_not.empty()) text += "  hardware counters: " + report.counts_why_not + '\n';
    return text;
}

}  // namespace

double ProfileReport::share_of(Activity activity) const noexcept {
    return ratio(profile.seconds_of(activity), profile.wall_s * threads());
}

double ProfileReport::bytes_per_s(Activity activity) const noexcept {
    return ratio(profile.bytes[static_cast<std::size_t>(activity)] * threads(), profile.seconds_of(activity));
}

double ProfileReport::update_flops_per_s() const noexcept {
    return ratio(profile.update_flops * threads(), profile.seconds_of(Activity::update));
}

std::string text_of(const ProfileReport& report) {
    const Profile& p = report.profile;
    // The times of single activities are sampled, one phase in sixteen.
    constexpr std::uint64_t few_steps = 500;
    std::string text = "profile of " + counted(p.steps, "step") + " of " + counted(report.neurons, "neuron") + ": " +
                       counted(p.spikes, "spike") + ", " + counted(p.synaptic_events, "synaptic event") + '\n';
    const bool plastic = p.plastic_arrivals > 0 || p.potentiations > 0;
    if (plastic)
        text += "  at synapses without plasticity; and " + counted(p.plastic_arrivals, "plastic arrival") + " and " +
                counted(p.potentiations, "potentiation") + '\n';
    if (p.steps < few_steps) text += "  with this few steps the times of single activities are rough\n";
    text += '\n' + activity_table(report);
    text += "\n  Times are those of " +
            (p.workers.size() == 1 ? "the one thread" : "all " + counted(p.workers.size(), "thread") + " together") +
            ", GB/s while all do this. 100 % of memory is " + plain(report.limits.memory_bytes_per_s / 1e9) +
            " GB/s\n  (more than 100 % means caches), 100 % of arithmetic " +
            plain(report.limits.arithmetic_flops_per_s / 1e9) + " Gflop/s with " + report.isa + ", measured now.\n";
    text += "  An event of deliver is a spike at a synapse";
    text += plastic
                ? ", of arrive a spike at a plastic one,\n  of potentiate a plastic synapse of a neuron that fired.\n"
                : ".\n";
    if (other_seconds(report) > 0.005 * thread_seconds(report))
        text += "  other: until all threads had started, and while the system had taken the processor away\n";
    text += '\n' + thread_lines(report);
    text += '\n' + step_lines(report);
    text += '\n' + counter_lines(report);
    return text;
}

nlohmann::ordered_json json_of(const ProfileReport& report) {
    const Profile& p = report.profile;
    const auto neuron_steps = static_cast<double>(p.neuron_steps);
    Json activities = Json::object();
    for (const Activity activity : kActivities) {
        const double seconds = p.seconds_of(activity), speed = report.bytes_per_s(activity);
        Json entry{
            {"thread_s", seconds},
            {"share", report.share_of(activity)},
            {"ns_per_neuron_step", ratio(seconds * 1e9, neuron_steps)},
            {"bytes", p.bytes[static_cast<std::size_t>(activity)]},
            {"bytes_per_s", speed},
            {"bandwidth_share", ratio(speed, report.limits.memory_bytes_per_s)},
        };
        if (const Events events = events_of(p, activity); events.json_name)
            entry[events.json_name] = ratio(seconds * 1e9, static_cast<double>(events.count));
        if (activity == Activity::update) {
            entry["flops"] = p.update_flops;
            entry["flops_per_s"] = report.update_flops_per_s();
            entry["arithmetic_share"] = ratio(report.update_flops_per_s(), report.limits.arithmetic_flops_per_s);
        }
        activities[std::string(to_string(activity))] = std::move(entry);
    }
    Json workers = Json::array(), slowest = Json::array();
    for (const Profile::Worker& worker : p.workers)
        workers.push_back({{"busy_s", worker.busy_s}, {"wait_s", worker.wait_s}});
    for (const Profile::SlowStep& step : p.slowest)
        slowest.push_back({{"step", step.step}, {"us", step.us}, {"spikes", step.spikes}});
    const auto count = [](const std::optional<std::uint64_t>& value) { return value ? Json(*value) : Json(nullptr); };
    return {
        {"wall_s", p.wall_s},
        {"steps", p.steps},
        {"neuron_steps", p.neuron_steps},
        {"spikes", p.spikes},
        {"synaptic_events", p.synaptic_events},
        {"plastic_arrivals", p.plastic_arrivals},
        {"potentiations", p.potentiations},
        {"activities", activities},
        {"other_thread_s", other_seconds(report)},
        {"workers", workers},
        {"step_us", {{"p50", p.step_p50_us}, {"p99", p.step_p99_us}, {"max", p.step_max_us}}},
        {"slowest_steps", slowest},
        {"preemptions", report.preemptions},
        {"machine",
         {{"memory_bytes_per_s", report.limits.memory_bytes_per_s},
          {"arithmetic_flops_per_s", report.limits.arithmetic_flops_per_s}}},
        {"hardware_counters",
         {{"cycles", count(report.counts.cycles)},
          {"instructions", count(report.counts.instructions)},
          {"cache_misses", count(report.counts.cache_misses)},
          {"branch_misses", count(report.counts.branch_misses)},
          {"why_not", report.counts_why_not.empty() ? Json(nullptr) : Json(report.counts_why_not)}}},
    };
}

}  // namespace izhi::apps
