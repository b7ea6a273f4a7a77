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
    this.columns = new Map(); // key → {kind, values}
    this.marked = new Map(); // key → Set of rows whose cell the last refresh changed
    this.watchers = new Set();
  }

  value(key, row) {
    return this.columns.get(key)?.values[row];
  }

  /** The last counts of followers of a row, oldest first; empty where nothing is known. */
  trend(row) {
    if (!this.trends || row >= this.trends.ends.length) return [];
    return this.trends.values.subarray(row ? this.trends.ends[row - 1] : 0, this.trends.ends[row]);
  }

  takeTrends(header, view) {
    const buffer = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    this.trends = {
      values: new Float64Array(buffer, 0, header.values),
      ends: new Uint32Array(buffer, header.values * 8, header.rows),
    };
    for (const watcher of this.watchers) watcher("trends");
  }

  /** Take a message of the kernel: all rows, or the cells that changed. */
  take(header, view) {
    const buffer = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    this.marked = new Map();
    if (header.kind === "rows") {
      this.trends = null;
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
        this.marked.set(column.key, new Set(rows));
      }
    }
    for (const watcher of this.watchers) watcher(header.kind);
  }
}

/** The rows that the views of a model share; the first one to ask for them makes the kernel send them. */
function rowsOf(own) {
  if (!own.rows) {
    const rows = (own.rows = new Rows());
    own.model.on("msg:custom", (message, buffers) => {
      if (message.kind === "rows" || message.kind === "changed") rows.take(message, buffers[0]);
      if (message.kind === "trends") rows.takeTrends(message, buffers[0]);
    });
    own.model.send({ kind: "ready" });
  }
  return own.rows;
}
