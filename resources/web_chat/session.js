// The visitor's session: a token kept in this browser only, renewed when the hub no longer knows it.

import { Problem } from "./api.js";

export class Session {
  constructor(config, api, values, tabs) {
    Object.assign(this, { config, api, values, tabs });
    this.page = { url: "", title: "", referrer: "" };
    this.onchange = () => {};
    this.owner = this.#owner();
  }

  /** A mark of who writes in this browser: another one after a switch of customers or a sign-out. */
  #owner() {
    if (!this.values.read("owner")) this.values.write("owner", newId());
    return this.values.read("owner");
  }

  /** Somebody goes: from now on nothing here is anybody's. */
  leave() {
    this.owner = "";
  }

  /** The session of this browser, begun or resumed; says `renewed` when the old one was gone. */
  ensure() {
    return this.tabs.alone("session", async () => {
      const continued = await this.#continued();
      if (continued) return continued;
      const kept = this.values.read("session");
      if (kept && this.api.token === kept.token) return kept;
      if (!kept) return this.#adopt(await this.#post(null));
      try {
        return this.#adopt(await this.#post({ resume: kept.token }));
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 401) throw error;
        return this.#adopt(await this.#post(null), "renewed");
      }
    });
  }

  /** Goes on with the chat that a mailed link leads to; the mark leaves the address before it is used. */
  async #continued() {
    const mark = new URLSearchParams(location.hash.slice(1)).get("continue");
    if (!mark) return null;
    history.replaceState(null, "", location.pathname + location.search);
    try {
      return this.#adopt(await this.#post({ continues: mark }), "continued");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.onchange({ how: "link_over", changed: false, answer: {} });
      return null;
    }
  }

  /** The hub refused `token`: another tab may have renewed it already, else begin anew. */
  async renew(token) {
    await this.tabs.alone("session", async () => {
      const kept = this.values.read("session");
      if (kept && kept.token !== token) this.follow();
      else this.#adopt(await this.#post(null), "renewed");
    });
  }

  /** Takes over what another tab wrote. */
  follow() {
    const kept = this.values.read("session");
    this.api.token = kept?.token ?? null;
    this.id = kept?.id ?? null;
    this.owner = this.#owner();
  }

  async identify(proof) {
    return this.tabs.alone("session", async () => {
      const answer = await this.api.call("POST", "identify", proof);
      return this.#adopt(answer, answer.switched ? "switched" : "identified");
    });
  }

  /** Ends the session of this browser, also one that was not yet taken up again: nothing goes on with it. */
  logout() {
    return this.tabs.alone("session", async () => {
      this.api.token ??= this.values.read("session")?.token ?? null;
      try {
        if (this.api.token) await this.api.call("POST", "logout", {});
      } finally {
        this.api.token = null;
        this.id = null;
        this.values.wipe();
        this.owner = this.#owner();
      }
    });
  }

  #post(how) {
    const { widget, locale } = this.config;
    const body = { widget, locale, page: this.page, client_id: this.#clientId() };
    return this.api.call("POST", "session", { ...body, ...how }, { anonymous: true });
  }

  #clientId() {
    let id = this.values.read("client");
    if (!id) this.values.write("client", (id = crypto.randomUUID?.() ?? fallbackUuid()));
    return id;
  }

  #adopt(answer, how = "") {
    const changed = this.id !== undefined && this.id !== null && this.id !== answer.session_id;
    this.api.token = answer.session_token;
    this.id = answer.session_id;
    if (how === "switched") this.values.write("owner", newId());
    this.owner = this.#owner();
    this.api.prepare(answer.work);
    this.values.write("session", { token: answer.session_token, id: answer.session_id });
    this.onchange({ how, changed, answer });
    return answer;
  }
}

/** A random UUID where the browser offers none (plain http on another machine). */
export function fallbackUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export const newId = () => crypto.randomUUID?.() ?? fallbackUuid();
