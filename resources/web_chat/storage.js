// What the page keeps in the browser: small values in localStorage, waiting messages in IndexedDB.
// Both are partitioned by the browser inside an iframe; where it blocks them, memory has to do.

export class Values {
  constructor(widget) {
    this.prefix = `mim:${widget}:`;
    this.memory = new Map();
  }

  /** Whether other tabs of this browser see what is written here. */
  get isShared() {
    try {
      localStorage.setItem(`${this.prefix}probe`, "1");
      localStorage.removeItem(`${this.prefix}probe`);
      return true;
    } catch {
      return false;
    }
  }

  read(name) {
    if (this.memory.has(name)) return this.memory.get(name);
    try {
      return JSON.parse(localStorage.getItem(this.prefix + name));
    } catch {
      return null;
    }
  }

  /** Memory holds only what storage does not take: another tab may have wiped the rest. */
  write(name, value) {
    try {
      localStorage.setItem(this.prefix + name, JSON.stringify(value));
      this.memory.delete(name);
    } catch {
      // Storage is blocked or full.
      this.memory.set(name, value);
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

/** What stands in the field of this tab; it outlives a reload, not the tab. */
export class Draft {
  constructor(widget) {
    this.name = `mim:${widget}:draft`;
  }

  get text() {
    try {
      return sessionStorage.getItem(this.name) ?? "";
    } catch {
      return "";
    }
  }

  set text(value) {
    try {
      if (value) sessionStorage.setItem(this.name, value);
      else sessionStorage.removeItem(this.name);
    } catch {
      // Storage is blocked or full: the field itself holds it.
    }
  }
}

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const ended = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });

const byId = (entries) => new Map(entries.map((entry) => [entry.id, entry]));

/**
 * Waiting messages in the order they were written, shared by the tabs of one session.
 * Each call is one transaction. What the browser does not keep (blocked, full, cleared) is held in memory.
 */
export class Queue {
  constructor(widget, isShared = true) {
    this.name = `mim:${widget}`;
    this.stored = new Map();
    this.unstored = new Map();
    this.removed = new Set();
    this.opened = isShared ? this.#open() : Promise.resolve(null);
  }

  async all() {
    const found = await this.#try("readonly", (store) => done(store.getAll()));
    if (found.worked) this.stored = byId(found.value);
    return this.#known();
  }

  /** Puts an entry behind all others, whatever the clock says; answers it with its place. */
  async append(entry) {
    const last = this.#known().at(-1)?.order ?? 0;
    const placed = { ...entry, order: Math.max(Date.now(), last + 1) };
    const { worked } = await this.#try("readwrite", (store) => {
      store.put(placed);
      // At once: the tab may be closed the moment after it was written.
      store.transaction.commit();
    });
    (worked ? this.stored : this.unstored).set(placed.id, placed);
    return placed;
  }

  /** The entry with the change; null when it is no longer there, so that nothing removed comes back. */
  async change(id, change) {
    const held = this.unstored.get(id);
    const { worked, value } = await this.#try("readwrite", async (store) => {
      const found = held ? null : await done(store.get(id));
      if (found) store.put({ ...found, ...change });
      return found ? { ...found, ...change } : null;
    });
    if (worked && !held) return value;
    const known = held ?? this.stored.get(id);
    if (!known || this.removed.has(id)) return null;
    this.unstored.set(id, { ...known, ...change });
    return this.unstored.get(id);
  }

  async remove(id) {
    this.removed.add(id);
    this.unstored.delete(id);
    await this.#try("readwrite", (store) => done(store.delete(id)));
  }

  /** Removes what is not `kept`. */
  async wipe(kept) {
    for (const entry of this.#known()) {
      if (kept(entry)) continue;
      this.removed.add(entry.id);
      this.unstored.delete(entry.id);
    }
    await this.#try("readwrite", async (store) => {
      for (const entry of await done(store.getAll())) if (!kept(entry)) store.delete(entry.id);
    });
  }

  #known() {
    const all = [...new Map([...this.stored, ...this.unstored]).values()];
    return all.filter((entry) => !this.removed.has(entry.id)).sort((a, b) => a.order - b.order);
  }

  async #open() {
    try {
      const request = indexedDB.open(this.name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("outbox", { keyPath: "id" });
      const database = await done(request);
      database.onclose = () => (this.opened = this.#open());
      return database;
    } catch {
      return null;
    }
  }

  /** Runs `work` in a transaction of its own; it has worked only when all of it is on the disk. */
  async #try(mode, work) {
    const database = await this.opened;
    if (!database) return { worked: false };
    try {
      const transaction = database.transaction("outbox", mode, { durability: "strict" });
      const [value] = await Promise.all([work(transaction.objectStore("outbox")), ended(transaction)]);
      return { worked: true, value };
    } catch {
      return { worked: false };
    }
  }
}
