// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apps/plot/sheet.hpp"
#include "izhi/single_neuron.hpp"

/// The picture of `izhi neuron --plot`.
namespace izhi::apps {

/// A curve with at most about `most` points. A longer curve is divided into pieces, and the lowest and the highest
/// sample of each piece remain, in their order, so that no spike is lost.
[[nodiscard]] Points thinned(const std::vector<double>& x, const std::vector<double>& y, std::size_t most);

/// The names of the panels, for files of their data.
inline constexpr std::array<std::string_view, 4> kNeuronPanels{"v", "u", "input", "phase-plane"};

struct NeuronPicture {
    std::string title, facts;
    std::vector<NeuronRun> runs{};
    std::vector<NeuronTrace> traces{};
    std::vector<std::string> labels{};  ///< labels of the runs
    std::string current_unit, recovery_unit;
};

/// Draws v, u and I over time, and the phase plane with nullclines and trajectories. @return the picture and the files
/// of its data @throws RunError
std::vector<std::filesystem::path> draw_neuron(const NeuronPicture& picture, const std::filesystem::path& file,
                                               const PictureStyle& style = {});

}  // namespace izhi::apps
