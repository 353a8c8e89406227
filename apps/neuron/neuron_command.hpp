// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/plot/picture_style.hpp"
#include "izhi/single_neuron.hpp"

namespace izhi::apps {

struct NeuronOptions {
    /// How one run is computed; what is not given is the neuron's own.
    struct Scheme {
        std::optional<Numerics> numerics{};
        std::optional<double> dt_ms{};
        std::optional<Precision> precision{};
    };
    std::string name;  ///< a cell type or a pattern; the regular spiking neuron of 2003 if empty
    std::optional<ModelForm> form{};
    std::optional<double> a{}, b{}, c{}, d{}, v0{}, u0{}, capacitance{}, k{}, vr{}, vt{}, vpeak{};
    std::vector<Current> currents{};  ///< summed; the pattern's own, or a direct current, if there is none
    Scheme scheme{};
    std::vector<Scheme> compare{};
    std::optional<double> duration_ms{};
    std::string duration_text{};  ///< as given, for errors
    std::optional<std::filesystem::path> csv{}, plot{};
    PictureStyle plot_style{};
    bool json = false;
};

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int run_single_neuron(const NeuronOptions& options);

}  // namespace izhi::apps
