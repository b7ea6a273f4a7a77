// The rows as the kernel packed them (columns.py): a Map of columns, kept once for a model, shared by its views.

const DECODER = new TextDecoder();

function part(buffer, column) {
  const { kind, at, size, count } = column;
  if (kind === "text") return count ? DECODER.decode(new Uint8Array(buffer, at, size)).split("\0") : [];
  return kind === "flag" ? new Uint8Array(buffer, at, count) : new Float64Array(buffer, at, count);
}

class Rows {
  constructor() {
    this.count = 0;
    this.chosen = []; // rows that are selected
    this.edition = 0; // each refresh makes another
    this.trends = new Map(); // row → counts
    this.fresh = new Set(); // rows whose trend is that of this edition
    this.wanted = new Map(); // view → rows it shows
    this.by = Math.random().toString(36); // several pages may ask
    this.columns = new Map(); // key → {kind, values}
    this.marked = new Map(); // key → Set of rows whose cell the last refresh changed
    this.watchers = new Set();
  }

  value(key, row) {
    return this.columns.get(key)?.values[row];
  }

  /** The last counts of followers of a row, oldest first; empty where nothing is known so far. */
  trend(row) {
    return this.trends.get(row) ?? [];
  }

  /** Note which rows a view shows with their trends, and ask the kernel, a moment later, for those that are not here. */
  want(view, shown, send) {
    this.wanted.set(view, shown);
    clearTimeout(this.asking);
    this.asking = setTimeout(() => {
      const rows = [...new Set([...this.wanted.values()].flat())].filter((row) => !this.fresh.has(row));
      const asked = `${this.edition} ${rows}`;
      if (!rows.length || asked === this.asked) return;
      this.asked = asked;
      send({ kind: "trends", of: this.edition, by: this.by, rows });
    }, 100);
  }

  takeTrends(header, view) {
    if (header.of !== this.edition) return; // the rows have been read anew since it was asked for
    const buffer = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    const values = new Float64Array(buffer, 0, header.values);
    const ends = new Uint32Array(buffer, header.values * 8, header.rows.length);
    header.rows.forEach((row, index) => {
      this.trends.set(row, values.subarray(index ? ends[index - 1] : 0, ends[index]));
      this.fresh.add(row);
    });
    for (const watcher of this.watchers) watcher("trends");
  }

  /** Take a message of the kernel: all rows, or the cells that changed; `quiet` ones are no news of a refresh. */
  take(header, view) {
    const buffer = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    this.changed = new Map();
    if (header.of !== this.edition) this.fresh = new Set(); // the old lines show until the new ones are here
    this.edition = header.of;
    if (header.kind === "rows") {
      this.trends = new Map();
      this.fresh = new Set();
      this.chosen = header.chosen;
      this.count = header.rows;
      this.columns = new Map(
        header.columns.map((column) => [column.key, { kind: column.kind, values: part(buffer, column) }]),
      );
    } else {
      for (const column of header.columns) {
        const rows = new Uint32Array(buffer, column.rows, column.count);
        const cells = part(buffer, column);
        const { values } = this.columns.get(column.key);
        rows.forEach((row, index) => (values[row] = cells[index]));
        this.changed.set(column.key, new Set(rows));
      }
    }
    if (!header.quiet) this.marked = this.changed;
    for (const watcher of this.watchers) watcher(header.kind);
  }
}

/** Undo what the kernel did to a large message. */
async function inflated(view) {
  const stream = new Blob([view]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new DataView(await new Response(stream).arrayBuffer());
}

/** The rows that the views of a model share; the first one to ask for them makes the kernel send them. */
function rowsOf(own) {
  if (!own.rows) {
    const rows = (own.rows = new Rows());
    const take = (message, view) => (message.kind === "trends" ? rows.takeTrends(message, view) : rows.take(message, view));
    let turn = null; // while a large message is inflated, those after it wait
    own.model.on("msg:custom", (message, [view] = []) => {
      if (!["rows", "changed", "trends"].includes(message.kind)) return;
      if (!turn && !message.deflated) {
        take(message, view);
        return;
      }
      const mine = Promise.all([message.deflated ? inflated(view) : view, turn])
        .then(([whole]) => take(message, whole))
        .catch((error) => console.error(error))
        .finally(() => {
          if (turn === mine) turn = null;
        });
      turn = mine;
    });
    own.model.send({ kind: "ready" });
  }
  return own.rows;
}
