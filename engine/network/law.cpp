// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/law.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// What an unbounded tail leaves out, see Distribution::kNoBound.
constexpr double kLeftOut = 0x1p-32;
constexpr double kLeastUnit = 0x1p-53, kMostUnit = 1.0 - 0x1p-53;  // of unit_interval()

/// The standard normal share beyond z >= 0.
double normal_tail(double z) noexcept {
    constexpr double root = 2.5066282746310002;  // sqrt(2 pi)
    if (z > 37.0) return 0.0;
    const double density = portable_exp_minus(z * z / 2) / root;
    if (z < 2.5) {  // 1/2 - density (z + z^3/3 + z^5/15 + ...): loses two digits at most
        double term = z, sum = z;
        for (int n = 3; term > 1e-18 * sum; n += 2) {
            term *= z * z / n;
            sum += term;
        }
        return 0.5 - density * sum;
    }
    double fraction = z;  // Laplace's continued fraction z + 1 / (z + 2 / (z + ...)), from its end
    for (int n = 120; n >= 1; --n) fraction = z + n / fraction;
    return density / fraction;
}

}  // namespace

// Stirling's series from 15 on.
double log_gamma(double x) noexcept {
    double product = 1.0;
    while (x < 15.0) {
        product *= x;
        x += 1.0;
    }
    constexpr double half_log_two_pi = 0.91893853320467274178;
    const double y = 1.0 / x, z = y * y;
    const double series = y * (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z * (1.0 / 1188)))));
    return (x - 0.5) * portable_log(x) - x + half_log_two_pi + series - portable_log(product);
}

StandardLaw::StandardLaw(Kind kind, double shape) : kind_(kind), shape_(shape) {
    if (kind == Kind::gamma) log_gamma_ = log_gamma(shape + 1.0);
}

double StandardLaw::share(double x, bool upper) const noexcept {
    if (x == kInfinity) return upper ? 0.0 : 1.0;
    if (kind_ == Kind::normal) {
        if (x == -kInfinity) return upper ? 1.0 : 0.0;
        const double tail = normal_tail(std::abs(x));
        return upper == (x > 0.0) ? tail : 1.0 - tail;
    }
    if (x <= 0.0) return upper ? 1.0 : 0.0;
    if (kind_ == Kind::exponential) {
        if (upper) return portable_exp(-x);
        return x < 1e-3 ? x * (1.0 - x / 2 * (1.0 - x / 3 * (1.0 - x / 4 * (1.0 - x / 5)))) : 1.0 - portable_exp(-x);
    }
    // x^shape e^-x / Gamma(shape + 1)
    const double front = portable_exp(shape_ * portable_log(x) - x - log_gamma_);
    if (x < shape_ + 1.0) {
        double term = 1.0, sum = 1.0;
        for (double n = shape_ + 1.0; term > 1e-17 * sum; n += 1.0) {
            term *= x / n;
            sum += term;
        }
        const double lower = std::min(front * sum, 1.0);
        return upper ? 1.0 - lower : lower;
    }
    // Lentz's form of the continued fraction of the upper function
    double b = x + 1.0 - shape_, c = 1e300, d = 1.0 / b, fraction = d;
    for (int n = 1; n < 100000; ++n) {
        const double a = -n * (n - shape_);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        const double step = c * d;
        fraction *= step;
        if (std::abs(step - 1.0) < 1e-15) break;
    }
    const double above = std::min(front * shape_ * fraction, 1.0);
    return upper ? above : 1.0 - above;
}

double StandardLaw::quantile(double p, bool upper) const noexcept {
    switch (kind_) {
        case Kind::normal: return upper ? -normal_quantile(p) : normal_quantile(p);
        case Kind::exponential: return upper ? -portable_log(p) : -portable_log1m(p);
        case Kind::gamma: break;
    }
    return p <= 0.5 ? gamma_quantile(p, upper) : gamma_quantile(1.0 - p, !upper);
}

double StandardLaw::gamma_quantile(double p, bool upper) const noexcept {
    // Newton's method for log share(e^y) = log p, which is concave in y: from the second step on it comes from one side.
    const double log_p = portable_log(p), z = upper ? -normal_quantile(p) : normal_quantile(p);
    const double root = 1.0 - 1.0 / (9.0 * shape_) + z / (3.0 * std::sqrt(shape_));  // Wilson and Hilferty
    double y = root > 0.2 ? portable_log(shape_ * root * root * root)
               : upper    ? portable_log(shape_)
                          : (log_p + log_gamma_) / shape_;  // the law's power at 0
    constexpr double least = -690.0;                     // what is smaller is 0 to any purpose
    if (!upper && (log_p + log_gamma_) / shape_ < least) return 0.0;
    for (int i = 0; i < 60; ++i) {
        const double x = portable_exp(y), at = share(x, upper);
        if (!(at > 0.0)) {
            y += upper ? -1.0 : 1.0;
            continue;
        }
        const double slope = shape_ * portable_exp(shape_ * y - x - log_gamma_) / at;  // x density / share
        const double step = (log_p - portable_log(at)) / (upper ? -slope : slope);
        y += std::clamp(step, -2.0, 2.0);
        if (std::abs(step) < 1e-13) break;
    }
    return portable_exp(y);
}

Law::Law(const Distribution& d) : distribution_(d), bounded_law_(has_tails(d.kind)) {
    if (!bounded_law_) return;
    using Kind = Distribution::Kind;
    if (d.kind == Kind::exponential) standard_ = StandardLaw(StandardLaw::Kind::exponential, 1.0);
    if (d.kind == Kind::gamma) standard_ = StandardLaw(StandardLaw::Kind::gamma, d.p0);
    falls_ = d.kind == Kind::lognormal     ? d.factor < 0.0
             : d.kind == Kind::exponential ? d.p0 < 0.0
             : d.kind == Kind::gamma       ? d.p1 < 0.0
                                           : false;
    const bool low_open = !(d.p2 > -kInfinity), high_open = !(d.p3 < kInfinity);
    const double low = standard_of(falls_ ? d.p3 : d.p2), high = standard_of(falls_ ? d.p2 : d.p3);
    const bool open_above = falls_ ? low_open : high_open;
    const bool point = (d.kind == Kind::normal || d.kind == Kind::lognormal) && d.p1 == 0.0;
    if (point) {
        const double value = value_of(0.0);
        kept_ = value >= d.p2 && value <= d.p3 ? 1.0 : 0.0;
        return;
    }
    upper_ = d.tails == Distribution::Tails::redraw && standard_.share(low, false) > 0.5;
    const double begin = standard_.share(upper_ ? high : low, upper_),
                 end = standard_.share(upper_ ? low : high, upper_);
    kept_ = std::max(end - begin, 0.0);
    if (d.tails == Distribution::Tails::clip) {
        if (open_above) width_ = 1.0 - kLeftOut;
        return;
    }
    from_ = begin;
    width_ = kept_;
    if (open_above) {
        if (upper_) from_ += kLeftOut * width_;
        width_ *= 1.0 - kLeftOut;
    }
}

double Law::value_of(double x) const noexcept {
    const Distribution& d = distribution_;
    switch (d.kind) {
        case Distribution::Kind::lognormal: return d.factor * portable_exp(d.p0 + d.p1 * x);
        case Distribution::Kind::exponential: return d.p0 * x;
        case Distribution::Kind::gamma: return d.p1 * x;
        default: return d.p0 + d.p1 * x;
    }
}

double Law::standard_of(double value) const noexcept {
    const Distribution& d = distribution_;
    if (value == kInfinity || value == -kInfinity) {
        const bool above = (value > 0.0) != falls_;
        return above ? kInfinity : -kInfinity;
    }
    if (d.kind == Distribution::Kind::lognormal) {
        const double ratio = value / d.factor;
        return ratio > 0.0 ? (portable_log(ratio) - d.p0) / d.p1 : -kInfinity;
    }
    if (d.kind == Distribution::Kind::exponential) return value / d.p0;
    if (d.kind == Distribution::Kind::gamma) return value / d.p1;
    return (value - d.p0) / d.p1;
}

double Law::draw(double r, double unit) const noexcept {
    const Distribution& d = distribution_;
    if (bounded_law_) {
        if (d.p1 == 0.0 && (d.kind == Distribution::Kind::normal || d.kind == Distribution::Kind::lognormal))
            return std::clamp(value_of(0.0), d.p2, d.p3);
        return std::clamp(value_of(standard_.quantile(from_ + width_ * unit, upper_)), d.p2, d.p3);
    }
    switch (d.kind) {
        case Distribution::Kind::uniform: return d.p0 + (d.p1 - d.p0) * unit;
        case Distribution::Kind::shared: return d.p0 + d.p1 * r + d.p2 * (r * r);
        default: return d.p0;  // spread is of synapses only, by their number; rest of the start only
    }
}

double Law::lowest() const noexcept {
    const Distribution& d = distribution_;
    if (!bounded_law_) return d.p0;
    if (d.kind == Distribution::Kind::normal && d.tails == Distribution::Tails::clip) return d.p2;
    return std::min(draw(0.0, kLeastUnit), draw(0.0, kMostUnit));
}

double Law::highest() const noexcept {
    const Distribution& d = distribution_;
    if (d.kind == Distribution::Kind::uniform || d.kind == Distribution::Kind::spread) return d.p1;
    if (!bounded_law_) return d.p0;
    if (d.kind == Distribution::Kind::normal && d.tails == Distribution::Tails::clip) return d.p3;
    return std::max(draw(0.0, kLeastUnit), draw(0.0, kMostUnit));
}

double Law::below(double value) const noexcept {
    const Distribution& d = distribution_;
    if (value <= d.p2) return 0.0;
    if (value > d.p3) return 1.0;
    if (d.p1 == 0.0 && d.kind != Distribution::Kind::exponential)
        return std::clamp(value_of(0.0), d.p2, d.p3) < value ? 1.0 : 0.0;
    const double x = standard_of(value), share = standard_.share(x, upper_);
    const double drawn = std::clamp((share - from_) / width_, 0.0, 1.0);
    return falls_ == upper_ ? drawn : 1.0 - drawn;
}

}  // namespace izhi::detail

namespace izhi {

Distribution lognormal_of_mean(double mean, double stddev) {
    const double ratio = stddev / mean, square = detail::portable_log(1.0 + ratio * ratio);
    Distribution d = lognormal(detail::portable_log(mean < 0.0 ? -mean : mean) - square / 2, std::sqrt(square));
    if (mean < 0.0) d.factor = -1.0;
    return d;
}

}  // namespace izhi
