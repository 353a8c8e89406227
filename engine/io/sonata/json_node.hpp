// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace izhi::io::detail {

/// A value of a JSON text with its place, for messages: "sim.json: inputs.lgn.module is 5; allowed: a text". Values keep their
/// document alive.
class JsonNode {
public:
    /// @throws Error "FILE:LINE: ..." if it is not JSON
    [[nodiscard]] static JsonNode parse(std::string_view text, std::string file);
    /// @throws Error also if the file cannot be read or is too long for what is written by hand
    [[nodiscard]] static JsonNode read(const std::filesystem::path& file);
    /// An object without members, for what a file does not have.
    [[nodiscard]] static JsonNode nothing(std::string file);

    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// @throws Error "FILE: PATH WHAT"
    [[noreturn]] void fail(const std::string& what) const;

    [[nodiscard]] bool is_object() const noexcept;
    [[nodiscard]] bool is_array() const noexcept;
    [[nodiscard]] bool is_text() const noexcept;
    [[nodiscard]] bool is_number() const noexcept;
    [[nodiscard]] bool is_boolean() const noexcept;
    /// The value as JSON, shortened, for messages.
    [[nodiscard]] std::string shown() const;

    /// A member of an object; null counts as absent. @throws Error if this is no object
    [[nodiscard]] std::optional<JsonNode> find(const std::string& key) const;
    [[nodiscard]] JsonNode require(const std::string& key, const std::string& allowed) const;
    /// Of an object, in the order of the text, without those that are null.
    [[nodiscard]] std::vector<std::pair<std::string, JsonNode>> members() const;
    [[nodiscard]] std::vector<JsonNode> items() const;  ///< of an array

    [[nodiscard]] std::string text() const;     ///< @throws Error if it is none, like the others
    [[nodiscard]] double number() const;        ///< finite
    [[nodiscard]] bool boolean() const;         ///< also 0 and 1
    [[nodiscard]] std::uint64_t whole() const;  ///< 0 or more

private:
    using Json = nlohmann::ordered_json;
    JsonNode(std::shared_ptr<const Json> document, const Json* value, std::string file, std::string path);
    [[nodiscard]] JsonNode at(const Json& value, std::string path) const;

    std::shared_ptr<const Json> document_;
    const Json* value_;
    std::string file_, path_;
};

}  // namespace izhi::io::detail
