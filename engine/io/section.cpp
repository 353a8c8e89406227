// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "section.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/nearest_name.hpp"

namespace izhi::io::detail {
namespace {

std::string mend_of(const std::string& unknown, const std::vector<std::string>& known) {
    // A key without its unit means the key with it, even if another is as near: tau_plus means tau_plus_ms and not
    // a_plus.
    for (const char* unit : {"_ms", "_mv", "_hz"})
        if (std::find(known.begin(), known.end(), unknown + unit) != known.end())
            return "did you mean " + unknown + unit + "?";
    return izhi::detail::suggest_name(unknown, known);
}

}  // namespace

std::optional<double> finite_number(const TomlValue& value) {
    if (const std::int64_t* integer = value.integer()) return static_cast<double>(*integer);
    if (const double* real = value.real(); real != nullptr && std::isfinite(*real)) return *real;
    return std::nullopt;
}

std::optional<std::uint64_t> whole_number(const TomlValue& value, std::uint64_t largest) {
    const std::int64_t* integer = value.integer();
    if (integer == nullptr || *integer < 0 || static_cast<std::uint64_t>(*integer) > largest) return std::nullopt;
    return static_cast<std::uint64_t>(*integer);
}

Section::Section(const TomlValue& table, int line, std::string subject, Faults& faults, SourceMap& map)
    : table_(table.table()), line_(line), subject_(std::move(subject)), faults_(&faults), map_(&map) {
    map.add_subject(subject_, line_);
    for (const TomlEntry& member : *table_) map.add_field(subject_, member.key, member.line);
}

const TomlEntry* Section::entry(std::string_view key) const noexcept {
    const auto found = std::find_if(table_->begin(), table_->end(), [&](const TomlEntry& e) { return e.key == key; });
    return found == table_->end() ? nullptr : &*found;
}

bool Section::knows(std::string_view key) const noexcept {
    return std::find(known_.begin(), known_.end(), key) != known_.end();
}

const TomlValue* Section::find(const std::string& key) {
    if (!knows(key)) known_.push_back(key);
    const TomlEntry* found = entry(key);
    return found == nullptr ? nullptr : &found->value;
}

const TomlValue* Section::require(const std::string& key, const std::string& allowed) {
    const TomlValue* value = find(key);
    if (value == nullptr) fault(key, "is missing", allowed);
    return value;
}

std::string Section::text(const std::string& key, const std::string& otherwise) {
    const TomlValue* value = find(key);
    if (value == nullptr) return otherwise;
    if (const std::string* text = value->text()) return *text;
    fault(key, "is " + describe(*value), "text in quotes");
    return otherwise;
}

double Section::number(const std::string& key, double otherwise) {
    const TomlValue* value = find(key);
    if (value == nullptr) return otherwise;
    if (const auto number = finite_number(*value)) return *number;
    fault(key, "is " + describe(*value), "a finite number");
    return otherwise;
}

bool Section::flag(const std::string& key, bool otherwise) {
    const TomlValue* value = find(key);
    if (value == nullptr) return otherwise;
    if (const bool* flag = value->flag()) return *flag;
    fault(key, "is " + describe(*value), "true or false");
    return otherwise;
}

std::uint64_t Section::integer(const std::string& key, std::uint64_t otherwise, std::uint64_t largest,
                               std::uint64_t least) {
    const TomlValue* value = find(key);
    if (value == nullptr) return otherwise;
    if (const auto number = whole_number(*value, largest)) return *number;
    fault(key, "is " + describe(*value), "an integer from " + std::to_string(least) + " to " + std::to_string(largest));
    return otherwise;
}

std::string Section::word(const std::string& key, const std::vector<std::string>& words, const std::string& otherwise) {
    const TomlValue* value = find(key);
    if (value == nullptr) return otherwise;
    const std::string* text = value->text();
    if (text != nullptr && std::find(words.begin(), words.end(), *text) != words.end()) return *text;
    if (text != nullptr) {
        fault(key, "is " + describe(*value) + "; " + izhi::detail::suggest_name(*text, words));
    } else {
        std::string list;
        for (const std::string& allowed : words) list += (list.empty() ? "\"" : ", \"") + allowed + "\"";
        fault(key, "is " + describe(*value), list);
    }
    return otherwise;
}

std::vector<double> Section::numbers(const std::string& key) {
    const TomlValue* value = find(key);
    if (value == nullptr) return {};
    std::vector<double> numbers;
    if (const TomlValue::Array* array = value->array()) {
        for (const TomlValue& item : *array) {
            if (const auto number = finite_number(item)) {
                numbers.push_back(*number);
            } else {
                fault(key, "holds " + describe(item), "finite numbers", item.line);
                return {};
            }
        }
    } else {
        fault(key, "is " + describe(*value), "a list of numbers");
    }
    return numbers;
}

void Section::refuse(const std::string& key, const std::string& why) {
    if (!has(key)) return;
    (void)find(key);  // known only now, because keys that do not apply here must not be suggested
    fault(key, why);
}

void Section::refuse_unknown() {
    for (const TomlEntry& member : *table_) {
        if (knows(member.key)) continue;
        faults_->add(member.line, Error(subject_, member.key, "is unknown; " + mend_of(member.key, known_)));
    }
}

void Section::fault(const std::string& field, const std::string& problem, const std::string& allowed, int line) {
    const TomlEntry* at = entry(field);
    faults_->add(line > 0 ? line : at != nullptr ? at->line : line_, Error(subject_, field, problem, allowed));
}

}  // namespace izhi::io::detail
