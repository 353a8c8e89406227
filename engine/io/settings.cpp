// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/nearest_name.hpp"
#include "izhi/error.hpp"
#include "line_reader.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

constexpr const char* kForm =
    "network.KEY, or population.NAME.KEY, projection.NAME.KEY, stimulus.NAME.KEY, trace.NAME.KEY, reward.NAME.KEY, "
    "weights.NAME.KEY, such as "
    "population.exc.size";

/// A key in its parts.
class Path {
public:
    explicit Path(const std::string& key) : key_(printable(shortened(key, 200))) {
        for (const std::string_view part : split(key, '.')) parts_.emplace_back(part);
        if (std::any_of(parts_.begin(), parts_.end(), [](const std::string& part) { return part.empty(); }))
            fail("has an empty part", kForm);
    }
    [[nodiscard]] std::span<const std::string> parts() const noexcept { return parts_; }
    [[noreturn]] void fail(const std::string& problem, const std::string& allowed = {}) const {
        throw Error("", key_, problem, allowed);
    }

private:
    std::string key_;
    std::vector<std::string> parts_;
};

TomlEntry* find(TomlValue& table, const std::string& key) {
    for (TomlEntry& entry : std::get<TomlValue::Table>(table.data))
        if (entry.key == key) return &entry;
    return nullptr;
}

TomlEntry& insert(TomlValue& table, const std::string& key) {
    auto& entries = std::get<TomlValue::Table>(table.data);
    entries.push_back({key, table.line, TomlValue{TomlValue::Table{}, table.line}});
    return entries.back();
}

bool is_number(const TomlValue& value) { return value.integer() != nullptr || value.real() != nullptr; }

/// Stores a number. Whole numbers become integers, which keys for any number accept too.
void put(TomlValue& value, double number) {
    if (number == std::floor(number) && std::abs(number) < 0x1p53) value.data = static_cast<std::int64_t>(number);
    else value.data = number;
}

void descend(TomlValue& value, std::span<const std::string> rest, const Path& path, double number);

void descend_table(TomlValue& table, std::span<const std::string> rest, const Path& path, double number) {
    TomlEntry* entry = find(table, rest.front());
    if (entry == nullptr && rest.size() > 1)
        path.fail("leads through '" + rest.front() + "', which the network does not give", "keys within what it gives");
    if (entry == nullptr) entry = &insert(table, rest.front());
    else if (rest.size() > 1 && is_number(entry->value)) {
        // The number 0.5 becomes the distribution { constant = 0.5 }, to which a scale can be added.
        TomlValue constant{TomlValue::Table{}, entry->value.line};
        insert(constant, "constant").value = entry->value;
        entry->value = std::move(constant);
    } else if (rest.size() == 1 && !is_number(entry->value)) {
        const std::string inside =
            entry->value.table() != nullptr
                ? "; allowed: a number in it, such as ." +
                      (entry->value.table()->empty() ? std::string("scale") : entry->value.table()->front().key)
            : entry->value.array() != nullptr ? "; allowed: one of its items, from .0 on"
                                              : "";
        path.fail("is " + describe(entry->value) + ", not a number" + inside);
    }
    if (rest.size() == 1) put(entry->value, number);
    else descend(entry->value, rest.subspan(1), path, number);
}

void descend_list(TomlValue& list, std::span<const std::string> rest, const Path& path, double number) {
    auto& items = std::get<TomlValue::Array>(list.data);
    const auto index = to_whole(rest.front());
    if (!index || *index >= items.size())
        path.fail("leads to item '" + rest.front() + "' of a list",
                  items.empty() ? "none, it is empty" : "0 to " + std::to_string(items.size() - 1));
    TomlValue& item = items[static_cast<std::size_t>(*index)];
    if (rest.size() > 1) return descend(item, rest.subspan(1), path, number);
    if (!is_number(item)) path.fail("is " + describe(item) + ", not a number");
    put(item, number);
}

void descend(TomlValue& value, std::span<const std::string> rest, const Path& path, double number) {
    if (value.table() != nullptr) return descend_table(value, rest, path, number);
    if (value.array() != nullptr) return descend_list(value, rest, path, number);
    path.fail("leads into " + describe(value) + ", which has no keys");
}

/// The sections that the second part of a key names: one, or with * all of this kind.
std::vector<TomlValue*> sections_of(TomlValue& document, const Path& path) {
    const std::string &kind = path.parts()[0], &name = path.parts()[1];
    std::vector<TomlValue*> sections;
    std::vector<std::string> names;
    if (TomlEntry* const all = find(document, kind); all != nullptr && all->value.table() != nullptr) {
        for (TomlEntry& entry : std::get<TomlValue::Table>(all->value.data)) {
            names.push_back(entry.key);
            if ((name == "*" || name == entry.key) && entry.value.table() != nullptr) sections.push_back(&entry.value);
        }
    }
    if (sections.empty())
        path.fail("names the " + kind + " '" + name + "'; " + izhi::detail::suggest_name(name, names));
    return sections;
}

}  // namespace

void apply_setting(TomlValue& document, const Setting& setting) {
    const Path path(setting.key);
    const auto parts = path.parts();
    if (!std::isfinite(setting.value)) path.fail("is set to no finite number");
    if (parts.front() == "network") {
        if (parts.size() < 2) path.fail("is a section", kForm);
        TomlEntry* network = find(document, "network");
        if (network == nullptr) network = &insert(document, "network");
        return descend(network->value, parts.subspan(1), path, setting.value);
    }
    const std::vector<std::string> kinds{"network", "population", "projection", "stimulus",
                                         "trace",   "reward",     "weights"};
    if (std::find(kinds.begin(), kinds.end(), parts.front()) == kinds.end())
        path.fail("starts with '" + parts.front() + "'; " + izhi::detail::suggest_name(parts.front(), kinds));
    if (parts.size() < 3) path.fail("names no key of a section", kForm);
    for (TomlValue* const section : sections_of(document, path))
        descend(*section, parts.subspan(2), path, setting.value);
}

}  // namespace izhi::io::detail
