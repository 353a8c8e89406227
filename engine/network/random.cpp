// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/random.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace izhi::detail {
namespace {

template <std::size_t N>
double polynomial(const double (&coefficients)[N], double x) noexcept {
    double sum = coefficients[N - 1];
    for (std::size_t i = N - 1; i-- > 0;) sum = sum * x + coefficients[i];
    return sum;
}

constexpr double kLn2High = 0x1.62e42fefa3800p-1;  // 40 bits, so that its product with an exponent is exact
constexpr double kLn2Low = 0x1.ef35793c76730p-45;

}  // namespace

double portable_log(double x) noexcept {
    auto bits = std::bit_cast<std::uint64_t>(x);
    int exponent = static_cast<int>(bits >> 52) - 1023;
    double m = std::bit_cast<double>((bits & 0xfffffffffffffull) | 0x3ff0000000000000ull);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        ++exponent;
    }
    // log m = 2 atanh(s), |s| < 0.172: thirteen terms leave less than 1e-17
    const double s = (m - 1.0) / (m + 1.0), z = s * s;
    double series = 0.0;
    for (int k = 12; k >= 1; --k) series = series * z + 1.0 / (2 * k + 1);
    const double e = exponent;
    return e * kLn2High + (2.0 * s + (2.0 * s * (z * series) + e * kLn2Low));
}

double portable_log1m(double p) noexcept {
    if (p > 0.01) return portable_log(1.0 - p);
    double series = 0.0;  // -(p + p^2/2 + p^3/3 + ...)
    for (int k = 9; k >= 1; --k) series = (series + 1.0 / k) * p;
    return -series;
}

double portable_exp_minus(double x) noexcept {
    double small = x;
    int squarings = 0;
    while (small > 0.125) {
        small *= 0.5;
        ++squarings;
    }
    double series = 1.0;  // exp(-small) by Taylor, 14 terms leave less than 1e-24
    for (int k = 14; k >= 1; --k) series = 1.0 - small / k * series;
    for (int i = 0; i < squarings; ++i) series *= series;
    return series;
}

double portable_exp(double x) noexcept {
    constexpr double most = 700.0;
    if (x > 0.0) return 1.0 / portable_exp_minus(std::min(x, most));
    return x < -most ? 0.0 : portable_exp_minus(-x);
}

double portable_sine(double x) noexcept {
    double turn = x - std::floor(x);  // in [0, 1)
    const double sign = turn < 0.5 ? 1.0 : -1.0;
    if (turn >= 0.5) turn -= 0.5;
    if (turn > 0.25) turn = 0.5 - turn;
    constexpr double two_pi = 6.283185307179586;
    const double angle = two_pi * turn, square = angle * angle;
    double series = 1.0;  // Taylor; up to pi / 2, ten terms leave less than 1e-16
    for (int k = 20; k >= 2; k -= 2) series = 1.0 - square / (k * (k + 1)) * series;
    return sign * angle * series;
}

double normal_quantile(double p) noexcept {
    const double q = p - 0.5;
    if (std::abs(q) <= 0.425) {
        static constexpr double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                                       1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                                       3.3430575583588128105e4, 2.5090809287301226727e3};
        static constexpr double b[] = {1.0,
                                       4.2313330701600911252e1,
                                       6.8718700749205790830e2,
                                       5.3941960214247511077e3,
                                       2.1213794301586595867e4,
                                       3.9307895800092710610e4,
                                       2.8729085735721942674e4,
                                       5.2264952788528545610e3};
        const double r = 0.180625 - q * q;
        return q * polynomial(a, r) / polynomial(b, r);
    }
    const double r = std::sqrt(-portable_log(q < 0.0 ? p : 1.0 - p));
    double tail = 0.0;
    if (r <= 5.0) {
        static constexpr double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                                       3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                                       2.27238449892691845833e-2, 7.74545014278341407640e-4};
        static constexpr double d[] = {1.0,
                                       2.05319162663775882187e0,
                                       1.67638483018380384940e0,
                                       6.89767334985100004550e-1,
                                       1.48103976427480074590e-1,
                                       1.51986665636164571966e-2,
                                       5.47593808499534494600e-4,
                                       1.05075007164441684324e-9};
        tail = polynomial(c, r - 1.6) / polynomial(d, r - 1.6);
    } else {
        static constexpr double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                                       2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                       2.71155556874348757815e-5, 2.01033439929228813265e-7};
        static constexpr double f[] = {1.0,
                                       5.99832206555887937690e-1,
                                       1.36929880922735805310e-1,
                                       1.48753612908506148525e-2,
                                       7.86869131145613259100e-4,
                                       1.84631831751005468180e-5,
                                       1.42151175831644588870e-7,
                                       2.04426310338993978564e-15};
        tail = polynomial(e, r - 5.0) / polynomial(f, r - 5.0);
    }
    return q < 0.0 ? -tail : tail;
}

}  // namespace izhi::detail
