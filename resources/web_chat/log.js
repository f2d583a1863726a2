// The list of messages: keyed nodes, so that a change touches only the bubbles it concerns.

import { el, icon, marked } from "./dom.js";
import { canRetry, isAbout, reasonOf } from "./refusals.js";

const RUN_MS = 5 * 60_000;
const SHOWN_KINDS = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

export class Log {
  constructor({ config, words, after, onretry, ondiscard, onfile, onimage, onolder, onscroll, onchoose, onlost }) {
    Object.assign(this, { config, words, onretry, ondiscard, onfile, onimage, onchoose, onlost });
    this.nodes = new Map();
    this.pinned = true;
    this.older = el("button", { type: "button", class: "older", onclick: onolder, hidden: true }, words.say("older"));
    this.list = el("div", { class: "list", role: "log", "aria-live": "off", "aria-relevant": "additions", "aria-label": words.say("log") });
    this.typing = this.#typing();
    const greeting = el("div", { class: "bubble" }, el("span", { class: "words greeting", dir: "auto" }, config.welcome || words.say("welcome")));
    this.welcome = el("div", { class: "row brand welcome", hidden: true }, this.avatar(), el("div", { class: "column" }, greeting));
    this.hint = el("p", { class: "hint muted", role: "status", hidden: true });
    this.root = el("div", { class: "scroller", tabIndex: 0 },
      this.older, this.welcome, this.list, this.typing, this.hint, ...after);
    this.pill = el("button", { type: "button", class: "pill", hidden: true, onclick: () => this.toEnd() });
    this.root.addEventListener("scroll", () => {
      this.pinned = this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < 48;
      if (this.pinned) this.pill.hidden = true;
      onscroll();
    });
    new ResizeObserver(() => this.pinned && this.toEnd()).observe(this.root);
  }

  /** Shows the thread's messages followed by what waits in the outbox. */
  show(thread, waiting) {
    const items = this.#items(thread, waiting);
    const focus = this.#focus();
    const kept = new Map();
    const fresh = [];
    let place = this.list.firstChild;
    const isFirst = thread.loaded && this.list.getAttribute("aria-live") === "off";
    for (const item of items) {
      let node = this.nodes.get(item.key);
      if (node?.signature !== item.signature) {
        const next = item.draw();
        if (node && item.content && node.content === item.content) {
          this.#around(node, next);
          node.signature = item.signature;
          kept.set(item.key, node);
          if (node === place) place = place.nextSibling;
          else this.list.insertBefore(node, place);
          continue;
        }
        next.signature = item.signature;
        next.content = item.content;
        if (node) {
          next.classList.add("still");
          if (node === place) place = node.nextSibling;
          node.remove();
        } else fresh.push(item);
        node = next;
      }
      kept.set(item.key, node);
      if (node === place) place = place.nextSibling;
      else this.list.insertBefore(node, place);
    }
    for (const [key, node] of this.nodes) if (kept.get(key) !== node) node.remove();
    this.nodes = kept;
    this.older.hidden = !thread.older;
    if (focus) this.#refocus(focus);
    // What was there before is not news: only what comes from now on is read out.
    if (isFirst) requestAnimationFrame(() => this.list.setAttribute("aria-live", "polite"));
    this.#follow(fresh);
  }

  /** What stands around the same words changes alone: who reads, selects or has the keyboard there keeps it. */
  #around(node, next) {
    const [meta, told] = [node, next].map((row) => row.querySelector(".meta"));
    if (meta.outerHTML !== told.outerHTML) meta.replaceWith(told);
    const [offered, left] = [node, next].map((row) => row.querySelector(".choices"));
    const titles = new Set([...(left?.children ?? [])].map((one) => one.textContent));
    for (const one of [...(offered?.children ?? [])]) if (!titles.has(one.textContent)) one.remove();
    if (left && offered?.children.length !== left.children.length) {
      offered?.remove();
      node.querySelector(".column").append(left);
    } else if (offered && !left) offered.remove();
    const [old, now] = [node, next].map((row) => row.querySelector(":scope > .avatar"));
    if (old && !now) old.remove();
    if (now && !old) node.prepend(now);
    node.className = `${next.className} still`;
  }

  /** Where the keyboard is in the list: the message and which of its buttons. */
  #focus() {
    const active = document.activeElement;
    if (active === this.older) return { active };
    for (const [key, node] of this.nodes) {
      if (node.contains(active)) return { active, key, place: [...node.querySelectorAll("button, a")].indexOf(active), says: active.textContent };
    }
    return null;
  }

  /** The keyboard never falls out of the chat when what it stood on goes. */
  #refocus({ active, key, place, says }) {
    if (active === this.older) return active.hidden ? this.root.focus({ preventScroll: true }) : undefined;
    if (active.isConnected) return;
    const next = this.nodes.get(key)?.querySelectorAll("button, a")[place];
    if (next?.textContent === says) next.focus({ preventScroll: true });
    else this.onlost();
  }

  showTyping(on) {
    if (this.typing.hidden === !on) return;
    this.typing.hidden = !on;
    if (this.pinned) this.toEnd();
  }

  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
    this.pill.hidden = true;
    this.pinned = true;
  }

  /** Highest place of a brand message whose bubble is in view. */
  seen() {
    const box = this.root.getBoundingClientRect();
    let highest = 0;
    for (const node of this.list.querySelectorAll("[data-brand-place]")) {
      const edge = node.getBoundingClientRect().bottom;
      if (edge > box.top && edge <= box.bottom + 8) highest = Math.max(highest, Number(node.dataset.brandPlace));
    }
    return highest;
  }

  #follow(fresh) {
    const own = fresh.some((item) => item.own);
    if (this.pinned || own) return this.toEnd();
    const count = fresh.filter((item) => item.brand).length;
    if (!count) return;
    this.pill.replaceChildren(icon("arrow_down", 15), this.words.say("new_messages", { count }));
    this.pill.hidden = false;
  }

  #items(thread, waiting) {
    const messages = thread.inOrder();
    const items = [];
    let day = "", before = null;
    const all = [
      ...messages.map((message) => ({ message, at: Date.parse(message.ts) })),
      ...waiting.filter((entry) => !thread.has(entry.id)).map((entry) => ({ entry, at: entry.at })),
    ];
    all.forEach((one, index) => {
      const label = this.words.day(one.at);
      if (label !== day) items.push({ key: `day:${label}`, signature: label, draw: () => this.#day(label) });
      const role = one.entry ? "visitor" : one.message.role;
      const runs = before?.role === role && label === day && one.at - before.at < RUN_MS;
      const next = all[index + 1];
      const last = !next || (next.entry ? "visitor" : next.message.role) !== role || next.at - one.at >= RUN_MS;
      items.push(one.entry ? this.#waiting(one.entry, runs) : this.#told(one.message, thread, runs, last, index === all.length - 1));
      day = label;
      before = { role, at: one.at };
    });
    return items;
  }

  #told(message, thread, runs, last, newest) {
    const own = message.role === "visitor";
    const tick = own ? (message.place <= thread.brandReadUpTo ? "read" : "delivered") : "";
    return {
      key: message.client_msg_id ?? message.id,
      signature: JSON.stringify([message, tick, runs, last, newest]),
      content: JSON.stringify(message),
      brand: !own,
      draw: () => this.#bubble({ ...message, tick, runs, last, newest, at: Date.parse(message.ts), quoted: thread.messages.get(message.reply_to) }),
    };
  }

  #waiting(entry, runs) {
    const tick = entry.state === "failed" ? "failed" : "queued";
    const message = {
      role: "visitor", text: entry.text, at: entry.at, tick, runs, last: true, waiting: entry,
      attachments: entry.files.map((file) => ({ name: file.name, mime_type: file.type, size: file.blob.size, blob: file.blob })),
    };
    return {
      key: entry.id, own: true,
      signature: JSON.stringify([entry.state, entry.problem ?? null, runs, navigator.onLine]),
      draw: () => this.#bubble(message),
    };
  }

  #day(label) {
    return el("div", { class: "day" }, label);
  }

  #bubble(message) {
    const own = message.role === "visitor";
    const time = this.words.time(message.at);
    const row = el("div", { class: `row ${own ? "own" : "brand"}${message.runs ? " runs" : ""}` });
    if (own) row.setAttribute("aria-live", "off");
    else if (message.last) row.append(this.avatar());
    const column = el("div", { class: "column" });
    const body = this.#body(message, own, time);
    column.append(...body);
    if (message.buttons?.length) column.append(...this.#buttons(message));
    if (message.waiting?.state === "failed") column.append(this.#failure(message.waiting));
    row.append(column);
    if (!own) row.dataset.brandPlace = message.place;
    return row;
  }

  #body(message, own, time) {
    const said = this.words.say(own ? "you_said" : "brand_said", { time });
    const attachments = message.deleted ? [] : (message.attachments ?? []);
    const isShown = (file) => SHOWN_KINDS.has(file.mime_type) && !isAbout(message.waiting?.problem, file);
    const images = attachments.filter(isShown);
    const files = attachments.filter((file) => !isShown(file));
    const text = this.#text(message, images.length ? null : this.#meta(message, time));
    const parts = [];
    if (text || files.length || !images.length) {
      parts.push(el("div", { class: `bubble${message.automated ? " automated" : ""}${message.tick === "queued" ? " queued" : ""}` },
        el("span", { class: "said" }, said),
        message.automated ? el("div", { class: "flag" }, this.words.say("automated")) : null,
        message.quoted ? el("div", { class: "quote", dir: "auto" }, message.quoted.text.slice(0, 200)) : null,
        ...files.map((file) => this.#file(file)),
        text));
    }
    images.forEach((file, index) => {
      const isLast = index === images.length - 1;
      parts.push(el("figure", { class: "media" }, this.#image(file), isLast ? this.#meta(message, time) : null));
    });
    return parts;
  }

  #text(message, meta) {
    const { text, deleted, attachments = [] } = message;
    if (!text && !deleted && attachments.length) return meta;
    const said = deleted ? this.words.say("deleted") : text || this.words.say("unsupported");
    const words = text && !deleted ? marked(said, message.marks ?? []) : [said];
    return el("div", { class: "text", dir: "auto" }, el("span", { class: text && !deleted ? "words" : "words muted" }, ...words), meta);
  }

  #meta(message, time) {
    const moment = this.words.moment.format(message.at);
    const edited = message.edited ? `${this.words.say("edited")} · ` : "";
    const meta = el("div", { class: "meta", title: moment }, edited, el("time", { dateTime: new Date(message.at).toISOString() }, time));
    if (message.tick) {
      const offline = message.tick === "queued" && !navigator.onLine;
      const word = { queued: offline ? "waiting" : "sending", failed: "failed", delivered: "sent", read: "read" }[message.tick];
      meta.append(el("span", { class: `tick ${message.tick}`, role: "img", "aria-label": this.words.say(word), title: this.words.say(word) }, icon(message.tick, 15)));
    }
    return meta;
  }

  /** What may be chosen, while nothing came after it; addresses stay. */
  #buttons({ id, buttons, newest }) {
    const shown = buttons.filter((button) => button.url || newest);
    if (!shown.length) return [];
    return [el("div", { class: "choices" }, ...shown.map((button) => this.#button(id, button)))];
  }

  #button(id, { id: key, title, url }) {
    if (!url) return el("button", { type: "button", class: "choice", dir: "auto", onclick: () => this.onchoose(id, key, title) }, title);
    return el("a", { class: "choice", href: url, target: "_blank", rel: "noopener noreferrer nofollow", dir: "auto" }, title);
  }

  #file(file) {
    const size = this.words.size(file.size);
    return el("button", { type: "button", class: "file", "aria-label": this.words.say("file", { name: file.name, size }), onclick: () => this.onfile(file) },
      el("span", { class: "tile" }, icon("file", 20)),
      el("span", { class: "file-words" }, el("bdi", { class: "file-name" }, file.name), el("span", { class: "file-size" }, size)));
  }

  #image(file) {
    const picture = el("img", { alt: this.words.say("image", { name: file.name }), decoding: "async", loading: "lazy" });
    if (file.width && file.height) {
      picture.width = file.width;
      picture.height = file.height;
    }
    if (file.blob) {
      picture.src = URL.createObjectURL(file.blob);
      picture.addEventListener("load", () => URL.revokeObjectURL(picture.src), { once: true });
    } else {
      picture.src = file.url;
      picture.addEventListener("error", async () => (picture.src = await this.onimage(file, "fresh")), { once: true });
    }
    picture.addEventListener("load", () => this.pinned && this.toEnd());
    return el("button", { type: "button", class: "image", onclick: () => this.onimage(file, "open") }, picture);
  }

  #failure(entry) {
    const reason = reasonOf(entry.problem, this.words, this.config.limits);
    const retry = () => el("button", { type: "button", class: "link", onclick: () => this.onretry(entry.id) }, icon("retry", 14), this.words.say("retry"));
    return el("div", { class: "failure" }, el("span", { dir: "auto" }, reason), canRetry(entry.problem) ? retry() : null,
      el("button", { type: "button", class: "link", onclick: () => this.ondiscard(entry.id) }, this.words.say("discard")));
  }

  #typing() {
    const dots = [0, 1, 2].map(() => el("span", { class: "dot" }));
    return el("div", { class: "row brand typing", hidden: true, role: "status", "aria-label": this.words.say("typing") },
      this.avatar(), el("div", { class: "bubble" }, ...dots));
  }

  avatar(size = "small") {
    const { avatar } = this.config.brand;
    const inside = avatar ? el("img", { src: avatar, alt: "" }) : icon("comment", size === "small" ? 14 : 20);
    return el("span", { class: `avatar ${size}`, "aria-hidden": "true" }, inside);
  }
}
