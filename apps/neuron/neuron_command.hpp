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
    /// How one run is computed; values that are not given are those of the neuron.
    struct Scheme {
        std::optional<Numerics> numerics{};
        std::optional<double> dt_ms{};
        std::optional<Precision> precision{};
    };
    std::string name;  ///< a cell type or a pattern; the regular spiking neuron of 2003 if empty
    std::optional<ModelForm> form{};
    std::optional<double> a{}, b{}, c{}, d{}, v0{}, u0{}, capacitance{}, k{}, vr{}, vt{}, vpeak{};
    std::vector<Current> currents{};  ///< summed; if there is none, that of the pattern, or a direct current
    Scheme scheme{};
    std::vector<Scheme> compare{};
    std::optional<double> duration_ms{};
    std::string duration_text{};  ///< as the user gave it, for errors
    std::optional<std::filesystem::path> csv{}, plot{};
    PictureStyle plot_style{};
    bool json = false;
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int run_single_neuron(const NeuronOptions& options);

}  // namespace izhi::apps
