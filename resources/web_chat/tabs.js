// Several tabs of one visitor: one leads and holds the stream, the others listen to it.
// Where the browser denies a frame its locks or channel, each tab stands alone and the hub tells them apart.

export class Tabs {
  constructor(widget, isShared = true) {
    this.isShared = isShared;
    this.name = `mim:${widget}`;
    this.isLeader = false;
    this.listeners = {};
    this.whose = () => "";
    this.turns = new Map();
    this.channel = null;
    // Without storage of their own in common, tabs have sessions of their own: there is nothing to share.
    if (!isShared) return;
    try {
      this.channel = new BroadcastChannel(this.name);
      this.channel.addEventListener("message", ({ data }) => this.listeners[data.type]?.(data));
    } catch {
      // Denied: no other tab can be told.
    }
  }

  /** Hears what another tab tells of the one who writes here; a tab may not know yet that somebody else does. */
  on(type, listener) {
    this.onAnyone(type, (value, whose) => whose === this.whose() && listener(value));
  }

  /** Hears what another tab tells, of whomever. */
  onAnyone(type, listener) {
    this.listeners[type] = ({ value, whose }) => listener(value, whose);
  }

  tell(type, value) {
    this.channel?.postMessage({ type, value, whose: this.whose() });
  }

  /** Calls `lead` when this tab becomes the leader; it stays so until the tab closes. */
  campaign(lead) {
    this.#locked("stream", () => {
      this.isLeader = true;
      lead();
      return new Promise(() => {});
    });
  }

  /** Runs `work` while neither this nor another tab runs work of the same name. */
  alone(name, work) {
    const turn = (this.turns.get(name) ?? Promise.resolve()).then(() => this.#locked(name, work));
    this.turns.set(name, turn.catch(() => {}));
    return turn;
  }

  async #locked(name, work) {
    let began = false;
    const begin = () => {
      began = true;
      return work();
    };
    if (!this.isShared) return begin();
    try {
      return await navigator.locks.request(`${this.name}:${name}`, begin);
    } catch (error) {
      if (began) throw error;
      return begin();
    }
  }
}
