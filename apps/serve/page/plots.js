// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The curves, drawn by Chart.js.

import {atPeak, nullclineOfU, nullclineOfV, rangeOfV, units} from './model.js';
import {welch} from './spectrum.js';

const kPoints = 240;

function axis(title, more = {}) {
    const {ticks, ...rest} = more;
    return {type: 'linear', title: {display: true, text: title, padding: 1}, ticks: {maxRotation: 0, autoSkipPadding: 12, ...ticks}, ...rest};
}

function chart(canvas, scales, datasets, legend = false) {
    return new Chart(canvas, {
        type: 'line',
        data: {datasets: datasets.map((dataset) => ({
            data: [], pointRadius: 0, borderWidth: 1.5, tension: 0, spanGaps: false, ...dataset}))},
        options: {
            animation: false, parsing: false, normalized: true, maintainAspectRatio: false, events: [],
            plugins: {legend: {display: legend, align: 'end', labels: {boxWidth: 14, boxHeight: 1, padding: 8}}, tooltip: {enabled: false}},
            layout: {padding: {top: 2, right: 6}}, scales,
        },
    });
}

export class Plots {
    constructor() { this.charts = []; }

    begin(hello, colours) {
        for (const one of this.charts) one.destroy();
        this.hello = hello;
        Chart.defaults.font.family = 'system-ui, sans-serif';
        Chart.defaults.font.size = 11;
        Chart.defaults.color = colours.quiet;
        Chart.defaults.borderColor = colours.line;
        const curves = hello.populations.map((population, index) =>
            ({label: population.name, borderColor: colours.css[index % colours.css.length]}));
        this.rates = chart(document.getElementById('rates'), {
            x: axis('time [s]', {ticks: {callback: (value) => value.toFixed(2)}}),
            y: axis('rate [Hz]', {beginAtZero: true, grace: '5%'})}, curves);
        this.spectrum = chart(document.getElementById('spectrum'), {
            x: axis('frequency [Hz]', {min: 0, max: Math.min(150, 500 / hello.dt_ms)}),
            y: {...axis('power [Hz² per Hz]', {ticks: {callback: decade}}), type: 'logarithmic'}}, curves);
        this.trace = chart(document.getElementById('trace'), {
            x: axis('time [s]', {ticks: {callback: (value) => value.toFixed(2)}}),
            v: axis('v [mV]', {position: 'left', min: -90, max: 40}),
            u: axis('u [mV]', {position: 'right', grid: {drawOnChartArea: false}})}, [
            {label: 'v', borderColor: colours.css[0], yAxisID: 'v'},
            {label: 'u', borderColor: colours.css[4], yAxisID: 'u', borderWidth: 1.2}], true);
        this.phase = chart(document.getElementById('phase'), {
            x: axis('v [mV]', {min: -90, max: 40}), y: axis('u [mV]')}, [
            {label: 'path', borderColor: colours.css[0], borderWidth: 1.2},
            {label: 'now', borderColor: colours.ink, backgroundColor: colours.ink, pointRadius: 4, showLine: false},
            {label: "v' = 0", borderColor: colours.css[1], borderDash: [5, 3]},
            {label: "u' = 0", borderColor: colours.css[2], borderDash: [2, 3]}], true);
        this.charts = [this.rates, this.spectrum, this.trace, this.phase];
    }

    drawRates(history, span_ms) {
        // Bins begin at multiples of their width, so that the value of a bin does not change while it scrolls.
        const bin = Math.max(1, Math.ceil(Math.max(5, span_ms / kPoints) / history.dt_ms));
        const last = Math.floor(history.end / bin), count = Math.floor(span_ms / history.dt_ms / bin);
        const first = Math.max(0, last - count);
        this.hello.populations.forEach((_, p) => {
            this.rates.data.datasets[p].data = Array.from({length: last - first}, (__, i) => ({
                x: (first + i + 0.5) * bin * history.dt_ms / 1000,
                y: history.rate(p, (first + i) * bin, (first + i + 1) * bin)}));
        });
        this.rates.options.scales.x.min = (last - count) * bin * history.dt_ms / 1000;
        this.rates.options.scales.x.max = last * bin * history.dt_ms / 1000;
        this.rates.update();
    }

    /// Returns the seconds of activity that it shows, 0 if there is too little.
    drawSpectrum(history) {
        const dt_s = history.dt_ms / 1000;
        const segment = Math.min(8192, 2 ** Math.round(Math.log2(1 / dt_s)));
        const samples = Math.min(8 * segment, history.steps / 2, Math.floor(history.end) - 1);
        if (samples < segment) return 0;
        let segments = 0;
        this.hello.populations.forEach((population, p) => {
            const rates = new Float64Array(samples);
            for (let i = 0; i < samples; ++i) {
                const count = history.counts[p][(history.end - samples + i) % history.steps];
                rates[i] = Number.isNaN(count) ? 0 : count / (Math.max(1, population.size) * dt_s);
            }
            const spectrum = welch(rates, dt_s, segment);
            segments = spectrum.segments;
            const most = this.spectrum.options.scales.x.max;
            this.spectrum.data.datasets[p].data = Array.from(spectrum.power, (power, i) => ({x: spectrum.frequency_hz[i], y: power}))
                .filter(({x, y}) => x > 0 && x <= most && y > 0);
        });
        this.spectrum.update();
        return segments === 0 ? 0 : samples * dt_s;
    }

    drawNeuron(history, neuron) {
        const steps = Math.round(500 / history.dt_ms), every = Math.max(1, Math.floor(steps / 500));
        const v = [], u = [], path = [];
        for (let step = Math.max(1, history.end - steps); step < history.end; step += every) {
            const at = step % history.steps, x = step * history.dt_ms / 1000;
            v.push({x, y: history.v[at]});
            u.push({x, y: history.u[at]});
            path.push({x: history.v[at], y: history.u[at]});
            if (atPeak(neuron, history.v[at])) path.push({x: NaN, y: NaN});  // the reset is not part of the path
        }
        this.trace.data.datasets[0].data = v;
        this.trace.data.datasets[1].data = u;
        this.trace.options.scales.x.min = (history.end - steps) * history.dt_ms / 1000;
        this.trace.options.scales.x.max = history.end * history.dt_ms / 1000;
        const range = rangeOfV(neuron);
        Object.assign(this.trace.options.scales.v, range);
        this.trace.options.scales.u.title.text = `u [${units(neuron).u}]`;
        this.trace.update();
        if (!neuron) return;
        const last = (history.end - 1) % history.steps;
        const us = u.map(({y}) => y).filter((y) => !Number.isNaN(y));
        const low = Math.min(...us, -18), high = Math.max(...us, -2), margin = 0.12 * (high - low);
        const bottom = Math.floor(low - margin), top = Math.ceil(high + margin);
        Object.assign(this.phase.options.scales.y, {min: bottom, max: top});
        this.phase.options.scales.y.title.text = `u [${units(neuron).u}]`;
        Object.assign(this.phase.options.scales.x, range);
        const [track, now, vNull, uNull] = this.phase.data.datasets;
        track.data = path;
        now.data = [{x: history.v[last], y: history.u[last]}];
        vNull.data = nullclineOfV(neuron);
        uNull.data = nullclineOfU(neuron, bottom, top);
        this.phase.update();
    }
}

function decade(value) {
    const power = Math.log10(value);
    return Math.abs(power - Math.round(power)) < 1e-9 ? (value >= 0.01 && value < 1000 ? String(value) : `1e${Math.round(power)}`) : '';
}
