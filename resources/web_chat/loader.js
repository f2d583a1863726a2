// The script a site embeds: a button, and the chat in an iframe.
(() => {
const doc = document, script = doc.currentScript, widget = script.dataset.inbox;
if (!widget || window.MimChat) return;
const base = new URL(".", script.src), hub = base.origin, key = "mim-chat:" + widget;
const locale = script.dataset.locale || doc.documentElement.lang || navigator.language;
const small = matchMedia("(max-width: 480px)"), listeners = {}, waiting = [];
let config, root, button, badge, frame, before, ready, begun, asked, opened = false, unread = 0;

const post = (verb, data) => {
  if (!frame || !ready) return void waiting.push([verb, data]);
  frame.contentWindow.postMessage({ mim: 1, verb, ...data }, hub);
};
// Known without a click.
const tell = (verb, data) => {
  asked = true;
  if (root && !frame) build();
  post(verb, data);
};
const page = () => ({ url: location.href, title: doc.title, referrer: doc.referrer });
const label = () => {
  const words = config.strings;
  if (opened || !unread) return opened ? words.close : words.open;
  const form = new Intl.PluralRules(config.locale).select(unread);
  return (words.unread[form] || words.unread.other).replace("{count}", unread.toLocaleString(config.locale));
};
const paint = () => {
  button.ariaExpanded = opened;
  button.ariaLabel = label();
  button.className = opened ? "open" : "";
  badge.textContent = unread > 9 ? "9+" : unread;
  badge.hidden = !unread || opened;
  if (frame) frame.hidden = !opened;
};
const modal = (on) => {
  for (const node of doc.body.children) {
    if (node === root.host || (on ? node.inert : !node.mim)) continue;
    node.inert = node.mim = on;
  }
};
const build = () => {
  frame = doc.createElement("iframe");
  frame.id = "chat";
  frame.title = config.strings.title;
  frame.hidden = true;
  frame.referrerPolicy = "strict-origin";
  frame.src = `${base}${encodeURIComponent(widget)}/frame?` + new URLSearchParams({ host: location.origin, locale });
  root.append(frame);
  try { sessionStorage.setItem(key, 1); } catch { /* blocked */ }
  post("page", { page: page() });
};
const open = () => {
  if (!root || opened) return;
  if (!frame) build();
  before = doc.activeElement;
  opened = true;
  paint();
  modal(small.matches);
  frame.focus();
  post("open");
};
const close = () => {
  if (!opened) return;
  opened = false;
  modal(false);
  paint();
  post("close");
  const back = before?.isConnected && before !== doc.body && before !== root.host ? before : button;
  back.focus();
};
const verbs = {
  ready() {
    ready = true;
    for (const one of waiting.splice(0)) post(...one);
  },
  open,
  close,
  unread({ count }) {
    unread = Math.max(0, count | 0);
    paint();
    listeners.unread?.(unread);
  },
  resize({ height }) {
    frame.style.blockSize = height > 0 && !small.matches ? `min(${height | 0}px, 100% - 104px)` : "";
  },
  identify({ reason }) { listeners.identify?.(reason); },
  logout() { listeners.logout?.(); },
};
addEventListener("message", ({ origin, source, data }) => {
  if (origin !== hub || !frame || source !== frame.contentWindow) return;
  if (data?.mim === 1 && Object.hasOwn(verbs, data.verb)) verbs[data.verb](data);
});
addEventListener("keydown", ({ key }) => { if (key === "Escape") close(); });
small.onchange = () => modal(opened && small.matches);

const draw = (name, path) => {
  const svg = doc.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", name);
  svg.append(doc.createElementNS(svg.namespaceURI, "path"));
  svg.firstChild.setAttribute("d", path);
  return svg;
};
const start = async () => {
  const url = new URL("../api/web-chat/v1/config?" + new URLSearchParams({ widget, locale }), base);
  const answer = await fetch(url, { credentials: "omit" });
  config = await answer.json();
  if (!answer.ok) return console.warn("Web chat:", config.detail);
  const host = doc.createElement("div"), sheet = new CSSStyleSheet();
  host.dir = config.dir;
  host.style.cssText = `--c:${config.color};--o:${config.on_color}`;
  root = host.attachShadow({ mode: "closed" });
  sheet.replaceSync(config.css);
  root.adoptedStyleSheets = [sheet];
  button = doc.createElement("button");
  button.setAttribute("aria-controls", "chat");
  badge = doc.createElement("span");
  button.append(draw("c", config.icon), draw("x", "M6 9.5l6 6 6-6"), badge);
  button.onclick = () => (opened ? close() : open());
  root.append(button);
  doc.body.append(host);
  paint();
  try { if (asked || sessionStorage.getItem(key)) build(); } catch { /* blocked */ }
};
const consent = () => void (begun ||= start().catch(() => console.warn("Web chat:", hub)));
window.MimChat = {
  consent, open, close,
  identify: (proof) => tell("identify", { proof }),
  logout: () => tell("logout"),
  page: () => post("page", { page: page() }),
  on(name, run) { listeners[name] = run; },
};
if (!{ wait: 1, dnt: navigator.doNotTrack == 1 }[script.dataset.consent]) consent();
})();
