// The panel around the log: who we write to, the menu, one banner at a time, the picture viewer.

import { el, icon, iconButton } from "./dom.js";

export class Panel {
  constructor({ root, config, words, log, composer, embedded, onclose, onsound, onsignout }) {
    Object.assign(this, { root, config, words, log, composer, onclose });
    const { brand } = config;
    root.className = embedded ? "embedded" : "page";
    root.setAttribute("aria-label", words.say("title"));
    if (embedded) root.setAttribute("role", "dialog");
    this.menu = this.#menu(onsound, onsignout);
    this.menuButton = iconButton("more", words.say("menu"), () => this.#toggleMenu(), { "aria-haspopup": "menu", "aria-expanded": "false" });
    this.under = el("p", { class: "muted" }, config.subtitle || words.say("subtitle"));
    const title = el("h1", {}, el("bdi", {}, brand.name), brand.verified ? this.#seal() : null);
    const header = el("header", {}, log.avatar("large"),
      el("div", { class: "who" }, title, this.under),
      this.menuButton, embedded ? iconButton("close", words.say("close"), onclose, { id: "close" }) : null, this.menu);
    this.banner = el("div", { class: "banner", role: "status", hidden: true });
    root.replaceChildren(header, this.banner, log.root, log.pill, composer.root, this.#privacy());
    this.banners = new Map();
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("pointerdown", (event) => {
      if (!this.menu.hidden && !this.menu.contains(event.target) && !this.menuButton.contains(event.target)) this.#closeMenu();
    });
  }

  /** The line under the name: when somebody is back, else what the brand says there. */
  hours({ open, opens_at: opensAt }) {
    const { words, config } = this;
    const away = opensAt ? words.say("back", { time: words.when(Date.parse(opensAt)) }) : words.say("away_short");
    this.under.textContent = open ? config.subtitle || words.say("subtitle") : away;
  }

  /** Shows or, with no text, takes back a banner; the lowest rank wins. */
  say(name, text, { rank = 5, kind = "info", action = null, lasts = 0 } = {}) {
    clearTimeout(this.banners.get(name)?.timer);
    if (text) {
      const timer = lasts ? setTimeout(() => this.say(name, ""), lasts) : 0;
      this.banners.set(name, { text, rank, kind, action, timer });
    } else this.banners.delete(name);
    const [first] = [...this.banners.values()].sort((a, b) => a.rank - b.rank);
    this.banner.hidden = !first;
    if (!first) return;
    this.banner.className = `banner ${first.kind}`;
    const button = first.action ? el("button", { type: "button", class: "link", onclick: first.action.run }, first.action.label) : null;
    this.banner.replaceChildren(icon(first.kind === "warning" ? "offline" : "info", 16), el("span", {}, first.text), ...(button ? [button] : []));
  }

  /** A picture at full size, with its download. */
  view(file, url, ondownload) {
    const viewer = el("dialog", { class: "viewer", "aria-label": file.name },
      el("div", { class: "viewer-bar" }, el("bdi", {}, file.name),
        el("button", { type: "button", class: "link", onclick: ondownload }, this.words.say("download", { name: "" }).trim()),
        iconButton("close", this.words.say("close"), () => viewer.close())),
      el("img", { src: url, alt: this.words.say("image", { name: file.name }) }));
    viewer.addEventListener("close", () => viewer.remove());
    this.root.append(viewer);
    viewer.showModal();
  }

  /** Nobody looks at a picture any more. */
  closePicture() {
    for (const viewer of this.root.querySelectorAll("dialog")) viewer.remove();
  }

  setSound(on) {
    this.soundItem.setAttribute("aria-checked", String(on));
    this.soundItem.lastChild.textContent = this.words.say(on ? "sound_on" : "sound_off");
  }

  #seal() {
    const label = this.words.say("verified");
    return el("span", { class: "seal", role: "img", "aria-label": label, title: label }, icon("verified", 16));
  }

  #privacy() {
    const { privacy_url: address } = this.config;
    const link = address ? el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, this.words.say("privacy_link")) : null;
    return el("p", { class: "privacy muted" }, this.words.say("privacy"), link ? " " : null, link);
  }

  #menu(onsound, onsignout) {
    const item = (name, label, run, props = {}) =>
      el("button", { type: "button", role: "menuitem", tabIndex: -1, onclick: () => { this.#closeMenu(); run(); }, ...props }, icon(name, 16), el("span", {}, label));
    this.soundItem = item("sound", this.words.say("sound_off"), onsound, { role: "menuitemcheckbox", "aria-checked": "false" });
    return el("div", { class: "menu", role: "menu", hidden: true, "aria-label": this.words.say("menu") },
      this.soundItem, item("sign_out", this.words.say("sign_out"), onsignout));
  }

  #toggleMenu() {
    if (!this.menu.hidden) return this.#closeMenu();
    this.menu.hidden = false;
    this.menuButton.setAttribute("aria-expanded", "true");
    this.menu.firstChild.focus();
  }

  #closeMenu() {
    if (this.menu.hidden) return false;
    this.menu.hidden = true;
    this.menuButton.setAttribute("aria-expanded", "false");
    this.menuButton.focus();
    return true;
  }

  #key(event) {
    if (!this.menu.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const items = [...this.menu.children];
      const step = event.key === "ArrowDown" ? 1 : items.length - 1;
      items[(items.indexOf(document.activeElement) + step) % items.length].focus();
    }
    if (event.key !== "Escape" || event.isComposing || this.root.querySelector("dialog[open]")) return;
    if (this.#closeMenu()) return;
    if (this.composer.closeEmoji()) this.composer.focus();
    else this.onclose();
  }
}
