// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/isa.hpp"

#include <cstdlib>
#include <string>

#include "izhi/error.hpp"

namespace izhi {
namespace {

constexpr Isa from_id(simd::IsaId id) {
    switch (id) {
        case simd::IsaId::scalar: return Isa::scalar;
        case simd::IsaId::sse42: return Isa::sse42;
        case simd::IsaId::avx2: return Isa::avx2;
        case simd::IsaId::avx512: return Isa::avx512;
        case simd::IsaId::neon: return Isa::neon;
    }
    return Isa::scalar;
}

std::string available_names() {
    std::string names;
    for (const Isa isa : available_isas()) names += (names.empty() ? "" : ", ") + std::string(to_string(isa));
    return names;
}

}  // namespace

std::string_view to_string(Isa isa) noexcept {
    if (isa == Isa::automatic) return "auto";
    for (int i = 0; i < simd::kIsaCount; ++i)
        if (from_id(static_cast<simd::IsaId>(i)) == isa) return simd::isa_name(static_cast<simd::IsaId>(i));
    return "?";
}

std::vector<Isa> available_isas() {
    std::vector<Isa> isas;
    for (int i = 0; i < simd::kIsaCount; ++i)
        if (simd::available(static_cast<simd::IsaId>(i))) isas.push_back(from_id(static_cast<simd::IsaId>(i)));
    return isas;
}

Isa isa_from_string(std::string_view name) {
    if (name == "auto") return Isa::automatic;
    for (int i = 0; i < simd::kIsaCount; ++i) {
        const auto id = static_cast<simd::IsaId>(i);
        if (name != simd::isa_name(id)) continue;
        if (simd::available(id)) return from_id(id);
        throw Error(
            "option", "isa",
            "is " + std::string(name) + ", which this " + (simd::built_in(id) ? "CPU" : "build") + " does not have",
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
    for (int i = 0; i < simd::kIsaCount; ++i) {
        const auto id = static_cast<simd::IsaId>(i);
        if (from_id(id) != isa) continue;
        if (const simd::Kernels* const kernels = simd::kernels(id)) return *kernels;
    }
    throw Error("option", "isa", "is " + std::string(to_string(isa)) + ", which this CPU or build does not have",
                "auto, " + available_names());
}

Isa isa_of(const simd::Kernels& kernels) noexcept { return from_id(kernels.id); }

}  // namespace detail
}  // namespace izhi
