// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The equations of the selected neuron, from its "neuron" message: its range of v, its nullclines, its units.

const kUsual = {model: 'simple', peak_mv: 30, b: 0.2, bias: 0};
const kPoints = 130;

/// The range of v to draw [mV], with room above the peak and below rest.
export function rangeOfV(neuron) {
    const {peak_mv, model, vr} = {...kUsual, ...neuron};
    const low = model === 'nine-parameter' ? Math.min(-90, 10 * Math.floor((vr - 20) / 10)) : -90;
    return {min: low, max: Math.max(40, 10 * Math.ceil((peak_mv + 5) / 10))};
}

/// Whether a step with this v had a spike. v comes as a single.
export function atPeak(neuron, v) { return v >= (neuron?.peak_mv ?? kUsual.peak_mv) - 1e-3; }

export function units(neuron) { return neuron?.model === 'nine-parameter' ? {u: 'pA', input: 'pA'} : {u: 'mV', input: 'mV/ms'}; }

/// The nullcline v' = 0 at the constant input, as points of u over v.
export function nullclineOfV(neuron) {
    const n = {...kUsual, ...neuron}, input = n.bias ?? 0, {min, max} = rangeOfV(neuron);
    const u = {
        'nine-parameter': (v) => n.k * (v - n.vr) * (v - n.vt),
        alt: (v) => 0.04 * v * v + 4.1 * v + 108,
    }[n.model] ?? ((v) => 0.04 * v * v + 5 * v + 140);
    return Array.from({length: kPoints + 1}, (_, i) => {
        const v = min + (max - min) * i / kPoints;
        return {x: v, y: u(v) + input};
    });
}

/// The nullcline u' = 0. @param low, high the range of u to draw: in one form the nullcline is vertical
export function nullclineOfU(neuron, low, high) {
    const n = {...kUsual, ...neuron}, {min, max} = rangeOfV(neuron);
    if (n.model === 'acc') return [low, high].map((u) => ({x: -65, y: u}));
    const rest = n.model === 'nine-parameter' ? n.vr : 0;
    return [min, max].map((v) => ({x: v, y: n.b * (v - rest)}));
}
