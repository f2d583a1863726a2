// Where the visitor writes: Enter sends, Shift+Enter breaks the line, an input method's Enter never sends.

import { el, icon, iconButton } from "./dom.js";

const EMOJI = [..."😀😄😂🙂😉😍😘😎🤔😐😕😢😭😡👍👎👋🙏👏💪🤝✅❌⭐🎉🔥💡❤️💙💚🌞☕🍀🎁📦📷📍🕐✈️🚗🏠🛒💳📞✉️🔑"
  .matchAll(/\p{Extended_Pictographic}\ufe0f?/gu)].map((found) => found[0]);

/** How many times too long words may be in the field: whoever pastes a book keeps what they can still shorten. */
const LONGEST = 5;

export class Composer {
  constructor({ config, words, draft, onsend, ontyping, onproblem }) {
    Object.assign(this, { config, words, draft, onsend, ontyping, onproblem });
    this.files = [];
    this.field = el("textarea", {
      id: "text", rows: 1, dir: "auto", placeholder: words.say("write"), "aria-label": words.say("write"),
      enterKeyHint: "send", autocomplete: "off", maxLength: LONGEST * config.limits.text,
    });
    this.picker = el("input", { type: "file", multiple: true, hidden: true, accept: config.limits.accept });
    this.chips = el("ul", { class: "chips", hidden: true });
    this.count = el("span", { class: "count", role: "status", hidden: true });
    this.emoji = this.#emojiPanel();
    this.emojiButton = iconButton("emoji", words.say("emoji"), () => this.#toggleEmoji(), { "aria-expanded": "false", "aria-controls": "emoji" });
    this.sendButton = el("button", { type: "submit", class: "send", "aria-label": words.say("send"), title: words.say("send") }, icon("arrow_up", 19));
    this.root = el("form", { class: "composer" }, this.emoji, this.chips,
      el("div", { class: "field" }, this.field, this.count,
        iconButton("attach", words.say("attach"), () => this.picker.click()), this.picker, this.emojiButton, this.sendButton));
    this.#listen();
    // Words break elsewhere once the chat is opened, widened or turned.
    new ResizeObserver(() => requestAnimationFrame(() => this.#fit())).observe(this.root);
    this.text = draft.text;
  }

  focus() {
    this.field.focus();
  }

  get text() {
    return this.field.value;
  }

  set text(value) {
    this.field.value = value;
    this.#changed();
  }

  /** Forgets words and files that were not sent. */
  clear() {
    this.files = [];
    this.text = "";
  }

  /** Takes files into the message, or says why not. */
  attach(list) {
    const why = [];
    for (const file of list) {
      const problem = this.#problemOf(file);
      if (problem) why.push(problem);
      else this.files.push({ name: file.name, type: file.type || "application/octet-stream", blob: file });
    }
    if (why.length) this.onproblem([...new Set(why)].join(" "));
    this.#changed();
  }

  /** Why a file is not taken; empty for one that the hub may take. */
  #problemOf(file) {
    const { files, file_bytes: bytes } = this.config.limits;
    const { name } = file;
    if (this.files.length >= files) return this.words.say("too_many", { count: files });
    if (file.size > bytes) return this.words.say("too_large", { name, size: this.words.size(bytes) });
    if (!file.size) return this.words.say("empty_file", { name });
    return this.#isTaken(file) ? "" : this.words.say("bad_type", { name });
  }

  /** By type or by ending; one that has neither is for the hub to look at. */
  #isTaken({ name, type }) {
    const kinds = this.config.limits.accept.split(",");
    const ending = /\.[^.]+$/.exec(name)?.[0].toLowerCase();
    return kinds.includes(type) || kinds.includes(ending) || (!type && !ending);
  }

  #listen() {
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("input", () => {
      this.#changed();
      if (this.field.value.trim()) this.ontyping();
    });
    this.field.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      this.attach(files);
    });
    this.picker.addEventListener("change", () => {
      this.attach([...this.picker.files]);
      this.picker.value = "";
      this.focus();
    });
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    const isForField = (event) => event.target === this.field && !event.dataTransfer?.types.includes("Files");
    document.addEventListener("dragover", (event) => isForField(event) || event.preventDefault());
    document.addEventListener("drop", (event) => {
      if (isForField(event)) return;
      event.preventDefault();
      this.attach([...(event.dataTransfer?.files ?? [])]);
    });
    document.addEventListener("pointerdown", (event) => {
      if (!this.emoji.hidden && !this.emoji.contains(event.target) && !this.emojiButton.contains(event.target)) this.closeEmoji();
    });
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey) return;
    // 229 is what browsers report for a key that the input method has taken.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#send();
  }

  #send() {
    const text = this.field.value.trim();
    if ((!text && !this.files.length) || this.#over() > 0) return this.focus();
    const files = this.files;
    this.files = [];
    this.text = "";
    this.closeEmoji();
    this.focus();
    this.onsend({ text, files });
  }

  #over() {
    return [...this.field.value.trim().normalize("NFC")].length - this.config.limits.text;
  }

  #changed() {
    this.draft.text = this.field.value;
    const over = this.#over();
    this.count.hidden = over <= 0;
    if (over > 0) this.count.textContent = this.words.say("too_long", { count: over });
    this.sendButton.disabled = over > 0;
    this.#fit();
    this.chips.hidden = !this.files.length;
    this.chips.replaceChildren(...this.files.map((file) => this.#chip(file)));
  }

  /** The field is as high as its words, as far as there is room. */
  #fit() {
    this.field.style.blockSize = "auto";
    this.field.style.blockSize = `${Math.min(this.field.scrollHeight, 132)}px`;
  }

  #chip(file) {
    const remove = () => {
      this.files = this.files.filter((one) => one !== file);
      this.#changed();
      this.focus();
    };
    const label = this.words.say("remove_file", { name: file.name });
    return el("li", { class: "chip" }, icon("file", 15), el("bdi", {}, file.name), el("span", { class: "muted" }, this.words.size(file.blob.size)),
      el("button", { type: "button", class: "chip-remove", "aria-label": label, title: label, onclick: remove }, icon("close", 14)));
  }

  #emojiPanel() {
    const put = (sign) => {
      const { selectionStart: from, selectionEnd: to } = this.field;
      this.field.setRangeText(sign, from, to, "end");
      this.#changed();
      this.closeEmoji();
      this.focus();
    };
    const panel = el("div", { id: "emoji", class: "emoji", hidden: true, role: "group", "aria-label": this.words.say("emoji_panel") },
      ...EMOJI.map((sign) => el("button", { type: "button", onclick: () => put(sign) }, sign)));
    panel.addEventListener("keydown", (event) => {
      const all = [...panel.children];
      const row = Math.max(1, all.filter((one) => one.offsetTop === all[0].offsetTop).length);
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row }[event.key];
      if (!step) return;
      event.preventDefault();
      const mirrored = this.config.dir === "rtl" && event.key.match(/Left|Right/) ? -step : step;
      all[Math.min(Math.max(all.indexOf(document.activeElement) + mirrored, 0), all.length - 1)].focus();
    });
    return panel;
  }

  #toggleEmoji() {
    if (!this.emoji.hidden) return this.closeEmoji();
    this.emoji.hidden = false;
    this.emojiButton.setAttribute("aria-expanded", "true");
    this.emoji.firstChild.focus();
  }

  /** Answers whether there was anything to close. */
  closeEmoji() {
    if (this.emoji.hidden) return false;
    this.emoji.hidden = true;
    this.emojiButton.setAttribute("aria-expanded", "false");
    return true;
  }
}
