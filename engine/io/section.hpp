// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faults.hpp"
#include "izhi/neuron.hpp"
#include "toml_document.hpp"

namespace izhi::io::detail {

/// Typed access to one table of a network file. Every key that is read counts as known; refuse_unknown() then reports
/// all others. Faults are collected, and the default replaces a wrong value, so that reading continues.
class Section {
public:
    /// @param subject "population.exc", as in izhi::Error. All arguments outlive the section.
    Section(const TomlValue& table, int line, std::string subject, Faults& faults, SourceMap& map);

    [[nodiscard]] const std::string& subject() const noexcept { return subject_; }
    [[nodiscard]] int line() const noexcept { return line_; }
    [[nodiscard]] bool has(std::string_view key) const noexcept { return entry(key) != nullptr; }

    /// Whether the key was read before.
    [[nodiscard]] bool knows(std::string_view key) const noexcept;

    /// The value of a key, or nullptr. The key is known from now on.
    const TomlValue* find(const std::string& key);
    /// Like find(), with a fault if the key is missing. @param allowed the allowed values
    const TomlValue* require(const std::string& key, const std::string& allowed);

    [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise);
    [[nodiscard]] double number(const std::string& key, double otherwise);
    /// Reads a number into `value`, which keeps what it has if the key is not given or wrong.
    void read(const std::string& key, double& value) { value = number(key, value); }
    [[nodiscard]] bool flag(const std::string& key, bool otherwise);
    [[nodiscard]] std::uint64_t integer(const std::string& key, std::uint64_t otherwise,
                                        std::uint64_t largest = std::numeric_limits<std::uint32_t>::max(),
                                        std::uint64_t least = 0);
    /// One of several words; a fault suggests the nearest.
    [[nodiscard]] std::string word(const std::string& key, const std::vector<std::string>& words,
                                   const std::string& otherwise);
    [[nodiscard]] std::vector<double> numbers(const std::string& key);

    /// Adds a fault if the key is given, because it belongs to another choice: "goes with rule = "fixed-indegree"".
    void refuse(const std::string& key, const std::string& why);
    void refuse_unknown();

    /// Adds a fault of a field (empty: of the section) at the line of that field, or at `line` if given.
    void fault(const std::string& field, const std::string& problem, const std::string& allowed = {}, int line = 0);

    [[nodiscard]] Faults& faults() const noexcept { return *faults_; }
    [[nodiscard]] SourceMap& map() const noexcept { return *map_; }

private:
    [[nodiscard]] const TomlEntry* entry(std::string_view key) const noexcept;

    const TomlValue::Table* table_;
    int line_;
    std::string subject_;
    Faults* faults_;
    SourceMap* map_;
    std::vector<std::string> known_;
};

/// One value of an enumeration, by the names of to_string().
template <class Enum>
[[nodiscard]] Enum read_choice(Section& section, const std::string& key, Enum otherwise,
                               std::initializer_list<Enum> values) {
    std::vector<std::string> names;
    for (const Enum value : values) names.emplace_back(to_string(value));
    const std::string chosen = section.word(key, names, std::string(to_string(otherwise)));
    for (const Enum value : values) {
        if (to_string(value) == chosen) return value;
    }
    return otherwise;
}

/// The use of a distribution, which decides the forms that are allowed.
enum class DistributionUse {
    neuron,  ///< allows `shared`
    weight,  ///< allows `scale`
    delay,   ///< allows `spread`
};

/// Reads a number, or a table such as { uniform = [0, 5] }.
[[nodiscard]] Distribution read_distribution(Section& section, const std::string& key, const Distribution& otherwise,
                                             DistributionUse use);

/// A finite number from an integer or a floating-point value.
[[nodiscard]] std::optional<double> finite_number(const TomlValue& value);
/// An integer in [0, largest].
[[nodiscard]] std::optional<std::uint64_t> whole_number(const TomlValue& value, std::uint64_t largest);

}  // namespace izhi::io::detail
