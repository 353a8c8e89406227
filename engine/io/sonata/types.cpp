// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/io/sonata/types.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

#include "engine/io/line_reader.hpp"
#include "engine/io/text.hpp"
#include "izhi/error.hpp"

namespace izhi::io::detail {
namespace {

struct TypeField {
    std::string text;
    bool quoted = false;
};

std::vector<TypeField> fields_of(const LineReader& reader) {
    const std::string_view line = reader.line();
    std::vector<TypeField> fields;
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    for (std::size_t i = 0; i < line.size();) {
        if (is_space(line[i])) {
            ++i;
            continue;
        }
        TypeField field;
        if (line[i] == '"') {
            field.quoted = true;
            for (++i;; ++i) {
                if (i == line.size()) reader.fail("has a quote that does not end; allowed: \"...\" within a line");
                if (line[i] != '"') field.text += line[i];
                else if (i + 1 < line.size() && line[i + 1] == '"') field.text += line[++i];
                else break;
            }
            ++i;
            if (i < line.size() && !is_space(line[i])) reader.fail("has text right after a quote; allowed: a space");
        } else {
            while (i < line.size() && !is_space(line[i])) field.text += line[i++];
        }
        fields.push_back(std::move(field));
    }
    return fields;
}

std::optional<std::int64_t> type_id_of(std::string_view text) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return id;
}

}  // namespace

SonataTypes::SonataTypes(const std::filesystem::path& file, const char* id_column) : file_(file.string()) {
    LineReader reader(file);
    std::size_t id_at = 0, population_at = 0;
    bool first = true;
    while (reader.next()) {
        std::vector<TypeField> fields = fields_of(reader);
        if (first && !fields.empty() && fields[0].text.starts_with("\xEF\xBB\xBF")) fields[0].text.erase(0, 3);
        if (fields.empty()) continue;
        if (first) {
            for (TypeField& field : fields) {
                if (std::find(names_.begin(), names_.end(), field.text) != names_.end())
                    reader.fail("names the column " + in_quotes(field.text) + " twice; allowed: each once");
                names_.push_back(std::move(field.text));
            }
            const auto at = [&](const char* name) {
                return static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
            };
            id_at = at(id_column);
            population_at = at("population");
            if (id_at == names_.size())
                reader.fail("names no column " + std::string(id_column) + "; allowed: names separated by spaces, " +
                            id_column + " among them");
            first = false;
            continue;
        }
        if (fields.size() != names_.size())
            reader.fail("has " + std::to_string(fields.size()) + " fields; allowed: " + std::to_string(names_.size()) +
                        ", as the first line names, separated by spaces, with \"\" around those that hold spaces");
        Row row{reader.number(), {}};
        for (TypeField& field : fields) {
            const bool none = !field.quoted && (field.text == "NULL" || field.text == "None" || field.text == "nan");
            if (none || field.text.empty()) row.fields.emplace_back();
            else row.fields.emplace_back(std::move(field.text));
        }
        const std::optional<std::string>& id_text = row.fields[id_at];
        const auto id = id_text ? type_id_of(*id_text) : std::nullopt;
        if (!id)
            reader.fail("has the " + std::string(id_column) + " " + in_quotes(id_text.value_or("NULL")) +
                        "; allowed: an integer");
        const std::string population =
            population_at < names_.size() ? row.fields[population_at].value_or(std::string()) : std::string();
        if (!by_id_.emplace(std::pair(*id, population), rows_.size()).second)
            reader.fail("has the " + std::string(id_column) + " " + std::to_string(*id) +
                        " of an earlier line; allowed: each once");
        rows_.push_back(std::move(row));
    }
    if (first) throw Error(file_ + ": holds nothing; allowed: a first line with names, " + id_column + " among them");
}

const SonataTypes::Row* SonataTypes::find(std::int64_t id, const std::string& population) const {
    for (const std::string& of : {population, std::string()})
        if (const auto found = by_id_.find({id, of}); found != by_id_.end()) return &rows_[found->second];
    return nullptr;
}

std::optional<std::string> SonataTypes::text(const Row* row, const std::string& column) const {
    if (row == nullptr) return std::nullopt;
    const auto at = static_cast<std::size_t>(std::find(names_.begin(), names_.end(), column) - names_.begin());
    return at < names_.size() ? row->fields[at] : std::nullopt;
}

std::optional<double> SonataTypes::number(const Row* row, const std::string& column) const {
    const auto found = text(row, column);
    if (!found) return std::nullopt;
    const auto value = to_number(*found);
    if (!value) fail(*row, column + " is " + in_quotes(*found) + "; allowed: a finite number");
    return value;
}

void SonataTypes::fail(const Row& row, const std::string& what) const {
    throw Error(file_ + ":" + std::to_string(row.line) + ": " + printable(shortened(what, 500)));
}

}  // namespace izhi::io::detail
