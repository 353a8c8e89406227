// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The last steps, as many as the curves need. Steps that were not received are NaN.

const kSteps = 32768;

export class History {
    constructor(populations, dt_ms) {
        this.sizes = populations.map((population) => population.size);
        this.dt_ms = dt_ms;
        this.counts = this.sizes.map(() => new Float32Array(kSteps).fill(NaN));
        this.v = new Float32Array(kSteps).fill(NaN);
        this.u = new Float32Array(kSteps).fill(NaN);
        this.end = 0;  // one past the newest step; steps are counted from 1
    }

    get steps() { return kSteps; }

    add(frame, neuron) {
        for (let gap = Math.max(this.end, frame.first - kSteps); gap < frame.first; ++gap) this.forget(gap % kSteps);
        const slot = frame.watched.indexOf(neuron), watched = frame.watched.length;
        for (let k = 0; k < frame.steps; ++k) {
            const at = (frame.first + k) % kSteps;
            for (let p = 0; p < frame.populations; ++p) this.counts[p][at] = frame.counts[k * frame.populations + p];
            this.v[at] = slot < 0 ? NaN : frame.states[2 * (k * watched + slot)];
            this.u[at] = slot < 0 ? NaN : frame.states[2 * (k * watched + slot) + 1];
        }
        this.end = frame.first + frame.steps;
    }

    forget(at) {
        for (const counts of this.counts) counts[at] = NaN;
        this.v[at] = this.u[at] = NaN;
    }

    forgetNeuron() {
        this.v.fill(NaN);
        this.u.fill(NaN);
    }

    /// Mean rate of a population [Hz] over the received steps in [begin, end); NaN if there are none. 0 for a population
    /// without neurons.
    rate(population, begin, end) {
        let spikes = 0, steps = 0;
        for (let step = Math.max(1, begin, this.end - kSteps); step < end; ++step) {
            const count = this.counts[population][step % kSteps];
            if (Number.isNaN(count)) continue;
            spikes += count;
            ++steps;
        }
        return steps === 0 ? NaN : 1000 * spikes / (steps * this.dt_ms * Math.max(1, this.sizes[population]));
    }
}
