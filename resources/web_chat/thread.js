// The messages of this visitor as the hub told them, kept once each and in the hub's order.

/** A snapshot may be this many events older than what the stream told while it was on its way. */
const REMEMBERED = 200;

export class Thread {
  constructor(hours) {
    this.hours = hours;
    this.clear();
  }

  clear() {
    this.messages = new Map();
    this.cursor = null;
    this.older = null;
    this.state = "open";
    this.brandReadUpTo = 0;
    this.readUpTo = 0;
    this.typingUntil = 0;
    this.loaded = false;
    this.rating = "";
    this.told = [];
  }

  /** The hub began its numbers anew: what was told before them says nothing about what comes. */
  restart() {
    this.told = [];
    this.cursor = null;
    this.brandReadUpTo = 0;
    this.readUpTo = 0;
  }

  /** A message as the hub answered it to the post that was event `id`; the stream goes on from where it was. */
  sent(id, message) {
    this.#remember({ id, type: "message", data: message });
    if (!this.messages.has(message.id)) this.#put(message);
  }

  /** One event of the stream; answers whether something on screen changed. */
  apply({ id, type, data }) {
    if (id !== null && id !== undefined) {
      const number = Number(id);
      if (this.cursor !== null && number <= this.cursor && type !== "reset") return false;
      this.cursor = number;
      this.#remember({ id: number, type, data });
    }
    return this.#change(type, data);
  }

  #change(type, data) {
    if (type === "message" || type === "message_updated") return this.#put(data);
    if (type === "typing") this.typingUntil = Date.now() + Math.max(0, data.for_ms ?? 5000);
    else if (type === "read" && data.by === "brand") this.brandReadUpTo = Math.max(this.brandReadUpTo, data.place);
    else if (type === "read" && data.by === "visitor") this.readUpTo = Math.max(this.readUpTo, data.place);
    else if (type === "state" || type === "session") {
      this.hours = data.hours ?? this.hours;
      this.state = data.state ?? this.state;
    } else if (type === "csat_request") this.rating = data.conversation;
    else return false;
    return true;
  }

  /** A page of GET /messages; `fresh` replaces everything but keeps the reader's place. */
  page(answer, fresh) {
    if (fresh) {
      this.messages = new Map();
      this.cursor = answer.last_event_id;
      this.state = answer.state;
      this.hours = answer.hours;
      this.rating = answer.rating;
      this.brandReadUpTo = Math.max(this.brandReadUpTo, answer.brand_read_up_to);
      this.readUpTo = Math.max(this.readUpTo, answer.read_up_to);
    }
    for (const message of answer.messages) this.#put(message);
    // What came while this page was on its way is not on it.
    if (fresh) for (const { id, type, data } of this.told) if (id > answer.last_event_id) this.#change(type, data);
    this.older = answer.before;
    this.loaded = true;
  }

  #remember(event) {
    this.told.push(event);
    if (this.told.length > REMEMBERED) this.told.shift();
  }

  #put(message) {
    this.messages.set(message.id, message);
    if (message.role === "brand") this.typingUntil = 0;
    return true;
  }

  /** Oldest first. */
  inOrder() {
    return [...this.messages.values()].sort((a, b) => a.place - b.place);
  }

  has(clientId) {
    return [...this.messages.values()].some((message) => message.client_msg_id === clientId);
  }

  unread() {
    return this.inOrder().filter((message) => message.role === "brand" && message.place > this.readUpTo).length;
  }
}
