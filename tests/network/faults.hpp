// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// A description with one of everything, and what an error says where it is spoilt: what the tests of validation share.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"

namespace izhi::test {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInf = std::numeric_limits<double>::infinity();

/// A valid description with one item of each kind. Tests damage it.
struct Parts {
    NetworkSpec network{.name = "good", .seed = 1};
    PopulationSpec exc{.name = "exc", .size = 80}, inh{.name = "inh", .size = 20};
    ProjectionSpec projection{.name = "wires", .rule = fixed_outdegree(5), .weight = 1.0};
    Selection source = PopulationId{0}, target = everyone;
    StimulusSpec stimulus{.name = "jolt", .stimulus = DirectCurrent{.amplitude = 1.0}};
    Selection stimulated = PopulationId{1};
    TraceSpec trace{.name = "probe", .population = {0}, .neurons = {0, 79}};
    std::optional<std::vector<PopulationId>> recorded{};

    [[nodiscard]] Network build() const {
        NetworkBuilder net{network};
        net.add_population(exc);
        net.add_population(inh);
        net.connect(source, target, projection);
        net.stimulate(stimulated, stimulus);
        net.record_trace(trace);
        if (recorded) net.restrict_spike_recording(*recorded);
        return net.build();
    }
};

/// What is spoilt, and what the error says.
struct BuilderFault {
    std::function<void(Parts&)> spoil;
    const char *subject, *field, *problem, *allowed;
};

inline void check(const std::vector<BuilderFault>& faults) {
    for (std::size_t i = 0; i < faults.size(); ++i) {
        const BuilderFault& fault = faults[i];
        CAPTURE(i);
        Parts parts;
        CHECK_NOTHROW((void)parts.build());
        fault.spoil(parts);
        std::optional<Error> error;
        try {
            (void)parts.build();
        } catch (const Error& caught) { error = caught; }
        CAPTURE(fault.subject);
        CAPTURE(fault.field);
        CAPTURE(fault.problem);
        REQUIRE_MESSAGE(error.has_value(),
                        "was accepted: " << fault.subject << '.' << fault.field << ' ' << fault.problem);
        const std::string what = error->what();
        CAPTURE(what);
        CHECK(error->subject() == fault.subject);
        CHECK(error->field() == fault.field);
        CHECK(error->problem().find(fault.problem) != std::string::npos);
        CHECK(error->allowed().find(fault.allowed) != std::string::npos);
        // the sentence holds all of it, in one line
        CHECK(what.find(fault.subject) == 0);
        CHECK(what.find(error->problem()) != std::string::npos);
        CHECK(what.find(error->allowed()) != std::string::npos);
        CHECK(what.find('\n') == std::string::npos);
    }
}

/// What a callable throws as Error; empty if nothing.
template <class Call>
std::string fault_of(const Call& call) {
    try {
        call();
    } catch (const Error& error) { return error.what(); }
    return {};
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace izhi::test
