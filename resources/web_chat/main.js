// The chat page: wires session, stream, outbox and screen together.

import { Api, Problem, Unreachable, untilDone } from "./api.js";
import { Bridge, bare } from "./bridge.js";
import { Composer } from "./composer.js";
import { Files } from "./files.js";
import { Intake } from "./intake.js";
import { Log } from "./log.js";
import { Notices } from "./notices.js";
import { Outbox } from "./outbox.js";
import { Panel } from "./panel.js";
import { Rating } from "./rating.js";
import { Reading } from "./reading.js";
import { Session } from "./session.js";
import { Draft, Queue, Values } from "./storage.js";
import { Sound } from "./sound.js";
import { Stream } from "./stream.js";
import { Tabs } from "./tabs.js";
import { Thread } from "./thread.js";
import { Words } from "./words.js";

const TYPING_EVERY_MS = 3000;
const HOST_PAGE_MS = 300;

/** Whom a proof names: tabs that name the same customer do not stand in each other's way. */
const named = ({ external_id, jwt }) => {
  const claims = String(jwt).split(".")[1] ?? "";
  try {
    return external_id ?? JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))).sub;
  } catch {
    return claims;
  }
};

const isOfIdentity = (error) => Boolean(error.code?.startsWith("identity_"));

class Chat {
  constructor(config) {
    this.config = config;
    this.words = new Words(config);
    this.api = new Api(config.api);
    this.values = new Values(config.widget);
    const { isShared } = this.values;
    this.tabs = new Tabs(config.widget, isShared);
    this.files = new Files(this.api, (...seen) => this.panel.view(...seen));
    this.sound = new Sound(this.values);
    this.thread = new Thread(config.hours);
    this.session = new Session(config, this.api, this.values, this.tabs);
    this.tabs.whose = () => this.session.owner;
    this.session.onchange = (change) => this.#sessionChanged(change);
    this.hostPage = new Promise((resolve) => (this.hostPageTold = resolve));
    this.bridge = new Bridge(config.host, this.#verbs());
    this.opened = !this.bridge.embedded;
    if (!this.bridge.embedded) this.hostPageTold();
    this.typedAt = 0;
    this.identities = 0;
    this.left = Promise.resolve();
    this.reading = new Reading({
      api: this.api, thread: this.thread, tabs: this.tabs, seen: () => this.log.seen(),
      isReading: () => this.opened && document.visibilityState === "visible", onread: () => this.#badge(),
    });
    this.intake = new Intake({
      config, words: this.words, values: this.values, thread: this.thread, add: (answers) => this.#said("form", { answers }),
      onanswered: () => this.#answered(), onchange: () => this.show(),
    });
    this.rating = new Rating({
      words: this.words, values: this.values, send: (rating) => this.#said("rating", rating),
      onchange: () => this.log.toEnd(), ondone: () => this.#rated(),
    });
    this.#buildScreen();
    this.outbox = new Outbox({
      api: this.api, session: this.session, queue: new Queue(config.widget, isShared), tabs: this.tabs,
      answers: () => this.intake.answers, onchange: () => this.show(), onsent: (entry, answer) => this.#sent(entry, answer),
      isKnown: (id) => this.#isKnown(id),
    });
    this.stream = new Stream(this.api, {
      cursor: () => this.thread.cursor, values: this.values,
      onevent: (event) => this.#event(event),
      onstate: (state) => this.#connection(state),
      onproblem: (problem) => this.#streamProblem(problem),
    });
    this.#listen();
  }

  async start() {
    this.show();
    this.notices.connection(navigator.onLine ? "live" : "offline");
    await this.outbox.load();
    this.bridge.post("ready");
    await Promise.race([this.hostPage, new Promise((resolve) => setTimeout(resolve, HOST_PAGE_MS))]);
    await this.#begin();
    this.tabs.campaign(() => this.#lead());
    this.outbox.flush();
  }

  show() {
    const waiting = this.outbox?.entries ?? [];
    this.log.show(this.thread, waiting);
    this.log.welcome.hidden = waiting.length > 0 || this.thread.messages.size > 0;
    this.#showTyping();
    this.#showAround(waiting);
    const isClosed = waiting.some((entry) => entry.problem?.code === "closed");
    this.notices.closed(isClosed, () => this.#reopen());
    this.#badge();
    this.reading.soon();
  }

  /** What stands around the messages: form, opening hours, the question how it was. */
  #showAround(waiting) {
    const { hours, state, rating } = this.thread;
    const refused = waiting.find((entry) => entry.problem?.code === "form_required");
    if (refused && refused !== this.refused) this.intake.refused();
    this.refused = refused;
    this.rating.ask(state === "closed" ? rating : "");
    this.intake.show(!this.rating.root.hidden || state === "closed");
    this.composer.root.hidden = this.intake.blocks;
    this.panel.hours(hours);
    this.notices.around(this.log.hint, hours, state === "closed" && this.thread.messages.size > 0);
  }

  // -- session ---------------------------------------------------------------------------------

  async #begin() {
    for (let pause = 1; ; pause = Math.min(pause * 2, 30)) {
      try {
        await this.session.ensure();
        return await this.#snapshot();
      } catch (error) {
        if (!(await this.#passed(error, pause))) return this.notices.refused(error);
      }
    }
  }

  /** Waits until a call that failed is worth making again; answers false where the hub's no is its last word. */
  async #passed(error, pause) {
    if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
    if (error.status === 401 && !isOfIdentity(error)) await untilDone(() => this.session.renew(error.token));
    else if (error instanceof Problem && error.status < 500 && error.status !== 429) return false;
    this.notices.connection(navigator.onLine ? "connecting" : "offline");
    await this.#pause(error.retryAfter ?? pause);
    return true;
  }

  #pause(seconds) {
    return new Promise((resolve) => {
      addEventListener("online", resolve, { once: true });
      setTimeout(resolve, seconds * 1000 * (0.75 + Math.random() / 2));
    });
  }

  #sessionChanged({ how, changed, answer }) {
    if (how === "link_over") return this.notices.session("link_over");
    if (how === "renewed") this.notices.session("session_new");
    if (how === "switched") {
      this.notices.session("switched");
      this.#clearDrafts();
      this.outbox.wipe();
    }
    this.intake.begin(answer);
    if (changed || how === "renewed") {
      this.thread.clear();
      this.reading.clear();
    }
    if (how) {
      this.tabs.tell("session", how);
      this.stream.stop();
      this.#restart();
    }
  }

  /** What the session holds is fetched by every tab, also by one that does not lead (yet). */
  async #restart() {
    await this.#begin();
    if (this.tabs.isLeader) await this.#lead();
  }

  async #snapshot() {
    const token = this.api.token;
    const answer = await this.api.call("GET", "messages?limit=50");
    if (token !== this.api.token) return;
    this.thread.page(answer, true);
    this.notices.connection("live");
    this.show();
    this.reading.received();
  }

  async #older() {
    if (!this.thread.older) return;
    const { root } = this.log;
    const fromEnd = root.scrollHeight - root.scrollTop;
    const { token } = this.api;
    const answer = await this.api.call("GET", `messages?limit=50&before=${this.thread.older}`);
    if (token !== this.api.token) return;
    this.thread.page(answer, false);
    this.show();
    root.scrollTop = root.scrollHeight - fromEnd;
  }

  // -- stream ----------------------------------------------------------------------------------

  async #lead() {
    if (this.stream.running || !this.api.token) return;
    await this.stream.run();
  }

  async #event(event) {
    if (event.type === "reset") {
      await this.#snapshot();
      this.tabs.tell("snapshot");
      return;
    }
    if (event.type === "superseded") return this.#superseded();
    if (event.type === "session") await this.#epoch(event.data);
    // A stream's greeting is no event of the log: it moves nobody's place, but tells from where on others will hear.
    const told = event.type === "session" ? { ...event, id: null, from: this.thread.cursor } : event;
    this.#take(told);
    this.tabs.tell("event", told);
  }

  #take(event) {
    const isNew = event.type === "message" && event.data.role === "brand" && !this.thread.messages.has(event.data.id);
    if (!this.thread.apply(event)) return;
    if (isNew && this.tabs.isLeader) this.sound.chime();
    this.show();
    if (this.tabs.isLeader) this.reading.received();
  }

  async #epoch({ epoch }) {
    if (epoch !== (this.epoch ?? epoch)) {
      this.thread.restart();
      await this.#snapshot();
      this.tabs.tell("restart");
    }
    // Only now: a snapshot that failed is asked for again with the next stream.
    this.epoch = epoch;
  }

  #superseded() {
    this.stream.stop();
    const run = () => {
      this.panel.say("superseded", "");
      this.#restart();
    };
    this.panel.say("superseded", this.words.say("superseded"), { rank: 2, action: { label: this.words.say("use_here"), run } });
  }

  #connection(state) {
    this.notices.connection(state);
    if (state === "live") this.reading.again();
  }

  /** Answers whether the stream should try again. */
  async #streamProblem(problem) {
    if (problem.status === 401) {
      // A new session starts a stream of its own and ends this one; one that could not begin is tried again.
      await untilDone(() => this.session.renew(problem.token));
      return true;
    }
    if (problem.status === 429 || problem.status >= 500) return true;
    this.notices.refused(problem);
    return false;
  }

  // -- what the visitor does -------------------------------------------------------------------

  #sent(entry, answer) {
    this.intake.taken();
    if (this.thread.has(entry.id)) return this.show();
    this.#told(answer);
    this.tabs.tell("sent", answer);
  }

  #told({ event_id: id, message }) {
    this.thread.sent(id, message);
    this.show();
  }

  /** Whether the hub has the message of this id already. */
  async #isKnown(id) {
    await this.#snapshot();
    return this.thread.has(id);
  }

  #typed() {
    if (!this.api.token || !this.config.features.typing || Date.now() - this.typedAt < TYPING_EVERY_MS) return;
    this.typedAt = Date.now();
    untilDone(() => this.api.call("POST", "typing", {}));
  }

  /** Shows the hub who the site says this is, until it has an answer or the site says something else, here or in another tab. */
  async #identify(proof) {
    const turn = (this.identities += 1);
    await this.left;
    if (turn !== this.identities) return;
    const who = named(proof);
    this.values.write("said", who);
    const holds = () => turn === this.identities && who === this.values.read("said");
    for (let pause = 1; holds(); pause = Math.min(pause * 2, 30)) {
      try {
        if (!this.api.token) await this.session.ensure();
        if (!holds()) return;
        await this.session.identify(proof);
        this.asked = false;
        this.notices.accepted();
        return this.outbox.retryRefused("identity_required");
      } catch (error) {
        if (!(await this.#passed(error, pause))) return this.#notIdentified(error);
      }
    }
  }

  #notIdentified(error) {
    if (!isOfIdentity(error) || this.asked) return this.notices.session("identity_failed");
    this.asked = true;
    this.bridge.post("identify", { reason: error.code });
  }

  /** Signs out; whoever is told of meanwhile comes after that. */
  #logout() {
    this.identities += 1;
    return (this.left = this.#leave());
  }

  async #leave() {
    // First: what waits must not go out under the session that begins next.
    this.session.leave();
    await this.outbox.wipe();
    await untilDone(() => this.session.logout());
    this.tabs.tell("logout");
    await this.#forget();
    await this.#begin();
    this.#lead();
  }

  async #forget() {
    this.stream.stop();
    this.thread.clear();
    this.#clearDrafts();
    await this.outbox.wipe();
    this.show();
    this.rating.close();
    this.notices.session("signed_out", 8000);
    this.bridge.post("logout");
  }

  /** What was begun by somebody else is no business of whoever comes next. */
  #clearDrafts() {
    this.composer.clear();
    this.intake.clear();
    this.panel.closePicture();
  }

  async #reopen() {
    await untilDone(() => this.api.call("POST", "reopen", {}));
    this.thread.state = "open";
    this.outbox.retryRefused("closed");
    this.show();
  }

  /** Tells the hub something besides a message; answers whether it took it. */
  async #said(path, body) {
    try {
      await this.api.call("POST", path, body);
      return true;
    } catch (error) {
      if (error instanceof Problem || error instanceof Unreachable) return false;
      throw error;
    }
  }

  #answered() {
    this.outbox.retryRefused("form_required");
    this.show();
    this.composer.focus();
    this.tabs.tell("intake");
  }

  #rated() {
    this.composer.focus();
    this.tabs.tell("rated");
  }

  // -- screen ----------------------------------------------------------------------------------

  #buildScreen() {
    const { config, words } = this;
    this.log = new Log({
      config, words, after: [this.intake.root, this.rating.root],
      onretry: (id) => this.outbox.retry(id),
      ondiscard: (id) => this.outbox.discard(id),
      onfile: (file) => this.files.save(file),
      onimage: (file, why) => this.files.picture(file, why),
      onolder: () => untilDone(() => this.#older()),
      onscroll: () => this.reading.soon(),
      onchoose: (replyTo, id, title) => {
        this.outbox.add({ text: title, replyTo, choice: { id, title } });
        this.composer.focus();
      },
      onlost: () => this.focus(),
    });
    this.composer = new Composer({
      config, words, draft: new Draft(config.widget),
      onsend: (message) => this.outbox.add(message),
      ontyping: () => this.#typed(),
      onproblem: (text) => this.panel.say("file", text, { kind: "warning", lasts: 8000 }),
    });
    this.panel = new Panel({
      root: document.getElementById("panel"), config, words, log: this.log, composer: this.composer,
      embedded: this.bridge.embedded,
      onclose: () => this.bridge.post("close"),
      onsound: () => this.panel.setSound(this.sound.toggle()),
      onsignout: () => this.#logout(),
    });
    this.notices = new Notices(this.panel, words, config.limits);
    const { style } = document.documentElement;
    for (const [name, value] of Object.entries(config.colors)) style.setProperty(name, value);
    this.panel.setSound(this.sound.isOn);
  }

  #showTyping() {
    clearTimeout(this.typingTimer);
    const left = this.thread.typingUntil - Date.now();
    this.log.showTyping(left > 0);
    if (left > 0) this.typingTimer = setTimeout(() => this.#showTyping(), left + 50);
  }

  /** Where one begins: the form, or the words. */
  focus() {
    const first = this.intake.blocks ? this.intake.root.querySelector("input, select") : null;
    if (first) first.focus();
    else this.composer.focus();
  }

  #badge() {
    const count = this.opened && document.visibilityState === "visible" ? 0 : this.thread.unread();
    if (count === this.badgeCount) return;
    this.badgeCount = count;
    this.bridge.post("unread", { count });
  }

  #verbs() {
    return {
      open: () => {
        this.opened = true;
        this.show();
        this.focus();
        this.log.toEnd();
      },
      close: () => {
        this.opened = false;
        this.#badge();
      },
      identify: ({ proof }) => this.#identify(proof),
      logout: () => this.#logout(),
      page: ({ page }) => {
        this.session.page = bare(page);
        this.hostPageTold();
      },
    };
  }

  #listen() {
    document.addEventListener("visibilitychange", () => this.show());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#woken());
    addEventListener("offline", () => {
      this.notices.connection("offline");
      this.show();
    });
    addEventListener("online", () => {
      this.notices.connection("connecting");
      this.show();
    });
    this.tabs.on("event", (event) => this.#hear(event));
    this.tabs.on("sent", (answer) => this.#told(answer));
    this.tabs.on("intake", () => this.show());
    this.tabs.on("rated", () => this.rating.close());
    this.tabs.onAnyone("outbox", () => this.outbox.follow());
    this.tabs.on("restart", () => {
      this.thread.restart();
      untilDone(() => this.#snapshot());
    });
    this.tabs.on("snapshot", () => untilDone(() => this.#snapshot()));
    this.tabs.on("read", (upTo) => {
      this.thread.readUpTo = Math.max(this.thread.readUpTo, upTo);
      this.#badge();
    });
    this.tabs.onAnyone("session", (how) => this.#follow(how));
    this.tabs.onAnyone("logout", async () => {
      this.identities += 1;
      this.session.follow();
      await this.#forget();
      await untilDone(() => this.session.ensure());
      this.#restart();
    });
  }

  /** What the leading tab was told; it may have begun further on than this one knows. */
  #hear(event) {
    if ((event.from ?? 0) > (this.thread.cursor ?? -1)) untilDone(() => this.#snapshot());
    this.#take(event);
  }

  /** Back from the browser's cache of pages: streams, messages of other tabs and turns may have passed it by. */
  async #woken() {
    this.session.follow();
    await this.outbox.follow();
    await untilDone(() => this.#snapshot());
    this.stream.reconnect();
  }

  async #follow(how) {
    if (how === "switched") this.#clearDrafts();
    this.session.follow();
    this.stream.stop();
    this.thread.clear();
    this.reading.clear();
    await this.#begin();
    if (this.tabs.isLeader) this.#lead();
  }
}

const config = JSON.parse(document.getElementById("config").textContent);
await new Chat(config).start();
