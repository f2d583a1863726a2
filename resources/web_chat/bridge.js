// The frame bridge: a fixed list of verbs between this page and the site that embeds it.
// Only the parent window with exactly the origin the hub put into this page is heard or spoken to.

export class Bridge {
  constructor(host, verbs) {
    this.host = host;
    this.embedded = window.parent !== window && host !== "";
    if (!this.embedded) return;
    window.addEventListener("message", ({ origin, source, data }) => {
      if (origin !== host || source !== window.parent || data?.mim !== 1) return;
      if (Object.hasOwn(verbs, data.verb)) verbs[data.verb](data);
    });
  }

  post(verb, data = {}) {
    if (this.embedded) window.parent.postMessage({ mim: 1, verb, ...data }, this.host);
  }
}

/** Where the visitor stands, without what an address may hold besides its place. */
export function bare({ url, title, referrer }) {
  const place = (address) => {
    if (!URL.canParse(address)) return "";
    const { origin, pathname } = new URL(address);
    return origin + pathname;
  };
  return { url: place(url), title, referrer: place(referrer) };
}
