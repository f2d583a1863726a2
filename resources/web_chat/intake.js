// The form before the first message, and the address to answer to while nobody is there.
// Answers stay in this browser until the hub has taken them with a message.

import { el, iconButton } from "./dom.js";

const EMAIL = /^[^\s@<>(),;:"\\[\]]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,250}\.[A-Za-z0-9-]{2,63}$/;
const PHONE = /^\+?[0-9 ()./-]{5,30}$/;
const MOST = { name: 100, email: 254, phone: 30, topic: 100, text: 500 };
const TYPES = { email: "email", phone: "tel" };
const FILLED_BY = { name: "name", email: "email", phone: "tel" };

/** Whether an answer fits its question; the hub looks again. */
export function fits(question, answer) {
  if (!answer) return !question.required;
  if (question.kind === "consent") return answer === "yes";
  if (answer.length > MOST[question.kind] || /\p{Cf}/u.test(answer)) return false;
  if (question.kind === "email") return EMAIL.test(answer) && !answer.includes("..");
  if (question.kind === "phone") return PHONE.test(answer) && answer.replace(/\D/g, "").length >= 5;
  return !question.choices.length || question.choices.includes(answer);
}

export class Intake {
  constructor({ config, words, values, thread, add, onanswered, onchange }) {
    Object.assign(this, { config, words, values, thread, add, onanswered, onchange });
    this.done = false;
    this.isProven = false;
    this.root = el("div", { class: "intake", hidden: true });
    this.shown = "";
  }

  /** What a session says of itself. */
  begin({ form_done: isDone, identified }) {
    this.done = isDone === true;
    this.isProven = identified === true;
  }

  /** Whether the hub has the first message, from this tab or another one. */
  get isDone() {
    return this.done || [...this.thread.messages.values()].some((one) => one.role === "visitor");
  }

  /** The answers that go with the first message. */
  get answers() {
    return this.isDone ? null : this.values.read("form");
  }

  get questions() {
    const { open, closed } = this.config.form;
    return this.thread.hours.open ? open : closed;
  }

  /** Whether nothing can be written before the form is filled in. */
  get blocks() {
    const mustAsk = this.questions.some((one) => one.required || one.asked === "always");
    return !this.isDone && !this.isProven && mustAsk && !this.values.read("form");
  }

  /** The hub has the answers. */
  taken() {
    this.done = true;
    const form = this.values.read("form");
    if (!form) return;
    if (form.email) this.values.write("address", true);
    this.values.write("form", null);
  }

  /** The hub wants answers that it did not get, or other ones. */
  refused() {
    this.values.write("form", null);
    this.done = false;
  }

  /** Forgets what was typed and kept. */
  clear() {
    this.refused();
    this.shown = "";
  }

  /** Shows what is to be asked; `isLate`: something else is asked, or all is said. */
  show(isLate) {
    const asked = isLate && !this.blocks ? [] : this.#asked();
    const shown = JSON.stringify([this.blocks, asked.map((one) => one.name)]);
    this.root.hidden = !asked.length;
    if (shown === this.shown) return;
    this.shown = shown;
    this.root.replaceChildren(...(asked.length ? [this.#card(asked)] : []));
  }

  #asked() {
    if (this.isProven) return [];
    if (this.blocks) return this.questions;
    const hasAddress = this.values.read("address") || this.values.read("form")?.email;
    if (this.thread.hours.open || hasAddress || this.values.read("no_address")) return [];
    return this.config.form.closed.filter((one) => one.kind === "email");
  }

  #card(questions) {
    const { words, blocks } = this;
    const fields = questions.map((one) => this.#field(one));
    const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
    const go = el("button", { type: "submit", class: "primary" }, words.say(blocks ? "begin" : "save"));
    const form = el("form", { class: "card", noValidate: true, "aria-labelledby": "intake-title" },
      el("div", { class: "card-head" }, el("h2", { id: "intake-title" }, words.say(blocks ? "form_title" : "leave_address")),
        blocks ? null : iconButton("close", words.say("not_now"), () => this.#notNow())),
      ...fields.map(({ row }) => row), wrong, go);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(fields, wrong);
    });
    return form;
  }

  #notNow() {
    this.values.write("no_address", true);
    this.onchange();
  }

  #field(question) {
    const { words } = this;
    const id = `ask-${question.name}`;
    const word = question.label || words.say(`ask_${question.kind}`);
    const input = this.#input(question, id);
    const why = el("p", { class: "wrong", id: `${id}-why`, hidden: true });
    input.setAttribute("aria-describedby", why.id);
    if (question.required) input.required = true;
    const isConsent = question.kind === "consent";
    const optional = question.required || isConsent ? null : el("span", { class: "muted" }, ` ${words.say("optional")}`);
    const label = el("label", { for: id }, el("bdi", {}, word), optional);
    const link = question.url
      ? el("a", { href: question.url, target: "_blank", rel: "noopener noreferrer" }, words.say("read_more")) : null;
    const row = isConsent
      ? el("div", { class: "ask consent" }, input, el("div", {}, label, link ? " " : null, link), why)
      : el("div", { class: "ask" }, label, input, why);
    const answer = () => (isConsent ? (input.checked ? "yes" : "") : input.value.trim().replace(/\s+/g, " "));
    const tell = (isWrong) => {
      input.setAttribute("aria-invalid", String(isWrong));
      why.hidden = !isWrong;
      why.textContent = isWrong ? this.#reason(question, answer()) : "";
    };
    input.addEventListener("input", () => tell(false));
    return { question, input, row, answer, tell };
  }

  #input(question, id) {
    if (question.kind === "consent") return el("input", { type: "checkbox", id });
    if (question.choices.length) {
      const none = el("option", { value: "" }, this.words.say("choose"));
      return el("select", { id }, none, ...question.choices.map((one) => el("option", { value: one }, one)));
    }
    return el("input", {
      type: TYPES[question.kind] ?? "text", id, dir: "auto", maxLength: MOST[question.kind],
      autocomplete: FILLED_BY[question.kind] ?? "off",
    });
  }

  #reason(question, answer) {
    if (!answer) return this.words.say(question.kind === "consent" ? "consent_needed" : "answer_needed");
    return this.words.say({ email: "bad_email", phone: "bad_phone" }[question.kind] ?? "bad_answer");
  }

  async #submit(fields, wrong) {
    const bad = fields.filter(({ question, answer }) => !fits(question, answer()));
    for (const field of fields) field.tell(bad.includes(field));
    wrong.hidden = true;
    if (bad.length) return bad[0].input.focus();
    const answers = Object.fromEntries(fields.map(({ question, answer }) => [question.name, answer()]).filter(([, one]) => one));
    const isTaken = await this.#keep(answers);
    wrong.hidden = isTaken;
    if (!isTaken) wrong.textContent = this.words.say("later");
    else this.onanswered();
  }

  /** Keeps answers for the first message; later ones are told at once. Answers whether that went well. */
  async #keep(answers) {
    if (!this.isDone) {
      this.values.write("form", { ...this.values.read("form"), ...answers });
      return true;
    }
    if (!Object.keys(answers).length) return true;
    if (!(await this.add(answers))) return false;
    if (answers.email) this.values.write("address", true);
    return true;
  }
}
