// The ordered stream from the hub: server-sent events read with fetch, because only that can carry the token.
// Reconnects after silence with growing pauses, and at once when the network or the tab comes back.

import { Problem, Unreachable } from "./api.js";

const SILENCE_MS = 40_000;
const LONGEST_PAUSE_S = 30;

/** Cuts a text stream into events `{id, type, data}`; comments only prove life. */
export class EventReader {
  constructor() {
    this.rest = "";
    this.event = { id: null, type: "message", data: [] };
  }

  feed(text) {
    const lines = (this.rest + text).split(/\r\n|\n/);
    this.rest = lines.pop();
    return lines.map((line) => this.#line(line)).filter((event) => event !== null);
  }

  #line(line) {
    if (line === "") return this.#finish();
    if (line.startsWith(":")) return null;
    const at = line.indexOf(":");
    const name = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    if (name === "data") this.event.data.push(value);
    else if (name === "event") this.event.type = value;
    else if (name === "id") this.event.id = value;
    return null;
  }

  #finish() {
    const { id, type, data } = this.event;
    this.event = { id: null, type: "message", data: [] };
    return data.length ? { id, type, data: JSON.parse(data.join("\n")) } : null;
  }
}

export class Stream {
  constructor(api, { cursor, onevent, onstate, onproblem }) {
    Object.assign(this, { api, cursor, onevent, onstate, onproblem });
    this.running = false;
    this.turn = 0;
    this.attempt = 0;
    this.wake = null;
    for (const [target, name] of [[window, "online"], [document, "visibilitychange"]]) {
      target.addEventListener(name, () => document.visibilityState === "visible" && this.nudge());
    }
    window.addEventListener("offline", () => this.abort?.abort());
  }

  /** Reconnect now instead of after the pause. */
  nudge() {
    this.attempt = 0;
    this.wake?.();
  }

  stop() {
    this.turn += 1;
    this.running = false;
    this.abort?.abort();
    this.wake?.();
  }

  /** Connect anew: the page slept, and nobody knows what became of the connection. */
  reconnect() {
    this.abort?.abort();
    this.nudge();
  }

  async run() {
    const turn = ++this.turn;
    const isOn = () => turn === this.turn;
    this.running = true;
    while (isOn()) {
      try {
        await this.#once(isOn);
      } catch (error) {
        if (isOn() && error instanceof Problem && !(await this.onproblem(error)) && isOn()) this.stop();
        this.retryAfter = error.retryAfter;
      }
      if (isOn()) await this.#pause();
    }
  }

  async #once(isOn) {
    const abort = new AbortController();
    this.abort = abort;
    let timer = null;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), SILENCE_MS);
    };
    alive();
    try {
      const cursor = this.cursor();
      const headers = { Accept: "text/event-stream", ...(cursor === null ? {} : { "Last-Event-ID": String(cursor) }) };
      const answer = await this.api.request("GET", "stream", { headers, signal: abort.signal });
      const body = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      const reader = new EventReader();
      this.attempt = 0;
      this.onstate("live");
      for (;;) {
        const { done, value } = await body.read();
        if (done) throw new Unreachable("stream");
        alive();
        for (const event of reader.feed(value)) {
          await this.onevent(event);
          if (!isOn()) return;
        }
      }
    } finally {
      clearTimeout(timer);
      abort.abort();
      if (isOn()) this.onstate(navigator.onLine ? "connecting" : "offline");
    }
  }

  async #pause() {
    const pause = this.retryAfter ?? Math.min(2 ** this.attempt, LONGEST_PAUSE_S);
    this.attempt += 1;
    this.retryAfter = null;
    await new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, pause * 1000 * (0.75 + Math.random() / 2));
    });
    this.wake = null;
  }
}
