// What opens below the bar: columns, export, the accounts. Each is a <details>, which the keyboard knows already.

/** A menu that closes on Escape and when the focus or a press goes elsewhere. */
function menu(text, ...content) {
  const summary = make("summary", { class: "smapy-button", text });
  const node = make("details", { class: "smapy-menu" }, summary, make("div", { class: "smapy-sheet" }, ...content));
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !node.open) return;
    node.open = false;
    summary.focus();
    event.stopPropagation();
  });
  node.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !node.contains(event.relatedTarget)) node.open = false;
  });
  return node;
}

/** Choose and order the columns. */
function columnMenu(grid, say) {
  const list = make("ul", { class: "smapy-list" });
  const draw = () => {
    const shown = grid.columns;
    const all = [...shown, ...grid.all.filter((column) => !shown.includes(column))];
    list.replaceChildren(...all.map((column) => {
      const at = shown.indexOf(column);
      const box = make("input", {
        type: "checkbox",
        onchange: () => {
          const next = box.checked ? [...grid.columns, column] : grid.columns.filter((one) => one !== column);
          if (next.length) grid.setColumns(next);
          draw();
          find(column, "input").focus();
        },
      });
      box.checked = at >= 0;
      const name = say(`column.${column.key}`);
      const move = (step, text, label) => {
        const target = at + step;
        return button(text, () => {
          const next = [...grid.columns];
          [next[at], next[target]] = [next[target], next[at]];
          grid.setColumns(next);
          draw();
          find(column, `[data-step="${step}"]:not(:disabled), input`).focus();
        }, { "aria-label": say(label, { name }), "data-step": step, disabled: at < 0 || target < 0 || target >= shown.length });
      };
      return make("li", { "data-key": column.key }, make("label", {}, box, name),
        make("span", { class: "smapy-moves" }, move(-1, "↑", "columns.left"), move(1, "↓", "columns.right")));
    }));
  };
  const find = (column, selector) => list.querySelector(`[data-key="${column.key}"]`).querySelector(selector);
  draw();
  return menu(say("columns"), list);
}

/** Take rows away as a file: the selected ones, else those that show. */
function exportMenu(send, grid, order, say, undo) {
  const what = make("p", { class: "smapy-quiet" });
  const history = make("input", { type: "checkbox" });
  const making = make("span", { class: "smapy-quiet", role: "status" });
  const by = Math.random().toString(36); // else each view, on each page, would save what one has asked for
  const forms = ["csv", "xlsx", "parquet", "jsonl", "ids"].map((form) =>
    button(say(`export.${form}`), () => {
      const rows = grid.chosen.size ? [...grid.chosen].sort((a, b) => a - b) : [...order.shown];
      send({ kind: "export", form, rows, history: history.checked && form !== "ids", by });
      making.textContent = say("export.making");
      node.open = false;
    }, { title: form === "ids" ? say("export.ids.why") : null }),
  );
  const node = menu(say("export"), what, make("label", { class: "smapy-choice" }, history, say("export.history")), ...forms);
  node.addEventListener("toggle", () => {
    const n = grid.chosen.size || order.shown.length;
    what.textContent = say(grid.chosen.size ? "export.selected" : "export.shown", { n });
  });
  undo.on("msg:custom", (message, buffers) => {
    if (message.by !== by) return;
    making.textContent = "";
    if (message.kind !== "file") return;
    const address = URL.createObjectURL(new Blob([buffers[0]], { type: message.media }));
    make("a", { href: address, download: message.name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  });
  return { exporting: node, making };
}

/** The accounts as text: paste a column, a comma list, addresses. */
function accountsEditor(send, say, undo) {
  const id = newId("accounts");
  const area = make("textarea", { id, class: "smapy-input", rows: "8", spellcheck: "false" });
  const problems = make("ul", { class: "smapy-problems", role: "status", "aria-live": "polite" });
  const apply = button(say("accounts.apply"), () => send({ kind: "accounts", text: area.value }), {
    class: "smapy-button smapy-primary",
  });
  const node = make("details", { class: "smapy-accounts", ontoggle: () => node.open && send({ kind: "edit" }) },
    make("summary", { text: say("accounts") }),
    make("label", { for: id, text: say("accounts.label") }), area, problems, make("div", { class: "smapy-buttons" }, apply));
  undo.on("msg:custom", (message) => {
    if (message.kind !== "accounts") return;
    if (message.text !== undefined) area.value = message.text;
    problems.replaceChildren(...message.problems.map(([line, sentence]) =>
      make("li", { text: say("accounts.problem", { line: String(line), sentence }) })));
  });
  return node;
}
