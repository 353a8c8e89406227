// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Reads frames; apps/serve/PROTOCOL.md has their layout.

const kHeaderBytes = 40;

/// The frames of a message, in order. Arrays are views into the message if possible.
export function decodeFrames(buffer) {
    const frames = [];
    for (let at = 0; at < buffer.byteLength;) {
        const frame = decode(buffer, at);
        frames.push(frame);
        at += frame.bytes;
    }
    return frames;
}

function decode(buffer, start) {
    const view = new DataView(buffer, start);
    if (view.getUint32(0, true) !== 0x31465a49) throw new Error('this is not a frame');  // "IZF1"
    const word = (index) => view.getUint32(4 * index, true);
    const steps = word(4), populations = word(5), watched = word(6), dots = word(7);
    let at = start + kHeaderBytes;
    // A frame need not begin at a multiple of four, which typed arrays require.
    const take = (Type, count) => {
        const bytes = count * Type.BYTES_PER_ELEMENT;
        const values = new Type(buffer.slice(at, at + bytes));
        at += bytes;
        return values;
    };
    const frame = {
        run: word(1),
        first: word(2) + 4294967296 * word(3),  // exact up to 2^53
        steps, populations,
        leftOut: word(8),
        watched: take(Uint32Array, watched),
        counts: take(Uint32Array, steps * populations),
        states: take(Float32Array, 2 * steps * watched),
        dotCounts: take(Uint32Array, steps),
        dots: take(Uint16Array, dots),
    };
    frame.bytes = at - start;
    return frame;
}
