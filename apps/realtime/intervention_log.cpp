// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "intervention_log.hpp"

#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>
#include <set>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "apps/text/json_text.hpp"
#include "apps/text/units.hpp"
#include "engine/base/low_priority.hpp"
#include "engine/base/nearest_name.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t kVersionOfLogs = 1;

std::string dumped(const ordered_json& line) {
    return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string name_of(const NetworkDescription& description, const Selection& selection) {
    return selection.population ? description.populations[selection.population->index].name : "everyone";
}

/// The numbers of populations and projections by their names: a log may have millions of lines.
struct Names {
    explicit Names(const NetworkDescription& description) {
        for (const PopulationSpec& p : description.populations) populations.emplace(p.name, populations.size());
        for (const auto& p : description.projections) projections.emplace(p.spec.name, projections.size());
    }
    std::unordered_map<std::string, std::size_t> populations, projections;
};

/// The fields of one line of a log; all errors name file and line.
class Line {
public:
    Line(std::string where, const std::string& text, const Names& names) : where_(std::move(where)), names_(names) {
        object_ = parse_json(text);
        if (object_.is_discarded() || !object_.is_object()) fail("is not a JSON object");
    }

    [[noreturn]] void fail(const std::string& problem) const { throw Error(where_ + ": " + problem); }
    [[nodiscard]] bool has(const char* key) const { return object_.contains(key); }

    [[nodiscard]] std::uint64_t whole(const char* key) {
        const ordered_json& value = at(key);
        if (!value.is_number_unsigned()) fail(std::string(key) + " is not a whole number, 0 or more");
        return value.get<std::uint64_t>();
    }
    [[nodiscard]] std::uint32_t number32(const char* key) {
        const std::uint64_t value = whole(key);
        if (value > std::numeric_limits<std::uint32_t>::max()) fail(std::string(key) + " is too large");
        return static_cast<std::uint32_t>(value);
    }
    [[nodiscard]] double number(const char* key) { return number_of(key, at(key)); }
    [[nodiscard]] std::string text(const char* key) {
        const ordered_json& value = at(key);
        if (!value.is_string()) fail(std::string(key) + " is not text");
        return value.get<std::string>();
    }
    [[nodiscard]] std::vector<std::uint32_t> neurons(const char* key) {
        constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
        std::vector<std::uint32_t> all;
        for_items(key, [&](const ordered_json& value, std::uint64_t count) {
            if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most - (count - 1))
                fail(std::string(key) + " contains something that is not a neuron number");
            for (std::uint64_t i = 0; i < count; ++i)
                all.push_back(static_cast<std::uint32_t>(value.get<std::uint64_t>() + i));
        });
        return all;
    }
    [[nodiscard]] std::vector<float> numbers(const char* key) {
        std::vector<float> all;
        for_items(key, [&](const ordered_json& value, std::uint64_t count) {
            all.insert(all.end(), static_cast<std::size_t>(count), static_cast<float>(number_of(key, value)));
        });
        return all;
    }
    [[nodiscard]] std::uint64_t hash(const char* key) {
        const std::string digits = text(key);
        std::uint64_t value = 0;
        const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (fault != std::errc{} || end != digits.data() + digits.size()) fail(std::string(key) + " is not a hash");
        return value;
    }

    /// A population by name.
    [[nodiscard]] PopulationId population(const char* key, const NetworkDescription& description) {
        const std::string name = text(key);
        if (const auto found = names_.populations.find(name); found != names_.populations.end())
            return {static_cast<std::uint32_t>(found->second)};
        std::vector<std::string> known;
        for (const PopulationSpec& p : description.populations) known.push_back(p.name);
        fail("there is no population '" + name + "'; " + izhi::detail::suggest_name(name, known));
    }
    [[nodiscard]] Selection selection(const char* key, const NetworkDescription& description) {
        if (object_.contains(key) && object_[key] == "everyone") {
            (void)at(key);
            return everyone;
        }
        return population(key, description);
    }
    [[nodiscard]] ProjectionId projection(const char* key, const NetworkDescription& description) {
        const std::string name = text(key);
        if (const auto found = names_.projections.find(name); found != names_.projections.end())
            return ProjectionId(found->second);
        std::vector<std::string> known;
        for (const auto& p : description.projections) known.push_back(p.spec.name);
        fail("there is no projection '" + name + "'; " + izhi::detail::suggest_name(name, known));
    }

    /// Checks that every field of the line was read.
    void expect_no_more() const {
        for (const auto& [key, value] : object_.items())
            if (!known_.contains(key)) fail("has an unknown key '" + key + "'");
    }

private:
    const ordered_json& at(const char* key) {
        if (!object_.contains(key)) fail("has no " + std::string(key));
        known_.insert(key);
        return object_[key];
    }
    /// Calls use(value, 1) for each item of a list, and use(value, count) for each [value, count] in it.
    template <class Use>
    void for_items(const char* key, const Use& use) {
        constexpr std::uint64_t most = 50'000'000;  // so that a short line cannot take much memory
        const ordered_json& list = at(key);
        if (!list.is_array()) fail(std::string(key) + " is not a list");
        std::uint64_t repeated = 0;
        for (const ordered_json& item : list) {
            if (!item.is_array()) {
                use(item, 1);
                continue;
            }
            if (item.size() != 2 || !item[1].is_number_unsigned() || item[1].get<std::uint64_t>() == 0)
                fail(std::string(key) + " contains a list that is not [value, count]");
            const std::uint64_t count = item[1].get<std::uint64_t>();
            if (count > most - repeated) fail(std::string(key) + " is longer than 50,000,000");
            repeated += count;
            use(item[0], count);
        }
    }
    [[nodiscard]] double number_of(const char* key, const ordered_json& value) const {
        if (!value.is_number()) fail(std::string(key) + " is not a number");
        return value.get<double>();
    }

    std::string where_;
    const Names& names_;
    ordered_json object_;
    std::set<std::string> known_;
};

/// Reads a line without its end, up to a length beyond which it is none of ours. A pipe or a device may have no line end.
/// @param where file and number of the line, for errors
bool next_line(std::istream& stream, std::string& text, const std::string& where) {
    constexpr std::size_t longest = std::size_t{128} << 20U;
    text.clear();
    std::streambuf& from = *stream.rdbuf();
    for (int c = from.sbumpc(); c != std::char_traits<char>::eof(); c = from.sbumpc()) {
        if (c == '\n') return true;
        if (text.size() == longest)
            throw Error(where + ": is longer than 128 MiB; allowed: a log that izhi serve --log has written");
        text += static_cast<char>(c);
    }
    return !text.empty();
}

Intervention intervention_of(Line& line, const NetworkDescription& net) {
    const std::string kind = line.text("kind");
    if (kind == "noise-scale") return NoiseScale{line.population("population", net), line.number("factor")};
    if (kind == "population-current")
        return PopulationCurrent{line.population("population", net), line.number("current")};
    if (kind == "neuron-currents")
        return NeuronCurrents{line.selection("target", net), line.number32("first"), line.numbers("currents")};
    if (kind == "current-pulse") {
        CurrentPulse pulse{.target = line.selection("target", net),
                           .amplitude = line.number("amplitude"),
                           .steps = line.whole("steps"),
                           .first = line.number32("first")};
        if (line.has("count")) pulse.count = line.number32("count");
        return pulse;
    }
    if (kind == "input-spikes")
        return InputSpikes{line.selection("target", net), line.number("weight"), line.neurons("neurons")};
    if (kind == "forced-spikes") return ForcedSpikes{line.selection("target", net), line.neurons("neurons")};
    if (kind == "weight-scale") return WeightScale{line.projection("projection", net), line.number("factor")};
    if (kind == "dopamine") return Dopamine{line.number("amount")};
    if (kind == "synapse-weight")
        return SynapseWeight{{line.projection("projection", net), line.number32("source"), line.number32("number")},
                             line.number("weight")};
    if (kind == "source-rates")
        return SourceRates{line.population("population", net), line.number32("first"), line.numbers("rates_hz")};
    line.fail("kind is '" + kind +
              "'; allowed: noise-scale, population-current, neuron-currents, current-pulse, input-spikes, "
              "forced-spikes, weight-scale, dopamine, synapse-weight, source-rates");
}

/// A list in which values that repeat are [value, count]. @param follows whether an item continues the one before it
template <class T, class Follows>
ordered_json shortened_list(const std::vector<T>& values, const Follows& follows) {
    constexpr std::size_t least = 3;  // shorter ones are shorter as they are
    ordered_json list = ordered_json::array();
    for (std::size_t begin = 0, end = 0; begin < values.size(); begin = end) {
        for (end = begin + 1; end < values.size() && follows(values[end - 1], values[end]);) ++end;
        if (end - begin >= least) list.push_back({values[begin], end - begin});
        else
            for (std::size_t i = begin; i < end; ++i) list.push_back(values[i]);
    }
    return list;
}

ordered_json list_of_numbers(const std::vector<float>& values) {
    return shortened_list(values, [](float before, float value) {
        return std::bit_cast<std::uint32_t>(value) == std::bit_cast<std::uint32_t>(before);
    });
}
ordered_json list_of_neurons(const std::vector<std::uint32_t>& neurons) {
    return shortened_list(neurons, [](std::uint32_t before, std::uint32_t neuron) { return neuron == before + 1; });
}

/// The memory of an intervention of a log.
std::uint64_t bytes_of(const Intervention& what) {
    return sizeof(LoggedIntervention) + std::visit(
                                            [](const auto& x) -> std::uint64_t {
                                                if constexpr (requires { x.currents; }) return 4 * x.currents.size();
                                                if constexpr (requires { x.rates_hz; }) return 4 * x.rates_hz.size();
                                                if constexpr (requires { x.neurons; }) return 4 * x.neurons.size();
                                                return 0;
                                            },
                                            what);
}

void check_header(Line& line, const Network& network) {
    if (!line.has("izhi_interventions")) line.fail("is not a log of interventions: its first line is missing or wrong");
    if (line.whole("izhi_interventions") != kVersionOfLogs) line.fail("is of a later version of izhi");
    const NetworkSpec& spec = network.description().spec;
    (void)line.text("network");  // not compared: what matters for the spikes is compared below
    if (const std::uint64_t seed = line.whole("seed"); seed != spec.seed)
        line.fail("has seed " + std::to_string(seed) + ", and the network has " + std::to_string(spec.seed) +
                  "; give --seed " + std::to_string(seed));
    if (line.whole("neurons") != network.neuron_count() || line.number("dt_ms") != spec.dt_ms)
        line.fail("belongs to another network: the number of neurons or dt_ms differs");
    line.expect_no_more();
}

}  // namespace

std::string intervention_log_header(const Network& network) {
    const NetworkSpec& spec = network.description().spec;
    return dumped({{"izhi_interventions", kVersionOfLogs},
                   {"network", spec.name},
                   {"seed", spec.seed},
                   {"neurons", network.neuron_count()},
                   {"dt_ms", spec.dt_ms}});
}

std::string intervention_log_line(const Network& network, std::uint64_t step, const Intervention& what) {
    const NetworkDescription& net = network.description();
    ordered_json line{{"step", step}, {"kind", kind_of(what)}};
    std::visit(
        [&](const auto& x) {
            using Kind = std::decay_t<decltype(x)>;
            if constexpr (requires { x.population; }) line["population"] = name_of(net, x.population);
            if constexpr (requires { x.target; }) line["target"] = name_of(net, x.target);
            if constexpr (requires { x.projection; })
                line["projection"] = net.projections[x.projection.index].spec.name;
            if constexpr (requires { x.synapse; }) {
                line["projection"] = net.projections[x.synapse.projection.index].spec.name;
                line["source"] = x.synapse.source;
                line["number"] = x.synapse.number;
            }
            if constexpr (requires { x.amount; }) line["amount"] = x.amount;
            if constexpr (requires { x.factor; }) line["factor"] = x.factor;
            if constexpr (requires { x.current; }) line["current"] = x.current;
            if constexpr (requires { x.amplitude; }) line["amplitude"] = x.amplitude;
            if constexpr (requires { x.weight; }) line["weight"] = x.weight;
            if constexpr (requires { x.steps; }) line["steps"] = x.steps;
            if constexpr (requires { x.first; }) line["first"] = x.first;
            if constexpr (std::is_same_v<Kind, CurrentPulse>)
                if (x.count) line["count"] = *x.count;
            if constexpr (requires { x.currents; }) line["currents"] = list_of_numbers(x.currents);
            if constexpr (requires { x.rates_hz; }) line["rates_hz"] = list_of_numbers(x.rates_hz);
            if constexpr (requires { x.neurons; }) line["neurons"] = list_of_neurons(x.neurons);
        },
        what);
    return dumped(line);
}

std::string intervention_log_end(const Simulation& simulation) {
    return dumped({{"steps", simulation.steps_done()}, {"spike_hash", hash_text(simulation.spike_hash())}});
}

InterventionLog::InterventionLog(std::filesystem::path file, Network network)
    : file_(std::move(file)), network_(std::move(network)), stream_(file_, std::ios::binary | std::ios::trunc) {
    write(intervention_log_header(network_));
    thread_ = std::thread([this] {
        izhi::detail::lower_priority_of_this_thread();
        write_all();
    });
}

InterventionLog::~InterventionLog() { stop(); }

void InterventionLog::add(std::uint64_t step, const Intervention& what) {
    constexpr std::size_t most_waiting = 100'000;
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_.size() < most_waiting || failure_; });
        if (failure_) std::rethrow_exception(failure_);
        waiting_.push_back({step, what});
    }
    changed_.notify_all();
}

void InterventionLog::finish(const Simulation& simulation) {
    stop();
    if (failure_) std::rethrow_exception(failure_);
    write(intervention_log_end(simulation));
    stream_.close();
}

void InterventionLog::stop() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

/// The thread: writes what waits until it is told to stop, or a line cannot be written.
void InterventionLog::write_all() {
    std::vector<LoggedIntervention> taken;
    for (;;) {
        taken.clear();
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return !waiting_.empty() || stopping_; });
            if (waiting_.empty()) return;
            taken.swap(waiting_);
        }
        changed_.notify_all();
        try {
            for (const LoggedIntervention& one : taken) write(intervention_log_line(network_, one.step, one.what));
        } catch (const RunError&) {
            const std::lock_guard lock(mutex_);
            failure_ = std::current_exception();
            changed_.notify_all();
            return;
        }
    }
}

void InterventionLog::write(const std::string& line) {
    stream_ << line << '\n' << std::flush;
    if (!stream_) throw RunError("cannot write '" + file_.string() + "': is the disk full?");
}

InterventionLogContents read_intervention_log(const std::filesystem::path& file, const Network& network) {
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    const int fault = errno;
    std::error_code ignored;
    const bool folder = std::filesystem::is_directory(file, ignored);
    if (!stream || folder)
        throw Error("", "--replay",
                    "cannot read '" + file.string() + "' (" + std::strerror(folder ? EISDIR : fault) + ')',
                    "a log that izhi serve --log has written");
    InterventionLogContents contents;
    std::uint64_t number = 0, last_step = 0, needed = 0;
    const std::uint64_t memory = available_memory() / 2;
    const Names names(network.description());
    for (std::string text; next_line(stream, text, file.string() + ':' + std::to_string(number + 1));) {
        Line line(file.string() + ':' + std::to_string(++number), text, names);
        if (number == 1) {
            check_header(line, network);
            continue;
        }
        if (contents.steps) line.fail("comes after the end of the log");
        if (line.has("steps") && !line.has("kind")) {
            contents.steps = line.whole("steps");
            contents.spike_hash = line.hash("spike_hash");
            if (*contents.steps < last_step) line.fail("ends before its last intervention");
            line.expect_no_more();
            continue;
        }
        LoggedIntervention one{line.whole("step"), intervention_of(line, network.description())};
        line.expect_no_more();
        if (one.step < last_step) line.fail("has a step before that of the line above");
        last_step = one.step;
        try {
            check_intervention(network, one.what);
        } catch (const Error& error) { line.fail(error.what()); }
        needed += 3 * bytes_of(one.what);  // a list that grows is there twice while it is moved
        if (needed > memory)
            line.fail("the log needs more memory than there is: " + bytes_text(needed) + " up to here");
        contents.interventions.push_back(std::move(one));
    }
    if (number == 0) throw Error(file.string() + ":1: is empty");
    return contents;
}

void Replay::before_step(std::uint64_t step, Simulation& simulation) {
    for (; next_ < interventions_.size() && interventions_[next_].step <= step; ++next_)
        simulation.apply(interventions_[next_].what);
}

RunReport Replay::run(Simulation& simulation, std::uint64_t last, Observer* observer) {
    RunReport all;
    while (simulation.steps_done() < last && !all.stopped) {
        before_step(simulation.steps_done(), simulation);
        const std::uint64_t until = next_ < interventions_.size() ? std::min(last, interventions_[next_].step) : last;
        const RunReport part = simulation.run(until - simulation.steps_done(), observer);
        all.steps += part.steps;
        all.spikes += part.spikes;
        all.wall_s += part.wall_s;
        all.stopped = part.stopped;
    }
    return all;
}

}  // namespace izhi::apps
