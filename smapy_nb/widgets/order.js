// Which rows show, and in which order: search, filter by outcome, sort by several columns.

const SEARCHED = ["account", "requested", "handle", "name", "description", "location", "id"];

class Order {
  constructor(rows, locale) {
    this.rows = rows;
    this.collator = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });
    this.keys = []; // [{key, down}], the first counts most
    this.needle = "";
    this.outcome = "";
    this.shown = new Uint32Array(0);
  }

  /** Forget what was derived from columns that have changed; all of it where no columns are named. */
  stale(columns = null) {
    if (!columns || SEARCHED.some((key) => columns.has(key))) this.haystack = null;
    if (!columns) this.ranks = new Map();
    else for (const key of columns.keys()) this.ranks.delete(key);
  }

  /** Sort by a column; again: the other way; a third time: not. `more` keeps the columns sorted by before. */
  sortBy(key, more) {
    const at = this.keys.findIndex((one) => one.key === key);
    const old = this.keys[at];
    const next = !old ? { key, down: false } : old.down ? null : { key, down: true };
    if (!more) this.keys = next ? [next] : [];
    else if (old) this.keys.splice(at, 1, ...(next ? [next] : []));
    else this.keys.push(next);
  }

  update() {
    const shown = [];
    const outcomes = this.rows.columns.get("outcome")?.values;
    const words = this.needle.toLowerCase().split(/\s+/).filter(Boolean);
    const hay = words.length ? this.searchable() : null;
    for (let row = 0; row < this.rows.count; row += 1) {
      if (this.outcome && outcomes[row] !== this.outcome) continue;
      if (hay && !words.every((word) => hay[row].includes(word))) continue;
      shown.push(row);
    }
    this.shown = Uint32Array.from(shown);
    if (this.keys.length) this.sort();
  }

  searchable() {
    if (!this.haystack) {
      const columns = SEARCHED
        .map((key) => this.rows.columns.get(key)?.values)
        .filter(Boolean);
      this.haystack = Array.from({ length: this.rows.count }, (_, row) =>
        columns.map((values) => values[row]).join("\n").toLowerCase(),
      );
    }
    return this.haystack;
  }

  /** A number for each row by which a column sorts; NaN for a missing value, which always comes last. */
  rank(key) {
    let rank = this.ranks.get(key);
    if (!rank) {
      const { kind, values } = this.rows.columns.get(key);
      if (kind === "text") {
        const distinct = [...new Set(values)].sort(this.collator.compare);
        const places = new Map(distinct.map((text, place) => [text, text === "" ? NaN : place]));
        rank = Float64Array.from(values, (text) => places.get(text));
      } else {
        rank = kind === "flag" ? Float64Array.from(values, (flag) => (flag === 2 ? NaN : flag)) : values;
      }
      this.ranks.set(key, rank);
    }
    return rank;
  }

  sort() {
    const keys = this.keys.map(({ key, down }) => ({ rank: this.rank(key), sign: down ? -1 : 1 }));
    this.shown.sort((one, other) => {
      for (const { rank, sign } of keys) {
        const a = rank[one];
        const b = rank[other];
        if (a === b) continue;
        if (Number.isNaN(a)) {
          if (Number.isNaN(b)) continue;
          return 1;
        }
        if (Number.isNaN(b)) return -1;
        return a < b ? -sign : sign;
      }
      return one - other;
    });
  }
}
