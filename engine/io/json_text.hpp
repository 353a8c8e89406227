// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace izhi::io::detail {

/// A value of JSON, as it is written: members of objects keep their order.
class JsonValue {
public:
    using List = std::vector<JsonValue>;
    using Object = std::vector<std::pair<std::string, JsonValue>>;

    JsonValue() : data_(Object{}) {}
    // NOLINTBEGIN(google-explicit-constructor): a value of JSON reads like the value that it is
    JsonValue(bool flag) : data_(flag) {}
    JsonValue(double number) : data_(number) {}
    template <std::integral Integer>
    requires(!std::same_as<Integer, bool>) JsonValue(Integer number) : data_(static_cast<std::int64_t>(number)) {}
    JsonValue(std::string text) : data_(std::move(text)) {}
    JsonValue(const char* text) : data_(std::string(text)) {}
    JsonValue(List list) : data_(std::move(list)) {}
    // NOLINTEND(google-explicit-constructor)

    /// Adds a member to an object.
    JsonValue& add(std::string name, JsonValue value);
    /// The text, with an indentation of two spaces; lists of plain values are in one line. Numbers read back as the same
    /// bits.
    [[nodiscard]] std::string text() const;

private:
    [[nodiscard]] bool plain() const noexcept;
    void append(std::string& to, std::size_t depth) const;

    std::variant<bool, double, std::int64_t, std::string, List, Object> data_;
};

}  // namespace izhi::io::detail
