// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The live view of izhi serve: passes messages of the server to the raster, the curves and the panel.

import {Controls} from './controls.js';
import {decodeFrames} from './frames.js';
import {History} from './history.js';
import {Link} from './link.js';
import {units} from './model.js';
import {Plots} from './plots.js';
import {Raster} from './raster.js';

const kCurves_ms = 90, kSpectrum_ms = 500;
const byId = (id) => document.getElementById(id);

const view = {hello: null, history: null, neuron: 0, parameters: null, status: null};
const raster = new Raster(byId('raster'), {pick});
const plots = new Plots();

// --- colours

function theme() {
    return localStorage.getItem('izhi-theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
}

function colours() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(name).trim();
    const css = [0, 1, 2, 3, 4, 5].map((index) => of(`--p${index}`));
    return {css, populations: css.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))),
        ink: of('--ink'), quiet: of('--quiet'), line: of('--line'), ground: of('--field')};
}

function applyTheme() {
    document.documentElement.dataset.theme = theme();
    raster.setColours(colours());
    if (view.hello) {
        plots.begin(view.hello, colours());
        drawCurves();
        plots.drawSpectrum(view.history);
    }
}

byId('theme').onclick = () => {
    localStorage.setItem('izhi-theme', theme() === 'dark' ? 'light' : 'dark');
    applyTheme();
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', applyTheme);
byId('span').onchange = () => {
    raster.setSpan(Number(byId('span').value));
    drawCurves();
};

// --- notices

function notice(text) {
    const line = document.createElement('p');
    line.textContent = text;
    byId('notices').append(line);
    setTimeout(() => line.remove(), 5000);
    while (byId('notices').children.length > 3) byId('notices').firstChild.remove();
}

function showState(state, text = state) {
    byId('state').dataset.state = state;
    byId('state').textContent = text;
}

// --- the selected neuron

function pick(neuron) {
    if (!view.hello || !(neuron >= 0 && neuron < view.hello.neurons)) return;
    view.neuron = Math.floor(neuron);
    view.parameters = null;
    view.history.forgetNeuron();
    byId('neuron').value = view.neuron;
    raster.dirty = true;
    link.say({do: 'watch', neuron: view.neuron});
}
byId('neuron').onchange = () => pick(Number(byId('neuron').value));

function showNeuron(message) {
    if (message.neuron !== view.neuron) return;
    view.parameters = message;
    const short = (x) => Number(x.toPrecision(3));
    byId('neuron-note').textContent =
        `${message.population}; a ${short(message.a)}, b ${short(message.b)}, c ${short(message.c)}, d ${short(message.d)}`;
    byId('phase-note').textContent = `v′ = 0 at the ${message.bias ? `bias of ${message.bias} ${units(message).input}` : 'input 0'}`;
}

// --- messages of the server

function begin(hello) {
    const again = view.hello && view.hello.run === hello.run && view.hello.network === hello.network;
    view.hello = hello;
    controls.begin(hello);
    byId('network').textContent = hello.network;
    document.title = `${hello.network} · izhi live`;
    const number = (x) => x.toLocaleString('en-US');
    byId('facts').textContent =
        `${number(hello.neurons)} neurons, ${number(hello.synapses)} synapses, seed ${hello.seed}, step ${hello.dt_ms} ms`;
    byId('sampled').textContent = hello.every > 1 ? `One of ${hello.every} neurons is shown, with all of its spikes.` : '';
    byId('neuron').max = hello.neurons - 1;
    byId('legend').replaceChildren(...hello.populations.map(({name}, index) => {
        const item = document.createElement('li');
        item.style.setProperty('--colour', `var(--p${index % 6})`);
        item.append(`${name} `, document.createElement('b'), ' Hz');
        return item;
    }));
    if (again && view.entered) return;  // the controls were opened; the view continues
    view.entered = true;
    view.history = new History(hello.populations, hello.dt_ms);
    raster.begin(hello);
    plots.begin(hello, colours());
    pick(Math.min(view.neuron, hello.neurons - 1));
}

function showStatus(status) {
    view.status = status;
    controls.stand(status);
    showState(status.state);
    byId('fault').hidden = status.fault === null;
    byId('fault').textContent = status.fault === null ? '' : `The run failed: ${status.fault}. Restart it to continue.`;
    byId('speed-shown').textContent = `at ${Number(status.speed.toPrecision(2))} × real time`;
    const time = (us) => us < 1000 ? `${us.toFixed(us < 10 ? 1 : 0)} µs` : `${(us / 1000).toFixed(1)} ms`;
    for (const [name, figures] of [['step', status.step_us], ['late', status.late_us]])
        for (const which of ['p50', 'p99', 'max']) byId(`${name}-${which}`).textContent = time(figures[which]);
    for (const name of ['missed', 'interventions', 'viewers']) byId(name).textContent = status[name].toLocaleString('en-US');
}

function showFrames(buffer) {
    if (!view.history) return;
    for (const frame of decodeFrames(buffer)) {
        if (frame.run !== view.hello.run || frame.first < view.history.end) continue;
        view.history.add(frame, view.neuron);
        raster.add(frame);
    }
    byId('time').textContent = ((view.history.end - 1) * view.hello.dt_ms / 1000).toFixed(3);
}

const says = {
    hello: begin, status: showStatus, neuron: showNeuron,
    refused: ({why}) => notice(`Rejected: ${why}`),
    lost: ({frames}) => { byId('lost').textContent = frames.toLocaleString('en-US'); },
};

const link = new Link({
    opened: () => { view.entered = false; },
    text: (message) => says[message.say]?.(message),
    frames: showFrames,
    lost: () => {
        showState('away', 'no connection');
        byId('controls').disabled = true;
    },
    wrongToken: (given) => {
        notice(given ? 'The token is wrong.' : 'This address requires the token.');
        byId('token-form').hidden = false;
    },
});
const controls = new Controls((message) => link.say(message), (token) => link.useToken(token));

// --- drawing

function drawCurves() {
    const {history, hello} = view;
    if (!history || history.end === 0) return;
    plots.drawRates(history, Number(byId('span').value));
    plots.drawNeuron(history, view.parameters);
    const second = Math.round(1000 / hello.dt_ms);
    byId('legend').querySelectorAll('b').forEach((rate, index) => {
        const hz = history.rate(index, history.end - second, history.end);
        rate.textContent = Number.isNaN(hz) ? '–' : hz.toFixed(1);
    });
}

let curves_at = 0, spectrum_at = 0, drawnEnd = -1;
function animate(now) {
    requestAnimationFrame(animate);
    raster.draw(view.neuron);
    if (!view.history || view.history.end === drawnEnd) return;
    if (now - curves_at > kCurves_ms) {
        curves_at = now;
        drawnEnd = view.history.end;
        drawCurves();
    }
    if (now - spectrum_at > kSpectrum_ms) {
        spectrum_at = now;
        const seconds = plots.drawSpectrum(view.history);
        byId('spectrum-note').textContent = seconds > 0 ? `of the last ${seconds.toFixed(seconds < 10 ? 1 : 0)} s` : 'needs about a second';
    }
}

applyTheme();
requestAnimationFrame(animate);
