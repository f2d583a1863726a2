// What the page keeps in the browser: small values in localStorage, waiting messages in IndexedDB.
// Both are partitioned by the browser inside an iframe; where it blocks them, memory has to do.

export class Values {
  constructor(widget) {
    this.prefix = `mim:${widget}:`;
    this.memory = new Map();
  }

  read(name) {
    try {
      const raw = localStorage.getItem(this.prefix + name);
      return raw === null ? (this.memory.get(name) ?? null) : JSON.parse(raw);
    } catch {
      return this.memory.get(name) ?? null;
    }
  }

  write(name, value) {
    this.memory.set(name, value);
    try {
      localStorage.setItem(this.prefix + name, JSON.stringify(value));
    } catch {
      // Storage is blocked or full: memory holds it for this visit.
    }
  }

  wipe() {
    this.memory.clear();
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(this.prefix)) localStorage.removeItem(key);
    } catch {
      // Storage is blocked: there was nothing but memory.
    }
  }
}

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Waiting messages in the order they were written. */
export class Queue {
  constructor(widget) {
    this.memory = new Map();
    this.opened = this.#open(`mim:${widget}`);
  }

  async #open(name) {
    try {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("outbox", { keyPath: "id" });
      return await done(request);
    } catch {
      return null;
    }
  }

  async #store(mode) {
    const database = await this.opened;
    return database?.transaction("outbox", mode, { durability: "strict" }).objectStore("outbox") ?? null;
  }

  async all() {
    const store = await this.#store("readonly");
    const entries = store ? await done(store.getAll()) : [...this.memory.values()];
    return entries.sort((a, b) => a.order - b.order);
  }

  async put(entry) {
    const store = await this.#store("readwrite");
    if (store) await done(store.put(entry));
    else this.memory.set(entry.id, entry);
  }

  async remove(id) {
    const store = await this.#store("readwrite");
    if (store) await done(store.delete(id));
    this.memory.delete(id);
  }

  async wipe() {
    const store = await this.#store("readwrite");
    if (store) await done(store.clear());
    this.memory.clear();
  }
}
