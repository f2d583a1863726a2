// What the visitor wrote and the hub has not taken yet. Sent strictly in order, one at a time over all tabs,
// always under the id it was written with, so that a repeated post has no second effect.

import { Problem, Unreachable } from "./api.js";
import { newId } from "./session.js";

const LONGEST_PAUSE_S = 30;

export class Outbox {
  constructor({ api, session, queue, tabs, onchange, onsent }) {
    Object.assign(this, { api, session, queue, tabs, onchange, onsent });
    this.entries = [];
    this.attempt = 0;
    this.timer = null;
    this.sending = false;
    addEventListener("online", () => this.nudge());
  }

  async load() {
    this.entries = await this.queue.all();
    this.onchange();
  }

  /** Queues a message; `files` are `{name, type, blob}`. */
  async add({ text, files = [], replyTo = null }) {
    const last = this.entries.at(-1)?.order ?? 0;
    const entry = { id: newId(), order: Math.max(Date.now(), last + 1), at: Date.now(), text, files, replyTo, state: "sending" };
    this.entries.push(entry);
    this.onchange();
    await this.queue.put(entry);
    this.tabs.tell("outbox");
    this.nudge();
  }

  async retry(id) {
    await this.#update(this.#find(id), { state: "sending", problem: null });
    this.nudge();
  }

  /** Send again what was refused for this reason. */
  retryRefused(code) {
    for (const entry of this.entries) if (entry.problem?.code === code) this.retry(entry.id);
  }

  async discard(id) {
    await this.queue.remove(id);
    this.entries = this.entries.filter((entry) => entry.id !== id);
    this.onchange();
    this.tabs.tell("outbox");
  }

  async wipe() {
    clearTimeout(this.timer);
    this.entries = [];
    await this.queue.wipe();
    this.onchange();
  }

  /** Send now what waits. */
  nudge() {
    this.attempt = 0;
    this.flush();
  }

  async flush() {
    clearTimeout(this.timer);
    if (this.sending || !this.entries.some((entry) => entry.state === "sending")) return;
    this.sending = true;
    try {
      await this.tabs.alone("outbox", () => this.#drain());
      this.attempt = 0;
    } catch (error) {
      this.#later(error);
    } finally {
      this.sending = false;
    }
  }

  async #drain() {
    await this.load();
    for (;;) {
      const entry = this.entries.find((one) => one.state === "sending");
      if (!entry) return;
      await this.#send(entry);
    }
  }

  async #send(entry, again = true) {
    if (!this.api.token) await this.session.ensure();
    const token = this.api.token;
    try {
      const fileIds = await this.#upload(entry);
      const body = { client_msg_id: entry.id, kind: fileIds.length ? "file" : "text", text: entry.text };
      if (fileIds.length) body.file_ids = fileIds;
      if (entry.replyTo) body.reply_to = entry.replyTo;
      const answer = await this.api.call("POST", "messages", body);
      this.onsent(entry, answer);
      await this.discard(entry.id);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401 && again) {
        await this.session.renew(token);
        await this.#update(entry, { files: entry.files.map(({ id, ...file }) => file) });
        return this.#send(entry, false);
      }
      if (error.status === 429 || error.status >= 500) throw error;
      await this.#update(entry, { state: "failed", problem: { code: error.code, detail: error.message } });
    }
  }

  async #upload(entry) {
    for (const file of entry.files) {
      if (file.id) continue;
      const form = new FormData();
      form.append("file", new File([file.blob], file.name, { type: file.type }));
      file.id = (await this.api.call("POST", "uploads", undefined, { form })).file_id;
      await this.queue.put(entry);
    }
    return entry.files.map((file) => file.id);
  }

  #later(error) {
    const known = error instanceof Problem || error instanceof Unreachable;
    const pause = error.retryAfter ?? Math.min(2 ** this.attempt, LONGEST_PAUSE_S);
    this.attempt += 1;
    this.timer = setTimeout(() => this.flush(), pause * 1000 * (0.75 + Math.random() / 2));
    this.onchange();
    if (!known) throw error;
  }

  async #update(entry, change) {
    Object.assign(entry, change);
    await this.queue.put(entry);
    this.onchange();
    this.tabs.tell("outbox");
  }

  #find(id) {
    return this.entries.find((entry) => entry.id === id);
  }
}
