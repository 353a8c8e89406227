// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/isa.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>

#include "izhi/error.hpp"

namespace izhi {
namespace {

std::string available_names() {
    std::string names;
    for (const Isa isa : available_isas()) names += (names.empty() ? "" : ", ") + std::string(to_string(isa));
    return names;
}

}  // namespace

std::string_view to_string(Isa isa) noexcept { return simd::isa_name(isa); }

std::vector<Isa> available_isas() {
    std::vector<Isa> isas;
    std::copy_if(std::begin(simd::kIsas), std::end(simd::kIsas), std::back_inserter(isas), simd::available);
    return isas;
}

Isa isa_from_string(std::string_view name) {
    if (name == "auto") return Isa::automatic;
    for (const Isa isa : simd::kIsas) {
        if (name != simd::isa_name(isa)) continue;
        if (simd::available(isa)) return isa;
        throw Error(
            "option", "isa",
            "is " + std::string(name) + ", which this " + (simd::built_in(isa) ? "CPU" : "build") + " does not have",
            "auto, " + available_names());
    }
    throw Error("option", "isa", "is '" + std::string(name) + "'", "auto, " + available_names());
}

namespace detail {

const simd::Kernels& select_kernels(Isa isa) {
    if (isa == Isa::automatic) {
        const char* const wish = std::getenv("IZHI_ISA");
        if (!wish || !*wish) return *simd::kernels(simd::widest());
        try {
            isa = isa_from_string(wish);
        } catch (const Error& error) { throw Error("environment", "IZHI_ISA", error.problem(), error.allowed()); }
        if (isa == Isa::automatic) return *simd::kernels(simd::widest());
    }
    if (const simd::Kernels* const kernels = simd::kernels(isa)) return *kernels;
    throw Error("option", "isa", "is " + std::string(to_string(isa)) + ", which this CPU or build does not have",
                "auto, " + available_names());
}

}  // namespace detail
}  // namespace izhi
