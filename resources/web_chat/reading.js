// Tells the hub which of the brand's messages reached this browser, and which were really in view.

import { Problem, Unreachable } from "./api.js";

const READ_AFTER_MS = 300;
const AGAIN_S = 10;

export class Reading {
  constructor({ api, thread, tabs, seen, isReading, onread }) {
    Object.assign(this, { api, thread, tabs, seen, isReading, onread });
    this.clear();
  }

  clear() {
    this.receivedUpTo = 0;
    this.owed = new Map();
  }

  /** Tell again what did not get through. */
  again() {
    clearTimeout(this.later);
    for (const [path, upTo] of this.owed) this.#tell(path, upTo);
  }

  /** Look in a moment at what is in view. */
  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#read(), READ_AFTER_MS);
  }

  async #read() {
    if (!this.isReading()) return;
    const place = this.seen();
    const message = place > this.thread.readUpTo && this.thread.inOrder().find((one) => one.place === place);
    if (!message) return;
    this.thread.readUpTo = place;
    this.receivedUpTo = Math.max(this.receivedUpTo, place);
    this.tabs.tell("read", place);
    this.onread();
    await this.#tell("read", message.id);
  }

  /** Everything the hub told is here. */
  async received() {
    const newest = this.thread.inOrder().findLast((one) => one.role === "brand");
    if (!newest || newest.place <= Math.max(this.receivedUpTo, this.thread.readUpTo)) return;
    this.receivedUpTo = newest.place;
    await this.#tell("received", newest.id);
  }

  async #tell(path, upTo) {
    const { owed } = this;
    owed.set(path, upTo);
    try {
      await this.api.call("POST", path, { up_to: upTo });
    } catch (error) {
      if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
      const isWorthIt = error instanceof Unreachable || error.status === 429 || error.status >= 500;
      clearTimeout(this.later);
      if (isWorthIt) return void (this.later = setTimeout(() => this.again(), (error.retryAfter ?? AGAIN_S) * 1000));
    }
    // A later mark told meanwhile stays owed.
    if (owed.get(path) === upTo) owed.delete(path);
  }
}
