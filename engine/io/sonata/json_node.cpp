// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/io/sonata/json_node.hpp"

#include <algorithm>
#include <cmath>
#include <system_error>

#include <nlohmann/json.hpp>

#include "engine/base/text_file.hpp"
#include "engine/io/text.hpp"
#include "izhi/error.hpp"

namespace izhi::io::detail {

JsonNode::JsonNode(std::shared_ptr<const Json> document, const Json* value, std::string file, std::string path)
    : document_(std::move(document)), value_(value), file_(std::move(file)), path_(std::move(path)) {}

JsonNode JsonNode::at(const Json& value, std::string path) const {
    return {document_, &value, file_, path_.empty() ? std::move(path) : path_ + "." + path};
}

JsonNode JsonNode::parse(std::string_view text, std::string file) {
    try {
        constexpr int kDeepest = 100;  // values are visited and shown by functions that call themselves
        const auto limit = [&](int depth, nlohmann::ordered_json::parse_event_t, Json&) {
            if (depth > kDeepest)
                throw Error(file + ": is nested more than " + std::to_string(kDeepest) +
                            " deep; allowed: a SONATA config");
            return true;
        };
        auto document = std::make_shared<const Json>(Json::parse(text, limit));
        const Json* const root = document.get();
        return {std::move(document), root, std::move(file), {}};
    } catch (const nlohmann::json::parse_error& error) {
        const auto read = text.substr(0, std::min<std::size_t>(error.byte > 0 ? error.byte - 1 : 0, text.size()));
        throw Error(file + ":" + std::to_string(1 + std::count(read.begin(), read.end(), '\n')) +
                    ": is not JSON from here on; allowed: a SONATA config");
    } catch (const nlohmann::json::exception&) {  // a number that is too large
        throw Error(file + ": holds a number that is too large; allowed: a SONATA config");
    }
}

JsonNode JsonNode::read(const std::filesystem::path& file) {
    constexpr std::size_t kLargest = std::size_t{64} << 20;  // node sets list ids
    const std::string name = file.string();
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error || !std::filesystem::exists(status)) throw Error(name + ": there is no such file");
    if (!std::filesystem::is_regular_file(status)) throw Error(name + ": is not a file");
    std::optional<std::string> text = izhi::detail::read_text_file(file, kLargest + 1);
    if (!text) throw Error(name + ": cannot be opened for reading");
    if (text->size() > kLargest) throw Error(name + ": has more than 64 MiB");
    return parse(*text, name);
}

JsonNode JsonNode::nothing(std::string file) { return parse("{}", std::move(file)); }

void JsonNode::fail(const std::string& what) const {
    throw Error(file_ + ": " + printable(shortened(path_, 200)) + (path_.empty() ? "" : " ") +
                printable(shortened(what, 500)));
}

bool JsonNode::is_object() const noexcept { return value_->is_object(); }
bool JsonNode::is_array() const noexcept { return value_->is_array(); }
bool JsonNode::is_text() const noexcept { return value_->is_string(); }
bool JsonNode::is_number() const noexcept { return value_->is_number(); }
bool JsonNode::is_boolean() const noexcept { return value_->is_boolean(); }

std::string JsonNode::shown() const {
    return shortened(value_->dump(-1, ' ', false, Json::error_handler_t::replace), 60);
}

std::optional<JsonNode> JsonNode::find(const std::string& key) const {
    if (!is_object()) fail("is " + shown() + "; allowed: an object, {...}");
    const auto found = value_->find(key);
    if (found == value_->end() || found->is_null()) return std::nullopt;
    return at(*found, key);
}

JsonNode JsonNode::require(const std::string& key, const std::string& allowed) const {
    if (auto value = find(key)) return std::move(*value);
    JsonNode missing = *this;
    missing.path_ += (path_.empty() ? "" : ".") + key;
    missing.fail("is missing; allowed: " + allowed);
}

std::vector<std::pair<std::string, JsonNode>> JsonNode::members() const {
    if (!is_object()) fail("is " + shown() + "; allowed: an object, {...}");
    std::vector<std::pair<std::string, JsonNode>> members;
    for (const auto& [key, value] : value_->items())
        if (!value.is_null()) members.emplace_back(key, at(value, key));
    return members;
}

std::vector<JsonNode> JsonNode::items() const {
    if (!is_array()) fail("is " + shown() + "; allowed: a list, [...]");
    std::vector<JsonNode> items;
    for (std::size_t i = 0; i < value_->size(); ++i) {
        items.push_back(*this);
        items.back().value_ = &(*value_)[i];
        items.back().path_ += "[" + std::to_string(i) + "]";
    }
    return items;
}

std::string JsonNode::text() const {
    if (!is_text()) fail("is " + shown() + "; allowed: a text");
    return value_->get<std::string>();
}

double JsonNode::number() const {
    if (!is_number()) fail("is " + shown() + "; allowed: a number");
    const double number = value_->get<double>();
    if (!std::isfinite(number)) fail("is " + shown() + "; allowed: a finite number");
    return number;
}

std::uint64_t JsonNode::whole() const {
    if (!value_->is_number_unsigned()) fail("is " + shown() + "; allowed: an integer, 0 or more");
    return value_->get<std::uint64_t>();
}

bool JsonNode::boolean() const {
    if (is_boolean()) return value_->get<bool>();
    if (is_number() && (number() == 0.0 || number() == 1.0)) return number() == 1.0;
    fail("is " + shown() + "; allowed: true, false");
}

}  // namespace izhi::io::detail
