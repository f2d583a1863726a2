// The ordered stream from the hub: server-sent events read with fetch, because only that can carry the token.
// Reconnects after silence with growing pauses, and at once when the network or the tab comes back.
// Where a proxy blocks streams or holds them back, the same events are asked for by long polls.

import { Problem, Unreachable } from "./api.js";

const SILENCE_MS = 40_000;
const LONGEST_PAUSE_S = 30;
/** Behind something that holds streams back: how soon that is noticed, and how long until it is tried again. */
const FIRST_MS = 6_000;
const POLL_FOR_MS = 300_000;
const LONGEST_WAIT_S = 25;
const SHORT_WAIT_S = 3;
const ANSWER_MS = 20_000;

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
  constructor(api, { cursor, values, onevent, onstate, onproblem }) {
    Object.assign(this, { api, cursor, values, onevent, onstate, onproblem });
    this.running = false;
    this.turn = 0;
    this.attempt = 0;
    this.wake = null;
    this.misses = 0;
    this.failures = 0;
    this.wait = LONGEST_WAIT_S;
    for (const [target, name] of [[window, "online"], [document, "visibilitychange"]]) {
      target.addEventListener(name, () => document.visibilityState === "visible" && this.nudge());
    }
    window.addEventListener("offline", () => this.abort?.abort());
    // Another network may let streams through.
    window.addEventListener("online", () => this.#pollUntil(0));
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
        await (this.#polls() ? this.#poll(isOn) : this.#once(isOn));
      } catch (error) {
        const isForeign = error instanceof Problem && !error.code && error.status !== 401;
        if (isForeign) this.#missed(2);
        else if (isOn() && error instanceof Problem && !(await this.onproblem(error)) && isOn()) this.stop();
        this.retryAfter = error.retryAfter;
      }
      if (isOn()) await this.#pause();
    }
  }

  #polls() {
    return Date.now() < (this.values.read("polls") ?? 0);
  }

  #pollUntil(time) {
    this.misses = 0;
    this.values.write("polls", time);
  }

  /** A stream ended before it brought anything; after two of these it is asked for by polls. */
  #missed(count) {
    this.misses += count;
    if (this.misses < 2) return;
    this.isFirstPoll = true;
    this.#pollUntil(Date.now() + POLL_FOR_MS);
  }

  async #once(isOn) {
    const abort = new AbortController();
    this.abort = abort;
    let timer = null, came = false;
    const alive = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), ms);
    };
    // The hub speaks at once: what is silent now is held back on its way.
    alive(FIRST_MS);
    const began = performance.now();
    try {
      const cursor = this.cursor();
      const headers = { Accept: "text/event-stream", ...(cursor === null ? {} : { "Last-Event-ID": String(cursor) }) };
      const answer = await this.api.request("GET", "stream", { headers, signal: abort.signal });
      const body = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      const reader = new EventReader();
      for (;;) {
        const { done, value } = await body.read();
        if (done) throw new Unreachable("stream");
        alive(SILENCE_MS);
        for (const event of reader.feed(value)) {
          if (!came) this.#through();
          came = true;
          await this.onevent(event);
          if (!isOn()) return;
        }
      }
    } catch (error) {
      const isMiss = !came && isOn() && navigator.onLine && !(error instanceof Problem);
      if (isMiss) this.#missed(performance.now() - began > FIRST_MS - 100 ? 2 : 1);
      throw error;
    } finally {
      clearTimeout(timer);
      abort.abort();
      if (isOn()) this.onstate(navigator.onLine ? "connecting" : "offline");
    }
  }

  /** The stream comes through. */
  #through() {
    this.attempt = 0;
    this.misses = 0;
    this.onstate("live");
  }

  /** One question for what is new; the hub answers as soon as there is something. */
  async #poll(isOn) {
    const abort = new AbortController();
    this.abort = abort;
    const isFirst = this.isFirstPoll !== false;
    const wait = isFirst ? 0 : this.wait;
    const timer = setTimeout(() => abort.abort(), wait * 1000 + ANSWER_MS);
    const began = performance.now();
    try {
      const answer = await this.api.request("GET", `events?after=${this.cursor() ?? ""}&wait=${wait}`, { signal: abort.signal });
      const { events, last_event_id: id, epoch, hours } = await answer.json();
      this.isFirstPoll = false;
      this.failures = 0;
      this.attempt = 0;
      this.onstate("live");
      await this.onevent({ id: null, type: "session", data: { epoch, hours } });
      for (const event of events) if (isOn()) await this.onevent({ id: null, ...event });
      if (isOn()) await this.onevent({ id, type: "reached" });
      this.retryAfter = isFirst || wait > SHORT_WAIT_S ? 0 : SHORT_WAIT_S;
    } catch (error) {
      if (error instanceof Problem && error.code) throw error;
      // What cuts long questions off gets shorter ones; a hub that is away is asked for its stream again.
      if (performance.now() - began > 2000) this.wait = this.wait > SHORT_WAIT_S ? Math.floor(this.wait / 2) : 0;
      else if (++this.failures > 1) this.#pollUntil(0);
      if (isOn()) this.onstate(navigator.onLine ? "connecting" : "offline");
      throw error;
    } finally {
      clearTimeout(timer);
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
