// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "izhi/neuron.hpp"

/// Distributions as laws of numbers: their quantiles, shares and extremes. From + - * /, square roots and the functions of
/// random.hpp only, so a draw is the same number on every machine.
namespace izhi::detail {

/// Log of the gamma function of x >= 1, error of the function below 1e-14 of it.
[[nodiscard]] double log_gamma(double x) noexcept;

/// The laws that a standard variable x may have.
class StandardLaw {
public:
    enum class Kind { normal, exponential, gamma };
    StandardLaw() = default;
    StandardLaw(Kind kind, double shape);
    /// The probability of a value below x, or with `upper` above x: each accurate where it is small.
    [[nodiscard]] double share(double x, bool upper) const noexcept;
    /// The x whose share is p, 0 < p < 1. Relative errors: normal 1e-15, exponential 1e-15, gamma 1e-11.
    [[nodiscard]] double quantile(double p, bool upper) const noexcept;

private:
    [[nodiscard]] double gamma_quantile(double p, bool upper) const noexcept;

    Kind kind_ = Kind::normal;
    double shape_ = 1.0, log_gamma_ = 0.0;  ///< gamma; log of the gamma function of shape + 1
};

/// A distribution made ready for many draws. A draw is a monotone function of its unit: redrawn tails are the quantile of
/// the truncated law, and no loop is needed.
class Law {
public:
    Law() : Law(Distribution{}) {}
    /// @param distribution one that Check::distribution() accepts, or of a law whose bounds hold nothing (see kept())
    Law(const Distribution& distribution);  // NOLINT(google-explicit-constructor)

    [[nodiscard]] const Distribution& distribution() const noexcept { return distribution_; }
    /// A value. @param r the neuron's shared draw @param unit in (0, 1)
    [[nodiscard]] double draw(double r, double unit) const noexcept;
    /// The smallest and the largest value that is drawn, by unit_interval(). Not of `shared`. A normal law that is clipped
    /// has its bounds, even those that no draw reaches.
    [[nodiscard]] double lowest() const noexcept;
    [[nodiscard]] double highest() const noexcept;
    /// The share of values below a number. Of normal, lognormal, exponential and gamma.
    [[nodiscard]] double below(double value) const noexcept;
    /// The share of the unbounded law that lies within the bounds.
    [[nodiscard]] double kept() const noexcept { return kept_; }

private:
    [[nodiscard]] double value_of(double x) const noexcept;  ///< of the standard variable
    [[nodiscard]] double standard_of(double value) const noexcept;

    Distribution distribution_;
    StandardLaw standard_;
    bool bounded_law_ = false;         ///< normal, lognormal, exponential or gamma
    bool falls_ = false;               ///< values fall as the standard variable grows
    bool upper_ = false;               ///< shares are counted from above
    double from_ = 0.0, width_ = 1.0;  ///< shares of the standard variable that are drawn
    double kept_ = 1.0;
};

/// A normal law with its tails set to its bounds.
[[nodiscard]] constexpr bool is_clipped_normal(const Distribution& d) noexcept {
    return d.kind == Distribution::Kind::normal && d.tails == Distribution::Tails::clip;
}

/// Whether a distribution is one of the laws that Law::below() knows.
[[nodiscard]] constexpr bool has_tails(Distribution::Kind kind) noexcept {
    using Kind = Distribution::Kind;
    return kind == Kind::normal || kind == Kind::lognormal || kind == Kind::exponential || kind == Kind::gamma;
}

}  // namespace izhi::detail
