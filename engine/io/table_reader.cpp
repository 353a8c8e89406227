// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "table_reader.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <utility>

namespace izhi::io::detail {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlank = " \t";

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string_view unquoted(std::string_view text) {
    if (text.size() < 2 || (text.front() != '"' && text.front() != '\'') || text.back() != text.front()) return text;
    return trimmed(text.substr(1, text.size() - 2));
}

/// The first of `separators` at or after `begin` that is not in quotes, or the end.
std::size_t find_outside(std::string_view line, std::string_view separators, std::size_t begin) {
    char quote = 0;
    for (std::size_t i = begin; i < line.size(); ++i) {
        if (quote != 0) {
            if (line[i] == quote) quote = 0;
        } else if (separators.find(line[i]) != std::string_view::npos) {
            return i;
        } else if (line[i] == '"') {
            quote = '"';
        }
    }
    return line.size();
}

char separator_of(std::string_view line) {
    for (const char separator : {';', ','})
        if (find_outside(line, std::string_view(&separator, 1), 0) < line.size()) return separator;
    return ' ';
}

/// Splits a line into fields at a separator, or at runs of tabs and spaces.
void split_fields(std::string_view line, char separator, std::vector<std::string_view>& fields) {
    fields.clear();
    const bool quotes = line.find('"') != std::string_view::npos;
    const std::string_view separators = separator == ' ' ? kBlank : std::string_view(&separator, 1);
    const auto end_of = [&](std::size_t begin) {
        if (quotes) return find_outside(line, separators, begin);
        const std::size_t end = separator == ' ' ? line.find_first_of(kBlank, begin) : line.find(separator, begin);
        return std::min(end, line.size());
    };
    if (separator == ' ') {
        for (std::size_t begin = line.find_first_not_of(kBlank); begin < line.size();) {
            const std::size_t end = end_of(begin);
            fields.push_back(unquoted(line.substr(begin, end - begin)));
            begin = line.find_first_not_of(kBlank, end);
        }
        return;
    }
    for (std::size_t begin = 0; begin <= line.size();) {
        const std::size_t end = end_of(begin);
        fields.push_back(unquoted(trimmed(line.substr(begin, end - begin))));
        begin = end + 1;
    }
}

/// Splits a row of names. Names may contain spaces if tabs separate them, and "[ms]" belongs to the word before it.
std::vector<std::string> split_names(std::string_view line) {
    std::vector<std::string_view> fields;
    char separator = separator_of(line);
    if (separator == ' ' && line.find('\t') != std::string_view::npos) separator = '\t';
    split_fields(line, separator, fields);
    std::vector<std::string> names;
    for (const std::string_view field : fields) {
        const bool unit = separator == ' ' && !field.empty() && (field.front() == '[' || field.front() == '(');
        if (unit && !names.empty()) names.back() += ' ' + std::string(field);
        else names.emplace_back(field);
    }
    if (separator == '\t')
        while (names.size() > 1 && names.back().empty()) names.pop_back();
    return names;
}

bool is_number(std::string_view text) { return to_number(text).has_value() || (!text.empty() && to_single(text)); }

/// "Neuron ID" becomes neuron_id.
std::string plain_name(std::string_view name) {
    std::string plain;
    for (const char c : trimmed(name)) {
        const bool joint = c == ' ' || c == '-' || c == '.' || c == '\t' || c == '_';
        if (!joint) plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else if (!plain.empty() && plain.back() != '_') plain += '_';
    }
    return plain;
}

/// Splits a name and its unit, if it ends with one: "Time [ms]", "time (s)", "time_ms", "time/ms".
struct NameAndUnit {
    std::string name;
    std::string unit{};
};
NameAndUnit cut_unit(std::string_view text) {
    text = trimmed(text);
    if (!text.empty() && (text.back() == ']' || text.back() == ')')) {
        const std::size_t open = text.find_last_of("[(");
        if (open != std::string_view::npos && open > 0)
            return {plain_name(trimmed(text.substr(0, open))),
                    std::string(trimmed(text.substr(open + 1, text.size() - open - 2)))};
    }
    const std::string name = plain_name(text);
    const std::size_t joint = name.find_last_of("_/");
    if (joint == std::string::npos || joint == 0 || !time_unit_ms(name.substr(joint + 1))) return {name};
    std::string before = name.substr(0, joint);
    if (before.ends_with("_in")) before.resize(before.size() - 3);
    return {before, name.substr(joint + 1)};
}

}  // namespace

bool TableReader::next() {
    while (reader_.next()) {
        text_ = reader_.line();
        if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
        text_ = trimmed(text_);
        if (text_.empty()) continue;
        if (text_.front() == '#' || text_.front() == '%') {
            if (!separator_) comment_ = trimmed(text_.substr(std::min(text_.find_first_not_of("#%"), text_.size())));
            continue;
        }
        for (std::size_t at = text_.find('#'); at != std::string_view::npos; at = text_.find('#', at + 1))
            if (kBlank.find(text_[at - 1]) != std::string_view::npos && find_outside(text_, "#", 0) <= at) {
                text_ = trimmed(text_.substr(0, at));
                break;
            }
        split_fields(text_, separator_.value_or(separator_of(text_)), fields_);
        if (!separator_ && !is_heading()) separator_ = separator_of(text_);
        return true;
    }
    return false;
}

bool TableReader::is_heading() const {
    return std::none_of(fields_.begin(), fields_.end(), is_number) && !text_.empty();
}

std::vector<std::string> TableReader::heading() const { return split_names(text_); }

std::vector<std::string> TableReader::comment_heading() const {
    return comment_.empty() ? std::vector<std::string>{} : split_names(comment_);
}

bool TableReader::has_fields(std::size_t count) {
    if (fields_.size() == count + 1 && fields_.back().empty()) fields_.pop_back();
    return fields_.size() == count;
}

bool TableReader::is_csv() const { return separator_of(text_) != ' '; }

bool TableColumns::any() const noexcept {
    return std::any_of(kinds.begin(), kinds.end(), [](const auto& kind) { return kind.has_value(); });
}

TableColumns columns_of(const std::vector<std::string>& names, std::span<const ColumnKind> kinds, std::string* twice) {
    TableColumns columns;
    columns.kinds.resize(kinds.size());
    columns.count = names.size();
    std::vector<bool> taken(names.size());
    const auto holds = [](std::span<const std::string_view> list, const std::string& name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    for (const bool weak : {false, true}) {
        for (std::size_t k = 0; k < kinds.size(); ++k) {
            if (weak && columns.kinds[k]) continue;
            const auto list = weak ? kinds[k].weak : kinds[k].names;
            for (std::size_t i = 0; i < names.size(); ++i) {
                if (taken[i]) continue;
                const NameAndUnit cut = cut_unit(names[i]);
                const bool whole = holds(list, plain_name(names[i]));
                // A unit in brackets is never part of a name; a unit after '_' is possible for times only.
                const bool bracketed = !names[i].empty() && (names[i].back() == ']' || names[i].back() == ')');
                if (!whole && !(holds(list, cut.name) && (kinds[k].is_time || bracketed))) continue;
                if (columns.kinds[k]) {
                    if (twice != nullptr)
                        *twice = std::string(kinds[k].name) + " twice, \"" + names[columns.kinds[k]->at] + "\" and \"" +
                                 names[i] + '"';
                    continue;
                }
                const auto unit = kinds[k].is_time && !whole ? time_unit_ms(cut.unit) : std::nullopt;
                if (kinds[k].is_time && !whole && !unit) continue;  // hours, or an unknown unit
                columns.kinds[k] = TableColumns::Column{i, unit};
                taken[i] = true;
            }
        }
    }
    for (std::size_t i = 0; i < names.size(); ++i)
        if (!taken[i] && !names[i].empty()) columns.others.push_back(names[i]);
    return columns;
}

std::optional<double> time_unit_ms(std::string_view unit) {
    struct Unit {
        std::string_view name;
        double ms;
    };
    static constexpr std::array<Unit, 19> kUnits{{{"ms", 1.0},
                                                  {"msec", 1.0},
                                                  {"msecs", 1.0},
                                                  {"millis", 1.0},
                                                  {"millisecond", 1.0},
                                                  {"milliseconds", 1.0},
                                                  {"s", 1e3},
                                                  {"sec", 1e3},
                                                  {"secs", 1e3},
                                                  {"second", 1e3},
                                                  {"seconds", 1e3},
                                                  {"us", 1e-3},
                                                  {"\xC2\xB5s", 1e-3},
                                                  {"\xCE\xBCs", 1e-3},
                                                  {"usec", 1e-3},
                                                  {"usecs", 1e-3},
                                                  {"microsecond", 1e-3},
                                                  {"microseconds", 1e-3},
                                                  {"ns", 1e-6}}};
    std::string lower(trimmed(unit));
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto found = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == lower; });
    return found == kUnits.end() ? std::nullopt : std::optional<double>(found->ms);
}

std::optional<std::uint64_t> to_count(std::string_view text) {
    if (const auto whole = to_whole(text)) return whole;
    const auto number = to_number(text);
    if (!number || !(*number >= 0.0 && *number <= 9007199254740992.0) || std::trunc(*number) != *number)
        return std::nullopt;
    return static_cast<std::uint64_t>(*number);
}

}  // namespace izhi::io::detail
