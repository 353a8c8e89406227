// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "perf/cost/operations.hpp"

#include <array>

#include "perf/cost/counting.hpp"
#include "perf/hodgkin_huxley/body.hpp"
#include "simd/body_update.hpp"

namespace izhi::perf {

OperationCounts count_operations() {
    using V = CountingVocabulary;
    HodgkinHuxleyState<V> state{V::F(-65.0f), V::F(0.05f), V::F(0.6f), V::F(0.32f)};
    counted_operations = 0;
    (void)hodgkin_huxley_step<V>(state, V::F(10.0f), V::F(0.01f));
    const double step = static_cast<double>(counted_operations);

    std::array<float, 64> v{}, u{}, current{};
    v.fill(-65.0f);
    u.fill(-13.0f);
    std::uint64_t fired = 0;
    izhi::simd::UpdateArgs args{};
    args.v = v.data();
    args.u = u.data();
    args.current = current.data();
    args.count = v.size();
    args.uniform_a = 0.02f;
    args.uniform_b = 0.2f;
    args.dt = 1.0f;
    args.fired = &fired;
    counted_operations = 0;
    update_published<V>(args);
    return {step / kHodgkinHuxleyStepMs, static_cast<double>(counted_operations) / static_cast<double>(v.size())};
}

}  // namespace izhi::perf
