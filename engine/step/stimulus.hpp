// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/network/plan.hpp"
#include "engine/step/layout.hpp"
#include "simd/kernels.hpp"

namespace izhi::detail {

/// Where a step lies among the samples of a waveform.
struct SamplePlace {
    bool inside = false;
    std::size_t row = 0;
    double later = 0.0;  ///< share of the way to the next row, if it interpolates
};
[[nodiscard]] SamplePlace place_of(const Waveform& wave, std::uint64_t step, double dt_ms) noexcept;
/// The value there. @param neuron counted from the first of the target
[[nodiscard]] double sample_of(const Waveform& wave, const SamplePlace& place, std::uint32_t neuron) noexcept;

/// The stimuli of a network, ready to be added to the input of a block. What a stimulus adds is a pure function of
/// (seed, stimulus, neuron, step). Those that act like synapses with dynamics are added to what arrives for their channel.
class Stimuli {
public:
    Stimuli(const Plan& plan, const std::vector<Block>& blocks, const simd::Kernels& kernels);

    /// Whether any stimulus of a channel ever reaches a block; channel 0 is the input current itself. Buffers that are apart
    /// have some of the same stimuli once more.
    [[nodiscard]] bool reaches(std::uint32_t block, std::size_t buffer) const noexcept {
        const std::vector<std::uint32_t>& offsets = buffers_[buffer].offsets;
        return offsets[block] != offsets[block + 1];
    }
    /// Adds what reaches block `index` through a channel in the step from step * dt to (step + 1) * dt, in the order of the
    /// description.
    void add(std::uint32_t index, std::size_t buffer, const Block& block, std::uint64_t step,
             float* into) const noexcept;

private:
    struct Source {
        Stimulus stimulus;
        Range neurons;                         ///< over the network
        std::uint32_t channel = 0;             ///< the noise of an Ornstein-Uhlenbeck process has one, its mean another
        std::optional<std::uint32_t> shown{};  ///< StimulusPlan
        std::vector<double> arrivals;          ///< by population: what one arrival adds
        std::vector<std::uint32_t> thresholds;  ///< poisson: more words than thresholds[k] mean more than k arrivals
        std::size_t usual_thresholds = 0;       ///< the others are reached by few
        std::vector<std::uint64_t> steps;       ///< of spikes, sorted
        /// Ornstein-Uhlenbeck: the first arrival brings the stationary law, the others what decays in a step.
        float first_scale = 0.0f, scale = 0.0f;
        std::uint32_t number = 0;
        /// The current of every neuron in a step, for stimuli that give all neurons the same; without the spikes in
        /// `arrivals`.
        [[nodiscard]] float amplitude(double t_ms, double dt_ms) const noexcept;
        [[nodiscard]] float arrived(std::uint64_t step, std::uint32_t population) const noexcept;
    };
    /// Lanes of a block that a source reaches, and when.
    struct Target {
        const Block& block;
        Range lanes;
        std::uint64_t step;
        double t_ms;
        float* into;
    };
    struct Buffer {
        std::vector<std::uint32_t> offsets, reaching;  ///< sources of each block
    };
    void make_arrivals(Source& source, const Plan& plan) const;
    void make_steps(Source& source, const Plan& plan) const;
    /// Calls a kernel that adds to whole blocks for some lanes of one.
    template <class AddTo>
    static void add_to_lanes(const Target& target, const AddTo& add_to) noexcept;
    void add_poisson(const Source& source, const PoissonTrains& poisson, const Target& target) const noexcept;
    void add_random(const Source& source, const RandomNeurons& random, const Target& target) const noexcept;
    void add_fluctuations(const Source& source, const OrnsteinUhlenbeck& ou, const Target& target) const noexcept;
    void add_samples(const Source& source, const Waveform& wave, const Target& target) const noexcept;

    const simd::Kernels& kernels_;
    std::vector<Source> sources_;
    std::vector<Buffer> buffers_;
    double dt_ms_;
    std::uint64_t seed_;
};

}  // namespace izhi::detail
