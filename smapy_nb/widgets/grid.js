// A real table whose rows are made as they come into view. Keyboard: the grid pattern of the ARIA practices.
// Focus stays on the table itself and `aria-activedescendant` names the current cell, so that no scroll, sort or
// refresh can take the focus away.

const ROW = 28; // px
const SPARE = 6; // rows made above and below those in view

class Grid {
  constructor(rows, order, columns, say, act) {
    Object.assign(this, { rows, order, say, act, all: columns }); // act: {open(row), chose(rows), updated(), drawn(rows)}
    this.fill = cellFiller(rows, say);
    this.columns = columns.filter((column) => !column.hidden);
    this.at = { line: 0, column: 0 }; // line 0 is the header
    this.chosen = new Set(); // rows
    this.widths = new Map(); // key → px, where a person chose another
    this.id = newId("grid");
    this.cols = make("colgroup");
    this.header = make("tr", { "aria-rowindex": "1" });
    this.above = make("tbody", { "aria-hidden": "true" });
    this.body = make("tbody");
    this.below = make("tbody", { "aria-hidden": "true" });
    this.table = make(
      "table",
      { role: "grid", tabindex: "0", "aria-label": say("table"), "aria-multiselectable": "true" },
      this.cols,
      make("thead", {}, this.header),
      this.above,
      this.body,
      this.below,
    );
    this.node = make("div", { class: "smapy-scroll" }, this.table);
    this.node.addEventListener("scroll", () => this.soon());
    this.table.addEventListener("keydown", (event) => this.onKey(event));
    this.body.addEventListener("mousedown", (event) => this.onPress(event));
    this.body.addEventListener("dblclick", () => this.act.open?.(this.current()));
    this.observer = new ResizeObserver(() => this.soon());
    this.observer.observe(this.node);
    this.drawHeader();
  }

  /** Draw at the next frame, once, however often it is asked for. */
  soon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  current() {
    return this.at.line > 0 ? this.order.shown[this.at.line - 1] : undefined;
  }

  drawHeader() {
    this.cols.replaceChildren(...this.columns.map((column) => make("col", { style: `width:${this.width(column)}px` })));
    this.table.style.width = `${this.columns.reduce((sum, column) => sum + this.width(column), 0)}px`;
    this.table.setAttribute("aria-colcount", this.columns.length);
    this.header.replaceChildren(
      ...this.columns.map((column, index) => {
        const at = this.order.keys.findIndex((one) => one.key === column.key);
        const sorted = this.order.keys[at];
        const arrow = sorted ? (sorted.down ? " ▼" : " ▲") + (this.order.keys.length > 1 ? at + 1 : "") : "";
        return make(
          "th",
          {
            id: `${this.id}-0-${index}`,
            scope: "col",
            role: "columnheader",
            "aria-colindex": index + 1,
            "aria-sort": column.unsorted ? null : sorted ? (sorted.down ? "descending" : "ascending") : "none",
            class: ["number", "change"].includes(column.show) ? "smapy-number" : null,
            title: column.unsorted ? null : this.say("sort"),
            onclick: (event) => this.sort(index, event.shiftKey),
          },
          this.say(`column.${column.key}`),
          make("span", { class: "smapy-arrow", "aria-hidden": "true", text: arrow }),
          this.edge(column),
        );
      }),
    );
  }

  setColumns(columns) {
    this.columns = columns;
    this.at.column = Math.min(this.at.column, columns.length - 1);
    this.update();
  }

  /** Make a column wider or narrower; all views of it, and it stays so. */
  resize(column, width) {
    this.widths.set(column.key, Math.max(48, Math.round(width)));
    this.drawHeader();
  }

  width(column) {
    return this.widths.get(column.key) ?? column.width;
  }

  /** The edge of a header cell, to be dragged. Shift and an arrow key do the same from the keyboard. */
  edge(column) {
    return make("span", {
      class: "smapy-edge", "aria-hidden": "true", onclick: (event) => event.stopPropagation(),
      onpointerdown: (event) => {
        const [from, width] = [event.clientX, this.width(column)];
        const drag = (move) => this.resize(column, width + move.clientX - from);
        const stop = () => window.removeEventListener("pointermove", drag);
        window.addEventListener("pointermove", drag);
        window.addEventListener("pointerup", stop, { once: true });
        event.preventDefault();
      },
    });
  }

  sort(index, more) {
    if (this.columns[index].unsorted) return;
    this.order.sortBy(this.columns[index].key, more);
    this.at = { line: 0, column: index };
    this.update();
  }

  /** Show the rows anew after they, or their order, have changed. The row that is current stays so. */
  update() {
    const row = this.current();
    this.order.update();
    if (row !== undefined) this.at.line = Math.max(1, this.order.shown.indexOf(row) + 1);
    this.at.line = Math.min(this.at.line, this.order.shown.length);
    this.stamp = (this.stamp ?? 0) + 1;
    this.table.setAttribute("aria-rowcount", this.order.shown.length + 1);
    this.drawHeader();
    this.draw();
    this.act.updated?.();
  }

  draw() {
    const count = this.order.shown.length;
    const first = Math.max(0, Math.floor(this.node.scrollTop / ROW) - SPARE);
    const last = Math.min(count, Math.ceil((this.node.scrollTop + this.node.clientHeight) / ROW) + SPARE);
    while (this.body.children.length > Math.max(0, last - first)) this.body.lastChild.remove();
    for (let line = first; line < last; line += 1) {
      if (!this.body.children[line - first]) this.body.append(make("tr"));
      this.drawRow(this.body.children[line - first], line);
    }
    this.space(this.above, Math.min(first, count));
    this.space(this.below, Math.max(0, count - last));
    this.drawCurrent();
    this.act.drawn?.(this.order.shown.subarray(first, last));
  }

  /** Draw the rows anew: what they show has changed, and not which they are. */
  redraw() {
    this.stamp += 1;
    this.draw();
  }

  /** Make a row of the page show the row on `line` of the table (0 is the first below the header). */
  drawRow(tr, line) {
    const row = this.order.shown[line];
    tr.setAttribute("aria-selected", String(this.chosen.has(row)));
    const drawn = `${line} ${row} ${this.stamp}`;
    if (tr.smapyDrawn === drawn) return;
    tr.smapyDrawn = drawn;
    tr.setAttribute("aria-rowindex", line + 2);
    const missing = !SEEN.has(this.rows.value("outcome", row));
    tr.className = missing ? "smapy-missing" : "";
    while (tr.children.length > this.columns.length) tr.lastChild.remove();
    this.columns.forEach((column, index) => {
      let cell = tr.children[index];
      if (!cell) {
        cell = index ? make("td", { role: "gridcell" }) : make("th", { scope: "row", role: "rowheader" });
        tr.append(cell);
      }
      cell.id = `${this.id}-${line + 1}-${index}`;
      cell.setAttribute("aria-colindex", index + 1);
      cell.className = column.show ? `smapy-${column.show}` : "";
      cell.classList.toggle("smapy-changed", Boolean(this.rows.marked.get(column.key)?.has(row)));
      this.fill(cell, column, row);
    });
  }

  /** Take the place of the `lines` that are not made. */
  space(body, lines) {
    if (body.dataset.lines === String(lines)) return;
    body.dataset.lines = lines;
    body.replaceChildren();
    if (lines) body.append(make("tr", {}, make("td", { style: `height:${lines * ROW}px` })));
  }

  drawCurrent() {
    this.table.querySelector(".smapy-current")?.classList.remove("smapy-current");
    const cell = this.table.querySelector(`[id="${this.id}-${this.at.line}-${this.at.column}"]`);
    cell?.classList.add("smapy-current");
    if (cell) this.table.setAttribute("aria-activedescendant", cell.id);
    else this.table.removeAttribute("aria-activedescendant");
  }

  /** Make a cell the current one and bring it into view. */
  goTo(line, column) {
    const { node } = this;
    this.at.line = Math.max(0, Math.min(line, this.order.shown.length));
    this.at.column = Math.max(0, Math.min(column, this.columns.length - 1));
    if (this.at.line > 0) {
      const head = this.header.offsetHeight;
      const top = (this.at.line - 1) * ROW;
      node.scrollTop = Math.min(top, Math.max(node.scrollTop, top + ROW + head - node.clientHeight));
    }
    const left = this.columns.slice(0, this.at.column).reduce((sum, column) => sum + this.width(column), 0);
    const right = left + this.width(this.columns[this.at.column]);
    const who = this.at.column ? this.width(this.columns[0]) : 0; // the first column stays in view and covers others
    node.scrollLeft = Math.min(left - who, Math.max(node.scrollLeft, right - node.clientWidth));
    this.draw();
  }

  onKey(event) {
    const { line, column } = this.at;
    const page = Math.max(1, Math.floor(this.node.clientHeight / ROW) - 2);
    const far = event.ctrlKey || event.metaKey;
    const moves = {
      ArrowDown: [line + 1, column],
      ArrowUp: [line - 1, column],
      ArrowRight: [line, column + 1],
      ArrowLeft: [line, column - 1],
      PageDown: [line + page, column],
      PageUp: [Math.max(1, line - page), column],
      Home: [far ? 1 : line, 0],
      End: [far ? this.order.shown.length : line, this.columns.length - 1],
    };
    if (line === 0 && event.shiftKey && /^Arrow(Left|Right)$/.test(event.key)) {
      const step = event.key === "ArrowLeft" ? -16 : 16;
      this.resize(this.columns[column], this.width(this.columns[column]) + step);
      this.drawCurrent();
    } else if (event.key in moves) {
      this.goTo(...moves[event.key]);
      if (event.shiftKey && this.current() !== undefined) this.choose([...this.chosen, this.current()]);
    } else if (event.key === "Enter" && line === 0) this.sort(column, event.shiftKey);
    else if (event.key === "Enter") this.act.open?.(this.current());
    else if (event.key === " " && line > 0) this.toggle(this.current());
    else if (event.key === "a" && far) this.choose(this.order.shown);
    else if (event.key === "Escape" && this.chosen.size) this.choose([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  onPress(event) {
    const cell = event.target.closest("td, th");
    const line = cell ? Number(cell.parentNode.getAttribute("aria-rowindex")) - 2 : NaN;
    if (!(line >= 0) || event.button !== 0) return;
    const from = Math.max(0, this.at.line - 1);
    this.at = { line: line + 1, column: Number(cell.getAttribute("aria-colindex")) - 1 };
    const row = this.order.shown[line];
    if (event.shiftKey) this.choose(this.order.shown.slice(Math.min(from, line), Math.max(from, line) + 1));
    else if (event.ctrlKey || event.metaKey) this.toggle(row);
    else this.choose(this.chosen.size === 1 && this.chosen.has(row) ? [] : [row]);
    if (event.shiftKey) event.preventDefault(); // no text selection across rows
  }

  toggle(row) {
    const chosen = new Set(this.chosen);
    if (!chosen.delete(row)) chosen.add(row);
    this.choose(chosen);
  }

  choose(rows) {
    this.mark(rows);
    this.act.chose?.([...this.chosen]);
  }

  /** Show which rows are selected, where that was not done here. */
  mark(rows) {
    this.chosen = new Set(rows);
    this.draw();
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }
}
