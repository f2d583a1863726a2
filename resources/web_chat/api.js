// Calls to the hub. A problem answer becomes a Problem; a hub out of reach becomes Unreachable.

import { solve } from "./work.js";

/** A connection may die without a word; then the call is given up and made again. */
const ANSWER_MS = 45_000;
const SLOWEST_BYTES_PER_MS = 16;

export class Unreachable extends Error {}

export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail || body.title || String(status));
    this.status = status;
    this.code = body.code || "";
    this.bits = body.bits || 0;
    this.retryAfter = retryAfter;
  }
}

export class Api {
  constructor(base) {
    this.base = base;
    this.token = null;
    this.work = null;
  }

  /** Begins the work that the hub asks of a new visitor's browser, unless it is done or under way for this token. */
  prepare(bits, token = this.token) {
    const { work } = this;
    if (bits && (work?.token !== token || work.bits < bits)) this.work = { token, bits, number: solve(token, bits) };
  }

  /** The answer to one request; a Problem says by which token it was asked: another may be in use by then. */
  async request(method, path, { body, form, headers, signal, anonymous, token = this.token } = {}) {
    const all = { ...headers };
    if (token && !anonymous) all.Authorization = `Bearer ${token}`;
    if (body !== undefined) all["Content-Type"] = "application/json";
    const options = { method, headers: all, signal, credentials: "omit", cache: "no-store" };
    if (form || body !== undefined) options.body = form ?? JSON.stringify(body);
    let answer;
    try {
      answer = await fetch(this.base + path, options);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Unreachable(path);
    }
    if (!answer.ok) throw Object.assign(await problemOf(answer), { token });
    return answer;
  }

  /** One call with its whole answer, under the session it was made in; `bytes` is the size of what goes up with it. */
  async call(method, path, body, options = {}) {
    const { token } = this;
    try {
      return await this.#called(method, path, body, { ...options, token });
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "work_required") throw error;
      this.prepare(error.bits, token);
      return this.#called(method, path, body, { ...options, token });
    }
  }

  async #called(method, path, body, { bytes = 0, ...options }) {
    const { work } = this;
    if (work && work.token === options.token) options.headers = { ...options.headers, "X-MIM-Work": await work.number };
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), ANSWER_MS + bytes / SLOWEST_BYTES_PER_MS);
    try {
      const answer = await this.request(method, path, { body, ...options, signal: patience.signal });
      return answer.status === 204 ? null : await answer.json();
    } catch (error) {
      throw error instanceof Problem ? error : new Unreachable(path);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Does `work` as far as the hub lets it; a refusal or a hub out of reach is no news. */
export async function untilDone(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
  }
}

async function problemOf(answer) {
  const retryAfter = Number(answer.headers.get("Retry-After")) || null;
  try {
    return new Problem(answer.status, await answer.json(), retryAfter);
  } catch {
    // Not ours: a proxy's page. A bad gateway means the hub is away.
    return answer.status >= 500 ? new Unreachable(String(answer.status)) : new Problem(answer.status, {}, retryAfter);
  }
}
