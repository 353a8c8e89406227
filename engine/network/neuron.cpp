// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/neuron.hpp"

#include <array>

#include "izhi/network.hpp"

namespace izhi {
namespace {

constexpr std::array kNamedCellTypes{
    NamedCellType{"RS", "regular spiking", regular_spiking()},
    NamedCellType{"IB", "intrinsically bursting", intrinsically_bursting()},
    NamedCellType{"CH", "chattering", chattering()},
    NamedCellType{"FS", "fast spiking", fast_spiking()},
    NamedCellType{"LTS", "low-threshold spiking", low_threshold_spiking()},
    NamedCellType{"TC", "thalamo-cortical", thalamo_cortical()},
    NamedCellType{"RZ", "resonator", resonator()},
    NamedCellType{"excitatory-2003", "excitatory mix of the 2003 network, RS to CH", excitatory_2003()},
    NamedCellType{"inhibitory-2003", "inhibitory mix of the 2003 network, LTS to FS", inhibitory_2003()},
};

}  // namespace

std::span<const NamedCellType> named_cell_types() noexcept { return kNamedCellTypes; }

std::string_view to_string(Numerics numerics) noexcept {
    switch (numerics) {
        case Numerics::published: return "published";
        case Numerics::euler: return "euler";
        case Numerics::forward_euler: return "forward-euler";
        case Numerics::accurate: return "accurate";
    }
    return "?";
}

std::string_view to_string(Variable variable) noexcept {
    switch (variable) {
        case Variable::v: return "v";
        case Variable::u: return "u";
        case Variable::current: return "current";
        case Variable::excitatory: return "excitatory";
        case Variable::inhibitory: return "inhibitory";
        case Variable::synaptic_current: return "synaptic-current";
        case Variable::conductance: return "conductance";
        case Variable::short_term_u: return "short-term-u";
        case Variable::short_term_x: return "short-term-x";
    }
    return "?";
}

std::string_view kind_of(const SpikeSource& source) noexcept {
    return std::holds_alternative<PoissonSource>(source) ? "poisson" : "spikes";
}

std::string_view to_string(Interpolation interpolation) noexcept {
    return interpolation == Interpolation::linear ? "linear" : "held";
}

std::string_view to_string(NoiseLaw law) noexcept {
    return law == NoiseLaw::table ? "table" : law == NoiseLaw::exact ? "exact" : "uniform";
}

}  // namespace izhi
