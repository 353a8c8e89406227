// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Power spectra by Welch's method: overlapping segments; from each, its mean is subtracted, and a Hann window is applied.

/// A Fourier transform in place; the number of complex values is a power of two.
export function fft(real, imaginary) {
    const n = real.length;
    for (let i = 1, j = 0; i < n; ++i) {
        let bit = n >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j |= bit;
        if (i < j) {
            [real[i], real[j]] = [real[j], real[i]];
            [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
        }
    }
    for (let half = 1; half < n; half *= 2) {
        for (let k = 0; k < half; ++k) {
            const angle = -Math.PI * k / half, c = Math.cos(angle), s = Math.sin(angle);
            for (let a = k; a < n; a += 2 * half) {
                const b = a + half;
                const re = real[b] * c - imaginary[b] * s, im = real[b] * s + imaginary[b] * c;
                real[b] = real[a] - re;
                imaginary[b] = imaginary[a] - im;
                real[a] += re;
                imaginary[a] += im;
            }
        }
    }
}

/// values: samples `dt_s` apart. Returns {frequency_hz, power}, power per Hz in squares of the values' unit, one-sided;
/// null if there is less than one segment.
export function welch(values, dt_s, segment) {
    const hop = segment / 2, power = new Float64Array(segment / 2);
    const window = Float64Array.from({length: segment}, (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / segment));
    const energy = window.reduce((sum, w) => sum + w * w, 0);
    let segments = 0;
    for (let begin = 0; begin + segment <= values.length; begin += hop, ++segments) {
        const real = Float64Array.from(values.subarray(begin, begin + segment)), imaginary = new Float64Array(segment);
        const mean = real.reduce((sum, x) => sum + x, 0) / segment;
        for (let i = 0; i < segment; ++i) real[i] = (real[i] - mean) * window[i];
        fft(real, imaginary);
        for (let i = 0; i < power.length; ++i) power[i] += real[i] * real[i] + imaginary[i] * imaginary[i];
    }
    if (segments === 0) return null;
    return {
        frequency_hz: Float64Array.from(power, (_, i) => i / (segment * dt_s)),
        power: power.map((p) => 2 * p * dt_s / (energy * segments)),
        segments,
    };
}
