// Words, numbers and times of the page's language; a missing key has fallen back to English at the hub.

export class Words {
  constructor(config) {
    this.strings = config.strings;
    this.locale = config.locale;
    this.fixed = { brand: config.brand.name };
    this.rules = new Intl.PluralRules(this.locale);
    this.clock = new Intl.DateTimeFormat(this.locale, { hour: "2-digit", minute: "2-digit" });
    this.date = new Intl.DateTimeFormat(this.locale, { weekday: "long", day: "numeric", month: "long" });
    this.moment = new Intl.DateTimeFormat(this.locale, { dateStyle: "medium", timeStyle: "short" });
    this.number = new Intl.NumberFormat(this.locale);
  }

  /** The sentence for a key, its holes filled; with `count` in its plural form. */
  say(key, values = {}) {
    let text = this.strings[key];
    if (typeof text === "object") text = text[this.rules.select(values.count)] ?? text.other;
    const filled = { ...this.fixed, ...values };
    return text.replace(/\{(\w+)\}/g, (_, name) => {
      const value = filled[name];
      return typeof value === "number" ? this.number.format(value) : String(value ?? "");
    });
  }

  time(ms) {
    return this.clock.format(ms);
  }

  day(ms) {
    const midnight = new Date().setHours(0, 0, 0, 0);
    if (ms >= midnight) return this.say("today");
    if (ms >= midnight - 864e5) return this.say("yesterday");
    return this.date.format(ms);
  }

  /** When something is again, in the visitor's own zone: the day where it is not today, then the time. */
  when(ms) {
    const days = (ms - new Date().setHours(0, 0, 0, 0)) / 864e5;
    if (days < 1) return this.time(ms);
    const day = days < 6 ? { weekday: "long" } : { day: "numeric", month: "long" };
    return new Intl.DateTimeFormat(this.locale, { ...day, hour: "2-digit", minute: "2-digit" }).format(ms);
  }

  size(bytes) {
    const [unit, divisor] = bytes >= 1e6 ? ["megabyte", 1e6] : bytes >= 1e3 ? ["kilobyte", 1e3] : ["byte", 1];
    const format = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: unit === "megabyte" ? 1 : 0 };
    return new Intl.NumberFormat(this.locale, format).format(bytes / divisor);
  }
}
