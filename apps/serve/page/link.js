// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The connection to izhi serve. It reconnects by itself if it was lost.

const kTokenKey = 'izhi-token';

/// Keeps the token of the link for this tab, and removes it from the address, where others might read it.
export function takeToken() {
    const found = /[#&]token=([\w-]+)/.exec(location.hash);
    if (found) {
        sessionStorage.setItem(kTokenKey, found[1]);
        history.replaceState(null, '', location.pathname);
    }
    return sessionStorage.getItem(kTokenKey) ?? '';
}

export class Link {
    /// on: {text(message), frames(buffer), opened(), lost(wait_s), wrongToken()}
    constructor(on) {
        this.on = on;
        this.token = takeToken();
        this.wait = 0.25;
        this.open();
    }

    open() {
        const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
        this.socket = new WebSocket(`${scheme}//${location.host}/live`);
        this.socket.binaryType = 'arraybuffer';
        this.socket.onopen = () => {
            this.wait = 0.25;
            this.on.opened();
            this.say(this.token ? {do: 'enter', token: this.token} : {do: 'enter'});
        };
        this.socket.onmessage = ({data}) => typeof data === 'string' ? this.on.text(JSON.parse(data)) : this.on.frames(data);
        this.socket.onclose = ({code, reason}) => this.closed(code, reason);
    }

    closed(code, reason) {
        if (code === 1008 && reason.includes('token')) {
            sessionStorage.removeItem(kTokenKey);
            this.on.wrongToken(this.token !== '');
            if (this.token === '') return;  // the server sends nothing without a token
            this.token = '';
        }
        this.on.lost(this.wait);
        setTimeout(() => this.open(), 1000 * this.wait);
        this.wait = Math.min(5, 2 * this.wait);
    }

    useToken(token) {
        sessionStorage.setItem(kTokenKey, token);
        this.token = token;
        if (this.socket.readyState === WebSocket.OPEN) this.say({do: 'enter', token});
        else this.open();
    }

    say(message) {
        if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
    }
}
