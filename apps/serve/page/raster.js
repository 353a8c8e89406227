// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The scrolling raster. The picture is a ring of pixel columns, each some steps wide. Only columns that changed are drawn
// again, so the cost depends on the number of spikes, not of neurons.

const kTextHeight = 16;  // below the picture, CSS pixels
const kNameWidth = 46;

export class Raster {
    constructor(canvas, {pick}) {
        this.canvas = canvas;
        this.context = canvas.getContext('2d');
        this.ring = document.createElement('canvas');
        this.frames = [];
        this.span_ms = 2000;
        this.end = 0;
        canvas.addEventListener('click', (event) => {
            const neuron = this.neuronAt(event.offsetY);
            if (neuron !== null) pick(neuron);
        });
        new ResizeObserver(() => this.resize()).observe(canvas);
    }

    /// Begins to show a network, from its start.
    begin(hello) {
        this.hello = hello;
        this.frames = [];
        this.end = 0;
        this.layOut();
    }

    setSpan(ms) {
        this.span_ms = ms;
        this.layOut();
    }

    setColours(colours) {
        this.colours = colours;
        this.layOut();
    }

    resize() {
        const scale = window.devicePixelRatio || 1;
        const width = Math.round(this.canvas.clientWidth * scale), height = Math.round(this.canvas.clientHeight * scale);
        if (width === this.canvas.width && height === this.canvas.height) return;
        this.canvas.width = width;
        this.canvas.height = height;
        this.layOut();
    }

    layOut() {
        this.scale = window.devicePixelRatio || 1;
        this.left = Math.round(kNameWidth * this.scale);
        this.width = this.canvas.width - this.left;
        this.height = this.canvas.height - Math.round(kTextHeight * this.scale);
        if (!this.hello || !this.colours || this.width < 16 || this.height < 16) return;
        this.stepsPerColumn = this.span_ms / this.hello.dt_ms / this.width;
        this.ring.width = this.width;
        this.ring.height = this.height;
        this.ink = this.ring.getContext('2d');
        this.image = this.ink.createImageData(this.width, this.height);
        this.pixels = new Uint32Array(this.image.data.buffer);
        this.heat = new Uint8Array(this.width * this.height);
        this.head = -1;  // the newest column that has begun
        this.dotHeight = Math.max(1, Math.floor(this.height / this.hello.rows));
        this.tables = this.colours.populations.map(shades);
        this.tableOfRow = new Uint8Array(this.hello.rows);
        this.hello.populations.forEach((population, index) =>
            this.tableOfRow.fill(index % this.tables.length, population.first_row, population.first_row + population.rows));
        this.dirty = true;
        for (const frame of this.frames) this.plot(frame);
    }

    add(frame) {
        // Steps beyond the longest span will never be drawn again.
        const longest = 6000 / this.hello.dt_ms;
        this.frames.push(frame);
        this.end = frame.first + frame.steps;
        let old = 0;
        while (this.frames[old].first + this.frames[old].steps < this.end - longest) ++old;
        if (old > 64) this.frames.splice(0, old);
        if (this.ink) this.plot(frame);
    }

    plot(frame) {
        let dot = 0;
        for (let k = 0; k < frame.steps; ++k) {
            const column = Math.floor((frame.first + k) / this.stepsPerColumn);
            this.openColumns(column);
            const end = dot + frame.dotCounts[k];
            if (column > this.head - this.width)
                for (; dot < end; ++dot) this.plotDot(column, frame.dots[dot]);
            dot = end;
        }
        this.dirty = true;
    }

    openColumns(column) {
        if (column <= this.head) return;
        const first = Math.max(this.head + 1, column - this.width + 1);
        for (let c = first; c <= column; ++c) {
            const x = c % this.width;
            for (let at = x; at < this.pixels.length; at += this.width) this.pixels[at] = this.heat[at] = 0;
        }
        this.changed = this.changed === undefined ? first : Math.min(this.changed, first);
        this.head = column;
    }

    plotDot(column, row) {
        const x = column % this.width, table = this.tables[this.tableOfRow[row]];
        // Row 0 is at the bottom.
        const bottom = this.height - 1 - Math.floor(row * this.height / this.hello.rows);
        for (let y = bottom; y > bottom - this.dotHeight && y >= 0; --y) {
            const at = y * this.width + x;
            if (this.heat[at] < table.length - 1) ++this.heat[at];
            this.pixels[at] = table[this.heat[at]];
        }
        if (this.changed === undefined || column < this.changed) this.changed = column;
    }

    /// Called once per screen frame.
    draw(neuron) {
        if (!this.dirty || !this.ink) return;
        this.dirty = false;
        this.putColumns();
        const {context, left, width, height} = this;
        context.clearRect(0, 0, this.canvas.width, this.canvas.height);
        context.fillStyle = this.colours.ground;
        context.fillRect(left, 0, width, height);
        // In the ring, the oldest column is to the right of the newest.
        const split = (this.head + 1) % width;
        if (split < width) context.drawImage(this.ring, split, 0, width - split, height, left, 0, width - split, height);
        if (split > 0) context.drawImage(this.ring, 0, 0, split, height, left + width - split, 0, split, height);
        this.drawAxes(neuron);
    }

    putColumns() {
        if (this.changed === undefined) return;
        const first = Math.max(this.changed, this.head - this.width + 1), count = this.head - first + 1, x = first % this.width;
        const right = Math.min(count, this.width - x);
        if (right > 0) this.ink.putImageData(this.image, 0, 0, x, 0, right, this.height);
        if (count > right) this.ink.putImageData(this.image, 0, 0, 0, 0, count - right, this.height);
        this.changed = this.head;  // the newest column is not full yet
    }

    drawAxes(neuron) {
        const {context, left, width, height, scale, hello} = this;
        context.font = `${11 * scale}px system-ui, sans-serif`;
        context.fillStyle = this.colours.quiet;
        context.strokeStyle = this.colours.line;
        context.lineWidth = scale;
        context.textBaseline = 'top';
        context.textAlign = 'center';
        const every_ms = this.span_ms / 4, stepsApart = every_ms / hello.dt_ms;
        for (let step = Math.floor(this.end / stepsApart) * stepsApart; ; step -= stepsApart) {
            const x = left + width - (this.head + 1 - step / this.stepsPerColumn);
            if (x < left + 12 * scale || step < 0) break;
            context.fillRect(x, height, scale, 3 * scale);
            if (x < left + width - 14 * scale)
                context.fillText(`${(step * hello.dt_ms / 1000).toFixed(every_ms < 500 ? 3 : 2)} s`, x, height + 4 * scale);
        }
        context.textAlign = 'right';
        context.textBaseline = 'middle';
        hello.populations.forEach((population, index) => {
            const top = this.y(population.first_row + population.rows), bottom = this.y(population.first_row);
            context.fillStyle = this.colours.css[index % this.colours.css.length];
            context.fillRect(left - 3 * scale, top, 2 * scale, bottom - top - 1);
            if (bottom - top > 11 * scale)
                context.fillText(clipped(context, population.name, left - 9 * scale), left - 7 * scale, (top + bottom) / 2);
        });
        this.drawPicked(neuron);
    }

    drawPicked(neuron) {
        const population = this.hello.populations.find((one) => neuron >= one.first && neuron < one.first + one.size);
        if (!population) return;
        const y = this.y(population.first_row + (neuron - population.first) / this.hello.every), {context, scale} = this;
        context.fillStyle = this.colours.ink;
        context.beginPath();
        context.moveTo(this.left + 7 * scale, y);
        context.lineTo(this.left, y - 4 * scale);
        context.lineTo(this.left, y + 4 * scale);
        context.fill();
    }

    y(row) { return this.height * (1 - row / this.hello.rows); }

    /// The neuron at a height in CSS pixels.
    neuronAt(offset) {
        if (!this.hello) return null;
        const row = Math.floor((1 - offset * this.scale / this.height) * this.hello.rows);
        const population = this.hello.populations.find((one) => row >= one.first_row && row < one.first_row + one.rows);
        return population ? population.first + (row - population.first_row) * this.hello.every : null;
    }
}

/// The colours of pixels by number of spikes: one spike is clearly visible, and several can be distinguished.
function shades([red, green, blue]) {
    return Uint32Array.from({length: 8}, (_, count) =>
        count === 0 ? 0 : ((Math.round(255 * (1 - 0.36 ** count)) << 24) | (blue << 16) | (green << 8) | red) >>> 0);
}

function clipped(context, text, width) {
    let length = text.length;
    while (length > 1 && context.measureText(text.slice(0, length)).width > width) --length;
    return length < text.length ? text.slice(0, length - 1) + '…' : text;
}
