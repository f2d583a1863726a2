// What the panel says above the log about the connection and about a hub that refuses.

import { reasonOf } from "./refusals.js";

export class Notices {
  constructor(panel, words, limits) {
    Object.assign(this, { panel, words, limits });
  }

  connection(state) {
    const text = { offline: "offline", connecting: "connecting" }[state];
    clearTimeout(this.timer);
    if (!text) return this.panel.say("connection", "");
    // A short break heals by itself: only a longer one is worth a word.
    const wait = state === "offline" ? 0 : 1500;
    this.timer = setTimeout(() => this.panel.say("connection", this.words.say(text), { rank: 3, kind: "warning" }), wait);
  }

  /** The hub takes nothing from here, and why. */
  refused(problem) {
    this.panel.say("refused", reasonOf(problem, this.words, this.limits), { rank: 1, kind: "warning" });
  }

  accepted() {
    this.panel.say("refused", "");
  }

  /** What became of the session; goes by itself. */
  session(key, lasts = 15_000) {
    this.panel.say("session", this.words.say(key), { lasts });
  }

  /** Below the messages: nobody is there and when they are back, or that the conversation is over. */
  around(hint, hours, isClosed) {
    const at = hours.opens_at && this.words.when(Date.parse(hours.opens_at));
    const away = hours.open ? "" : at ? this.words.say("away_until", { time: at }) : this.words.say("away");
    const text = [isClosed ? this.words.say("over") : "", away].filter(Boolean).join(" ");
    hint.hidden = !text;
    if (hint.textContent !== text) hint.textContent = text;
  }

  /** The conversation was closed and something waits for it to go on. */
  closed(isClosed, reopen) {
    const action = { label: this.words.say("reopen"), run: reopen };
    this.panel.say("closed", isClosed ? this.words.say("closed") : "", { rank: 4, action });
  }
}
