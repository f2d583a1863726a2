// Proof of work: a number so that SHA-256 of "<mark>.<number>" begins with so many zero bits. Reckoned here and not by
// crypto.subtle, which plain http lacks and which answers one hash at a time.

const AT_ONCE = 2000;
const ROOTS = [];
const START = [];
for (let n = 2; ROOTS.length < 64; n += 1) {
  let prime = true;
  for (let by = 2; by * by <= n; by += 1) prime &&= n % by !== 0;
  if (!prime) continue;
  if (START.length < 8) START.push((Math.sqrt(n) * 2 ** 32) | 0);
  ROOTS.push((Math.cbrt(n) * 2 ** 32) | 0);
}
const turned = (word, by) => (word >>> by) | (word << (32 - by));

/** SHA-256 (FIPS 180-4) of ASCII text, as eight words. */
export function sha256(text) {
  const blocks = ((text.length + 8) >> 6) + 1;
  const words = new Int32Array(blocks * 16);
  for (let at = 0; at < text.length; at += 1) words[at >> 2] |= text.charCodeAt(at) << (24 - (at & 3) * 8);
  words[text.length >> 2] |= 0x80 << (24 - (text.length & 3) * 8);
  words[blocks * 16 - 1] = text.length * 8;
  const sum = Int32Array.from(START);
  const w = new Int32Array(64);
  for (let block = 0; block < blocks; block += 1) {
    for (let at = 0; at < 64; at += 1) w[at] = at < 16 ? words[block * 16 + at] : mixed(w, at);
    round(sum, w);
  }
  return sum;
}

function mixed(w, at) {
  const [a, b] = [w[at - 15], w[at - 2]];
  const low = turned(a, 7) ^ turned(a, 18) ^ (a >>> 3);
  const high = turned(b, 17) ^ turned(b, 19) ^ (b >>> 10);
  return w[at - 16] + low + w[at - 7] + high;
}

function round(sum, w) {
  let [a, b, c, d, e, f, g, h] = sum;
  for (let at = 0; at < 64; at += 1) {
    const one = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + ROOTS[at] + w[at];
    const two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  for (const [at, word] of [a, b, c, d, e, f, g, h].entries()) sum[at] += word;
}

const hex = (words) => [...words].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");

/** The number for a token; the page stays usable meanwhile. */
export async function solve(token, bits) {
  const mark = hex(sha256(token)).slice(0, 40);
  for (let number = 0; ; number += 1) {
    if (Math.clz32(sha256(`${mark}.${number}`)[0]) >= bits) return String(number);
    if (number % AT_ONCE === AT_ONCE - 1) await new Promise((done) => setTimeout(done));
  }
}
