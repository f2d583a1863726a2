// How it was: asked once after a conversation was resolved, five stars and a few words.

import { el, icon, iconButton } from "./dom.js";

const BEST = 5;

export class Rating {
  constructor({ words, values, send, onchange, ondone }) {
    Object.assign(this, { words, values, send, onchange, ondone });
    this.conversation = "";
    this.root = el("div", { class: "rating", hidden: true });
  }

  /** Asks about a conversation; with none there is nothing to ask. */
  ask(conversation) {
    if (conversation === this.conversation || this.root.contains(document.activeElement)) return;
    this.conversation = conversation;
    this.score = 0;
    const isAsked = conversation !== "" && this.values.read("rated") !== conversation;
    this.root.hidden = !isAsked;
    this.root.replaceChildren(...(isAsked ? [this.#card()] : []));
    if (isAsked) this.onchange();
  }

  /** Rated or put aside, here or in another tab. */
  close() {
    this.root.hidden = true;
    this.root.replaceChildren();
  }

  #card() {
    const { words } = this;
    this.stars = Array.from({ length: BEST }, (_, index) => this.#star(index + 1));
    this.wrong = el("p", { class: "wrong", role: "alert", hidden: true });
    this.more = this.#more();
    return el("section", { class: "card", "aria-labelledby": "rating-title" },
      el("div", { class: "card-head" }, el("h2", { id: "rating-title" }, words.say("how_was_it")),
        iconButton("close", words.say("not_now"), () => this.#finish())),
      el("div", { class: "stars", role: "group", "aria-labelledby": "rating-title" }, ...this.stars), this.wrong, this.more);
  }

  #star(score) {
    const label = this.words.say("score", { score, best: BEST });
    return el("button", { type: "button", class: "star", "aria-pressed": "false", "aria-label": label, title: label,
      onclick: () => this.#choose(score) }, icon("star", 26));
  }

  #more() {
    this.comment = el("textarea", { rows: 2, dir: "auto", maxLength: 1000, id: "rating-words" });
    const form = el("form", { class: "ask", hidden: true }, el("p", { role: "status" }, this.words.say("thanks")),
      el("label", { for: "rating-words" }, this.words.say("say_more")), this.comment,
      el("button", { type: "submit", class: "primary" }, this.words.say("send")));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!this.comment.value.trim() || (await this.#tell())) this.#finish();
    });
    return form;
  }

  async #choose(score) {
    this.score = score;
    this.stars.forEach((star, index) => {
      star.setAttribute("aria-pressed", String(index + 1 === score));
      star.classList.toggle("full", index < score);
    });
    if (!(await this.#tell())) return;
    this.more.hidden = false;
    this.onchange();
    this.comment.focus();
  }

  async #tell() {
    const isTaken = await this.send({ conversation: this.conversation, score: this.score, comment: this.comment.value });
    this.wrong.hidden = isTaken;
    if (isTaken) this.values.write("rated", this.conversation);
    else this.wrong.textContent = this.words.say("later");
    return isTaken;
  }

  #finish() {
    this.values.write("rated", this.conversation);
    this.close();
    this.ondone();
  }
}
