// One row in full: all its fields, what the last refresh changed, and its history as a chart.

const FACTS = [
  "account", "requested", "outcome", "reason", "handle", "name", "description", "location", "url", "followers",
  "following", "posts", "listed", "likes", "media", "verified", "protected", "created_at", "id", "read_at",
];

class Card {
  constructor(rows, say, back, ask) {
    Object.assign(this, { rows, say, ask });
    this.title = make("h3", { id: newId("card") });
    this.facts = make("dl");
    this.more = make("dl"); // what does not travel with the rows
    this.chart = make("figure");
    this.events = make("ul", { class: "smapy-events" });
    const close = button(say("close"), () => this.close());
    this.node = make("section", { class: "smapy-card", role: "dialog", "aria-labelledby": this.title.id, tabindex: "-1" },
      make("div", { class: "smapy-head" }, this.title, close), this.chart, this.events, this.facts, this.more);
    this.node.hidden = true;
    this.node.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.back = back;
  }

  open(row) {
    if (row === undefined) return;
    this.row = row;
    this.chart.replaceChildren();
    this.events.replaceChildren();
    this.more.replaceChildren();
    this.node.hidden = false;
    this.draw();
    this.node.focus();
    this.ask(row);
  }

  /** Ask for the history anew, after a refresh. */
  again() {
    if (this.row !== undefined) this.ask(this.row);
  }

  close() {
    if (this.row === undefined) return;
    this.node.hidden = true;
    this.row = undefined;
    this.back();
  }

  /** Draw anew; also after a refresh. */
  draw() {
    const { rows, row, say } = this;
    if (row === undefined) return;
    if (row >= rows.count) return this.close();
    this.title.textContent = rows.value("name", row) || rows.value("account", row);
    const fill = cellFiller(rows, say);
    const lines = FACTS.filter((key) => rows.columns.has(key)).map((key) => {
      const column = COLUMNS.find((one) => one.key === key) ?? { key, ...MORE[key] };
      const value = make("dd");
      fill(value, column, row);
      const changed = rows.marked.get(key)?.has(row);
      if (changed) value.append(make("span", { class: "smapy-mark", text: say("changed") }));
      return value.textContent ? [make("dt", { text: say(`column.${key}`) }), value] : [];
    });
    this.facts.replaceChildren(...lines.flat());
  }

  /** What an event tells, in the reader's words where it is not a stranger's. */
  told(what, text) {
    if (what === "verified" || what === "protected") return { True: this.say("yes"), False: this.say("no") }[text];
    return text && (what === "gone" || what === "back") ? this.say(`outcome.${text}`) : text;
  }

  field(key, text) {
    const { say } = this;
    const name = say(`column.${key}`);
    const yesNo = { true: say("yes"), false: say("no") };
    // A column that a person has added has a name of their own.
    return fact(name === `column.${key}` ? key : name, key === "from_archive" ? yesNo[text] : text);
  }

  /** Take what the kernel sent for a row: times and counts of followers, what changed, and the fields left out so far. */
  history({ row, times, counts, events, more, other }) {
    if (row !== this.row) return;
    this.more.replaceChildren(...more.flatMap(([key, text]) => this.field(key, text)));
    this.more.append(...other.flatMap(([name, text]) => fact(name, text)));
    const dates = new Intl.DateTimeFormat(this.say.locale, { dateStyle: "medium" });
    this.events.replaceChildren(...events.map(([time, what, before, after]) => {
      const [from, to] = [before, after].map((text) => this.told(what, text) || "–");
      const between = before || after ? `: ${from} → ${to}` : "";
      return make("li", { text: `${dates.format(time)} · ${this.say(`event.${what}`)}${between}` });
    }));
    if (counts.length < 2) return;
    const words = this.say("history", {
      n: counts.length, from: this.say.number(counts[0]), to: this.say.number(counts.at(-1)),
    });
    this.chart.replaceChildren(lineChart(times, counts, 560, 120, words), make("figcaption", { text: words }));
  }
}

/** A name and a value; an address of the web is a link, and all else text. */
function fact(name, text) {
  const value = webLink(text) ? link(text, text) : text;
  return [make("dt", { text: name }), make("dd", {}, value)];
}

/** A line over time, as SVG that says in words what it shows. */
function lineChart(times, counts, width, height, words) {
  const space = 4;
  const low = Math.min(...counts);
  const high = Math.max(...counts);
  const across = (time) => space + ((time - times[0]) / (times.at(-1) - times[0] || 1)) * (width - 2 * space);
  const up = (count) => height - space - ((count - low) / (high - low || 1)) * (height - 2 * space);
  const points = times.map((time, index) => `${across(time).toFixed(1)},${up(counts[index]).toFixed(1)}`).join(" ");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words })) {
    svg.setAttribute(name, value);
  }
  line.setAttribute("points", points);
  svg.setAttribute("class", "smapy-line");
  svg.append(line);
  return svg;
}
