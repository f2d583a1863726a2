// What the visitor wrote and the hub has not taken yet. Sent strictly in order, one at a time over all tabs,
// always under the id it was written with, so that a repeated post has no second effect.

import { Problem, Unreachable } from "./api.js";
import { newId } from "./session.js";

const LONGEST_PAUSE_S = 30;
/** A limit that lasts longer is told to the visitor; behind a shorter one everything waits in order. */
const LONGEST_LIMIT_S = 120;

export class Outbox {
  constructor({ api, session, queue, tabs, answers, onchange, onsent, isKnown }) {
    Object.assign(this, { api, session, queue, tabs, answers, onchange, onsent, isKnown });
    this.kept = [];
    this.written = [];
    this.turn = Promise.resolve();
    this.wiped = 0;
    this.attempt = 0;
    this.restUntil = 0;
    this.timer = null;
    this.asked = false;
    this.sending = false;
    addEventListener("online", () => this.nudge());
  }

  /** What the queue holds, then what was written here and is on its way into the queue. */
  get entries() {
    return [...this.kept, ...this.written].filter((entry) => this.#isOurs(entry));
  }

  /** Whether it was written by the one whose session this is now, whatever another tab has wiped so far. */
  #isOurs({ owner }) {
    return owner === undefined || owner === this.session.owner;
  }

  /** Reads the queue anew. */
  load() {
    return this.#inTurn(async () => {
      const { wiped } = this;
      const all = await this.queue.all();
      if (wiped === this.wiped) this.kept = all;
    });
  }

  /** Another tab changed the queue; it may be closed before it sends. */
  async follow() {
    await this.load();
    if (this.entries.some((entry) => entry.state === "sending")) this.flush();
  }

  /** Queues a message; `files` are `{name, type, blob}`. */
  async add({ text, files = [], replyTo = null, choice = null }) {
    const entry = { id: newId(), at: Date.now(), text, files, replyTo, choice, state: "sending", owner: this.session.owner };
    this.written.push(entry);
    this.onchange();
    await this.#inTurn(async () => {
      if (!this.written.includes(entry)) return;
      const placed = await this.queue.append(entry);
      if (!this.written.includes(entry)) return this.queue.remove(entry.id);
      this.written = this.written.filter((one) => one !== entry);
      this.kept = [...this.kept, placed];
    });
    this.tabs.tell("outbox");
    this.nudge();
  }

  async retry(id) {
    const entry = this.#find(id);
    if (!entry) return;
    await this.#change(id, { state: "sending", problem: null, files: withoutIds(entry.files) });
    this.nudge();
  }

  /** Send again what was refused for this reason. */
  retryRefused(code) {
    for (const entry of this.entries) if (entry.problem?.code === code) this.retry(entry.id);
  }

  async discard(id) {
    await this.#inTurn(async () => {
      await this.queue.remove(id);
      this.kept = this.kept.filter((entry) => entry.id !== id);
    });
    this.tabs.tell("outbox");
  }

  /** Forgets at once all that is not of the one who writes now: from here on nothing of it is sent. */
  async wipe() {
    clearTimeout(this.timer);
    this.wiped += 1;
    this.kept = [];
    this.written = [];
    await this.#inTurn(async () => {
      await this.queue.wipe(({ owner }) => owner === this.session.owner);
      this.kept = await this.queue.all();
    });
    this.tabs.tell("outbox");
  }

  /** Send now what waits. */
  nudge() {
    this.attempt = 0;
    this.flush();
  }

  async flush() {
    clearTimeout(this.timer);
    // Whoever sends looks again before it ends, so nothing that comes meanwhile is left behind.
    this.asked = true;
    if (this.sending) return;
    const rest = this.restUntil - performance.now();
    if (rest > 0) return void (this.timer = setTimeout(() => this.flush(), rest));
    this.sending = true;
    try {
      while (this.asked) {
        this.asked = false;
        await this.tabs.alone("outbox", () => this.#drain());
        this.attempt = 0;
      }
    } catch (error) {
      this.#later(error);
    } finally {
      this.sending = false;
    }
  }

  async #drain() {
    await this.load();
    for (;;) {
      const entry = this.kept.find((one) => one.state === "sending" && this.#isOurs(one));
      if (!entry) return;
      await this.#send(entry);
    }
  }

  async #send(entry, again = true) {
    if (!this.api.token) await this.session.ensure();
    if (!this.#find(entry.id)) return;
    const { id: session } = this.session;
    try {
      const files = await this.#upload(entry);
      // Wiped or, by a switch of customers, no longer this session's: not to be sent.
      if (!this.#find(entry.id)) return;
      const answer = await this.api.call("POST", "messages", body(entry, files, this.answers()));
      if (this.#find(entry.id)) this.onsent(entry, answer);
      await this.discard(entry.id);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401 && again) {
        await this.session.renew(error.token);
        return this.#anew(entry, session !== this.session.id);
      }
      await this.#refused(entry, error, again);
    }
  }

  /** Once more; files belong to the session they were uploaded in. */
  async #anew(entry, uploadAgain) {
    const changed = await this.#change(entry.id, uploadAgain ? { files: withoutIds(entry.files) } : {});
    if (changed) await this.#send(changed, false);
  }

  async #refused(entry, error, again) {
    const waits = error.status === 429 && (error.retryAfter ?? 0) <= LONGEST_LIMIT_S;
    if (error.status === 401 || waits || error.status >= 500) throw error;
    const told = entry.files.some((file) => file.id);
    if (error.code === "invalid" && !error.file && told && again) return this.#anew(entry, true);
    // The same words under the same id with other files: an answer was lost before the file's id was kept.
    if (error.code === "id_conflict" && (await this.isKnown(entry.id))) return this.discard(entry.id);
    const { code, status, file } = error;
    await this.#change(entry.id, { state: "failed", problem: { code, status, file } });
  }

  /** The ids of the entry's files, each uploaded unless it was before. */
  async #upload(entry) {
    const files = [...entry.files];
    for (const [index, file] of files.entries()) {
      if (file.id) continue;
      if (!this.#find(entry.id)) break;
      files[index] = { ...file, id: await this.#uploaded(file) };
      await this.#change(entry.id, { files: [...files] });
    }
    return files.map((file) => file.id);
  }

  async #uploaded(file) {
    try {
      // A file that changed on the disk since it was chosen can never be read again.
      await file.blob.slice(0, 1).arrayBuffer();
    } catch {
      throw Object.assign(new Problem(400, { code: "unreadable" }), { file: file.name });
    }
    const form = new FormData();
    form.append("file", new File([file.blob], file.name, { type: file.type }));
    try {
      return (await this.api.call("POST", "uploads", undefined, { form, bytes: file.blob.size })).file_id;
    } catch (error) {
      throw Object.assign(error, { file: file.name });
    }
  }

  #later(error) {
    const known = error instanceof Problem || error instanceof Unreachable;
    const pause = (error.retryAfter ?? Math.min(2 ** this.attempt, LONGEST_PAUSE_S)) * 1000 * (0.75 + Math.random() / 2);
    this.restUntil = error.retryAfter ? performance.now() + pause : 0;
    this.attempt += 1;
    this.timer = setTimeout(() => this.flush(), pause);
    this.onchange();
    if (!known) throw error;
  }

  /** The changed entry; null when it was discarded or wiped, here or in another tab. */
  async #change(id, change) {
    let changed = null;
    await this.#inTurn(async () => {
      changed = await this.queue.change(id, change);
      this.kept = this.kept.flatMap((entry) => (entry.id !== id ? [entry] : changed ? [changed] : []));
    });
    this.tabs.tell("outbox");
    return changed;
  }

  /** One after another, everything that reads or changes the queue: no read overwrites what was written during it. */
  #inTurn(work) {
    const turn = this.turn.then(work);
    this.turn = turn.catch(() => {});
    return turn.then(() => this.onchange());
  }

  #find(id) {
    return this.kept.find((entry) => entry.id === id && this.#isOurs(entry));
  }
}

const withoutIds = (files) => files.map(({ id, ...file }) => file);

function body(entry, files, form) {
  const told = { client_msg_id: entry.id, kind: files.length ? "file" : "text", text: entry.text };
  if (files.length) told.file_ids = files;
  if (form) told.form = form;
  if (entry.replyTo) told.reply_to = entry.replyTo;
  if (entry.choice) Object.assign(told, { kind: "choice", choice: entry.choice });
  return told;
}
