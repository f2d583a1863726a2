// Small tools for building the page; text goes in as text nodes only, never as markup.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  attach: "M19.5 11.5l-7.6 7.6a4.7 4.7 0 0 1-6.6-6.6l7.9-7.9a3.1 3.1 0 0 1 4.4 4.4l-7.8 7.8a1.6 1.6 0 0 1-2.2-2.2l7-7",
  emoji: "M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0M8.3 14.3c1.9 2.6 5.5 2.6 7.4 0M9 9.9v.1M15 9.9v.1",
  arrow_up: "M12 19.5v-15M6 10.5l6-6 6 6",
  more: "M5.5 12v.01M12 12v.01M18.5 12v.01",
  close: "M6 6l12 12M18 6 6 18",
  queued: "M4.5 12a7.5 7.5 0 1 0 15 0 7.5 7.5 0 1 0-15 0M12 8v4.2l2.6 1.6",
  sent: "M6.5 12.5l4 4 8-9",
  delivered: "M2.5 12.5l4 4 8-9M11.8 15.3l1.2 1.2 8-9",
  read: "M2.5 10.5l4 4 8-9M11.8 13.3l1.2 1.2 8-9M5 20.2h14",
  failed: "M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0M12 7.5v5.2M12 16.2v.1",
  retry: "M19.5 12a7.5 7.5 0 1 1-2.4-5.5l2.4 2.2M19.5 4.5v4.2h-4.2",
  file: "M6 5a1.5 1.5 0 0 1 1.5-1.5H14L18.5 8v11a1.5 1.5 0 0 1-1.5 1.5H7.5A1.5 1.5 0 0 1 6 19zM14 3.5V8h4.5",
  comment: "M4 7.5A2.5 2.5 0 0 1 6.5 5h11A2.5 2.5 0 0 1 20 7.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 3.5V17A2.5 2.5 0 0 1 4 14.5z",
  verified: "M12 3.2 14.3 5l2.9-.1.8 2.8 2.4 1.6-1 2.7 1 2.7-2.4 1.6-.8 2.8-2.9-.1L12 20.8 9.7 19l-2.9.1-.8-2.8-2.4-1.6 1-2.7-1-2.7L6 7.7l.8-2.8 2.9.1zM8.8 12.2l2.2 2.2 4.2-4.5",
  offline: "M3.5 3.5l17 17M7.5 8.3A6 6 0 0 0 6 18.5h11M10 5.8a6 6 0 0 1 8 4.8 4 4 0 0 1 2.3 6.3",
  info: "M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0M12 11v5.5M12 7.7v.1",
  sound: "M4 9.5v5h3.5l5 4v-13l-5 4zM16 9a4.2 4.2 0 0 1 0 6M18.5 6.5a7.8 7.8 0 0 1 0 11",
  sign_out: "M10 4.5H6.5A1.5 1.5 0 0 0 5 6v12a1.5 1.5 0 0 0 1.5 1.5H10M10 12h10M16 8l4 4-4 4",
  star: "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1.1 5.9-5.3-2.9-5.3 2.9 1.1-5.9-4.3-4.1 5.9-.8z",
  clock: "M4.5 12a7.5 7.5 0 1 0 15 0 7.5 7.5 0 1 0-15 0M12 8v4.2l2.6 1.6",
  arrow_down: "M12 4.5v15M6 13.5l6 6 6-6",
};

/** An element with properties (`class`, `on…`, `aria-…`, `data-…`, anything else as a property) and children. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "role" || name === "for" || name === "list") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** One of our own drawings, hidden from screen readers. */
export function icon(name, size = 18) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button with an icon and an accessible name. */
export function iconButton(name, label, onclick, props = {}) {
  return el("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick, ...props }, icon(name));
}

const LINK = /https?:\/\/[^\s<>"'\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** Text with its web addresses as links; the address shown is the address opened. */
function linked(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    const address = found[0].replace(/[.,;:!?)\]}]+$/, "");
    if (!URL.canParse(address)) continue;
    parts.push(text.slice(end, found.index));
    parts.push(el("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow", dir: "ltr" }, address));
    end = found.index + address.length;
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== "");
}

const TAGS = { bold: "strong", italic: "em", struck: "del", code: "code" };

/** Text with what the hub said of its stretches; still text nodes only. */
export function marked(text, marks) {
  const ends = new Set([0, text.length, ...marks.flatMap(({ start, end }) => [start, end])]);
  const places = [...ends].filter((at) => at >= 0 && at <= text.length).sort((one, other) => one - other);
  return places.slice(1).flatMap((end, index) => {
    const start = places[index];
    const over = marks.filter((mark) => mark.start <= start && end <= mark.end && TAGS[mark.style]);
    return over.reduce((inside, mark) => [el(TAGS[mark.style], {}, ...inside)], linked(text.slice(start, end)));
  });
}
