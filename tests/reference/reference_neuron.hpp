// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <stdexcept>

#include "izhi/neuron.hpp"

namespace izhi::test {

/// One neuron in double precision, written from the equations and sharing nothing with the engine: what single precision
/// and vector code are measured against.
struct ReferenceNeuron {
    double v = -65.0, u = 0.0;  ///< [mV]
    double a = 0.02, b = 0.2, c = -65.0, d = 8.0;

    /// A step of dt under a constant input; whether the neuron fired, and if so it was reset.
    bool step(Numerics numerics, double input, double dt_ms) {
        switch (numerics) {
            case Numerics::published:
                v += dt_ms / 2 * slope_v(v, u, input);
                v += dt_ms / 2 * slope_v(v, u, input);
                u += dt_ms * slope_u(v, u);
                return reset_above_threshold();
            case Numerics::euler:
                v += dt_ms * slope_v(v, u, input);
                u += dt_ms * slope_u(v, u);
                return reset_above_threshold();
            case Numerics::forward_euler: {
                const double old_v = v;
                v += dt_ms * slope_v(v, u, input);
                u += dt_ms * slope_u(old_v, u);
                return reset_above_threshold();
            }
            case Numerics::accurate: return step_accurate(input, dt_ms);
        }
        return false;
    }

private:
    static double slope_v(double v, double u, double input) { return 0.04 * v * v + 5.0 * v + 140.0 - u + input; }
    double slope_u(double v_now, double u_now) const { return a * (b * v_now - u_now); }

    bool reset_above_threshold() {
        if (v < 30.0) return false;
        v = c;
        u += d;
        return true;
    }

    /// Classical Runge-Kutta over h.
    ReferenceNeuron after(double h, double input) const {
        const double v1 = slope_v(v, u, input), u1 = slope_u(v, u);
        const double v2 = slope_v(v + h / 2 * v1, u + h / 2 * u1, input), u2 = slope_u(v + h / 2 * v1, u + h / 2 * u1);
        const double v3 = slope_v(v + h / 2 * v2, u + h / 2 * u2, input), u3 = slope_u(v + h / 2 * v2, u + h / 2 * u2);
        const double v4 = slope_v(v + h * v3, u + h * u3, input), u4 = slope_u(v + h * v3, u + h * u3);
        ReferenceNeuron next = *this;
        next.v += h / 6 * (v1 + 2 * v2 + 2 * v3 + v4);
        next.u += h / 6 * (u1 + 2 * u2 + 2 * u3 + u4);
        return next;
    }

    /// Sub-steps of 0.002 ms; the moment of the crossing by bisection.
    bool step_accurate(double input, double dt_ms) {
        const int substeps = static_cast<int>(std::lround(dt_ms / 0.002));
        const double h = dt_ms / substeps;
        bool fired = false;
        for (int s = 0; s < substeps; ++s) {
            ReferenceNeuron next = after(h, input);
            if (next.v >= 30.0) {
                if (fired)
                    throw std::logic_error("the reference neuron fired twice in a step, which the engine does not do");
                fired = true;
                double below = 0.0, above = h;
                for (int i = 0; i < 40; ++i) {
                    const double middle = (below + above) / 2;
                    (after(middle, input).v >= 30.0 ? above : below) = middle;
                }
                next = after(above, input);
                next.v = c;
                next.u += d;
                next = next.after(h - above, input);
            }
            *this = next;
        }
        return fired;
    }
};

}  // namespace izhi::test
