// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The panel of controls. Changes are sent as control messages, and the server's status gives the values to show.

const byId = (id) => document.getElementById(id);

/// A labelled slider. on: 'input' while it is dragged, or 'change' when it is released.
class Knob {
    constructor(parent, id, name, text, on, send) {
        const box = document.createElement('div'), label = document.createElement('label');
        this.slider = document.createElement('input');
        this.out = document.createElement('output');
        box.className = 'knob';
        label.htmlFor = this.slider.id = id;
        this.out.htmlFor = id;
        label.textContent = label.title = name;
        Object.assign(this.slider, {type: 'range', min: 0, max: 3, step: 0.05, value: 1});
        box.append(label, this.out, this.slider);
        parent.append(box);
        this.text = text;
        this.slider.addEventListener('input', () => {
            this.touched = performance.now();
            this.show();
        });
        this.slider.addEventListener(on, () => send(Number(this.slider.value)));
        this.show();
    }

    show() {
        this.out.textContent = this.text(Number(this.slider.value));
        this.slider.setAttribute('aria-valuetext', this.out.textContent);
    }

    /// Shows the server's value, unless the slider is being moved here.
    stand(value) {
        if (performance.now() - (this.touched ?? -1e9) < 1000) return;
        this.slider.value = value;
        this.out.textContent = this.text(value);
    }
}

const speedText = (times) => `${Number(times.toPrecision(2))} × real time`;

export class Controls {
    constructor(say, useToken) {
        this.say = say;
        this.state = 'running';
        byId('pause').onclick = () => say({do: this.state === 'paused' ? 'resume' : 'pause'});
        byId('step').onclick = () => this.step();
        byId('speed').addEventListener('input', () => {
            this.speedTouched = performance.now();
            byId('speed-out').textContent = speedText(10 ** Number(byId('speed').value));
            say({do: 'speed', times: 10 ** Number(byId('speed').value)});
        });
        byId('restart').onclick = () => say({do: 'restart', seed: Math.floor(Number(byId('seed').value))});
        byId('pulse').onclick = () => this.pulse();
        byId('token-form').onsubmit = (event) => {
            event.preventDefault();
            useToken(byId('token').value.trim());
            byId('token').value = '';
        };
        document.addEventListener('keydown', (event) => this.key(event));
    }

    step() {
        if (this.state !== 'paused') this.say({do: 'pause'});
        this.say({do: 'step', count: Number(byId('steps').value)});
    }

    pulse() {
        const target = byId('pulse-target').value;
        this.say({do: 'pulse', ...(target === '' ? {} : {population: target}),
            amplitude: Number(byId('pulse-amplitude').value), duration_ms: Number(byId('pulse-duration').value)});
    }

    key(event) {
        if (event.target.closest('input, select, button') || event.ctrlKey || event.metaKey || event.altKey) return;
        if (byId('controls').disabled) return;
        if (event.key === ' ') byId('pause').click();
        else if (event.key === 'ArrowRight') byId('step').click();
        else return;
        event.preventDefault();
    }

    begin(hello) {
        byId('controls').disabled = !hello.control;
        byId('token-form').hidden = hello.control;
        byId('seed').value = hello.seed;
        for (const id of ['noise', 'weights', 'pulse-target']) byId(id).replaceChildren();
        this.noise = hello.populations.map(({name, noise_stddev}, index) => {
            const knob = new Knob(byId('noise'), `noise-${index}`, name, (scale) => `${(scale * noise_stddev).toFixed(2)} mV/ms`,
                'input', (scale) => this.say({do: 'noise', population: name, scale}));
            knob.slider.disabled = noise_stddev === 0;
            return knob;
        });
        this.weights = hello.projections.map(({name, source, target, plastic}, index) => {
            const knob = new Knob(byId('weights'), `weights-${index}`, `${name} (${source} → ${target})`,
                (scale) => plastic ? 'plastic' : `× ${scale.toFixed(2)}`,
                'change', (scale) => this.say({do: 'weights', projection: name, scale}));
            knob.slider.disabled = plastic;
            return knob;
        });
        byId('pulse-target').append(new Option('everyone', ''), ...hello.populations.map(({name}) => new Option(name, name)));
    }

    stand(status) {
        this.state = status.state;
        byId('pause').textContent = status.state === 'paused' ? 'Resume' : 'Pause';
        status.noise.forEach((scale, index) => this.noise?.[index]?.stand(scale));
        status.weights.forEach((scale, index) => this.weights?.[index]?.stand(scale));
        if (performance.now() - (this.speedTouched ?? -1e9) > 1000) {
            byId('speed').value = Math.log10(status.speed);
            byId('speed-out').textContent = speedText(status.speed);
        }
    }
}
