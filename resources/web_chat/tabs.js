// Several tabs of one visitor: one leads and holds the stream, the others listen to it.

export class Tabs {
  constructor(widget) {
    this.name = `mim:${widget}`;
    this.isLeader = false;
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel(this.name) : null;
    this.listeners = {};
    this.channel?.addEventListener("message", ({ data }) => this.listeners[data.type]?.(data.value));
  }

  on(type, listener) {
    this.listeners[type] = listener;
  }

  tell(type, value) {
    this.channel?.postMessage({ type, value });
  }

  /** Calls `lead` when this tab becomes the leader; it stays so until the tab closes or `abdicate`. */
  campaign(lead) {
    const term = () => {
      this.isLeader = true;
      lead();
      return new Promise((resolve) => (this.abdicate = resolve));
    };
    if (navigator.locks) navigator.locks.request(`${this.name}:stream`, term);
    else term();
  }

  /** Runs `work` while no other tab runs work of the same name. */
  alone(name, work) {
    return navigator.locks ? navigator.locks.request(`${this.name}:${name}`, work) : work();
  }
}
