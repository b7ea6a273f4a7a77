// ProfilesWidget: a bar with Refresh and what it says, above the table.

/** Refresh, Cancel and the progress bar. */
function refreshBar(model, say, undo) {
  const refresh = button(say("refresh"), () => model.send({ kind: "refresh" }), {
    class: "smapy-button smapy-primary",
  });
  const cancel = button(say("cancel"), () => model.send({ kind: "cancel" }));
  const bar = make("progress", { "aria-label": say("progress") });
  const draw = () => {
    const busy = model.get("busy");
    const held = document.activeElement;
    refresh.hidden = busy;
    cancel.hidden = !busy;
    bar.hidden = !busy;
    // The button that was pressed is gone: the focus goes to the one in its place, not to the page.
    if (held === refresh && busy) cancel.focus();
    if (held === cancel && !busy) refresh.focus();
    bar.max = Math.max(1, model.get("total"));
    if (model.get("done") > 0) bar.value = model.get("done");
    else bar.removeAttribute("value");
  };
  for (const trait of ["busy", "done", "total"]) undo.on(`change:${trait}`, draw);
  draw();
  return [refresh, cancel, bar];
}

/** 754000 → "12:34" */
function clock(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** What the last refresh came to, in one line. */
function statusLine(model, say, undo) {
  const node = make("p", { class: "smapy-status", role: "status", "aria-live": "polite" });
  const draw = () => {
    const { read_at: readAt, outcomes, cancelled } = model.get("summary");
    const total = model.get("total");
    const parts = [];
    const waiting = model.get("waiting_until") - Date.now();
    if (model.get("busy")) parts.push(say("reading", { n: total, done: model.get("done") }));
    if (model.get("busy") && waiting > 0) parts.push(say("waiting", { left: clock(waiting) }));
    else if (cancelled) parts.push(say("cancelled"));
    if (!model.get("busy") && readAt) {
      const seen = Object.entries(outcomes).filter(([outcome]) => SEEN.has(outcome));
      const missing = Object.entries(outcomes).filter(([outcome]) => !SEEN.has(outcome));
      parts.push(say("read", { n: seen.reduce((sum, [, number]) => sum + number, 0), ago: say.ago(readAt) }));
      for (const [outcome, number] of missing) parts.push(`${say(`outcome.${outcome}`)}: ${say.number(number)}`);
    } else if (!model.get("busy")) parts.push(say("unread", { n: total }));
    const text = parts.join(" · ");
    if (node.textContent !== text) node.textContent = text;
  };
  for (const trait of ["busy", "done", "total", "summary", "waiting_until"]) undo.on(`change:${trait}`, draw);
  undo.every(1000, draw);
  draw();
  return node;
}

/** Search and the filter by outcome. */
function finder(rows, order, say, update) {
  const search = make("input", {
    type: "search", class: "smapy-input", placeholder: say("search"), "aria-label": say("search"), autocomplete: "off",
    oninput: () => {
      order.needle = search.value;
      update();
    },
  });
  const filter = make("select", {
    class: "smapy-input", "aria-label": say("filter"),
    onchange: () => {
      order.outcome = filter.value;
      update();
    },
  });
  const offer = () => {
    const outcomes = [...new Set(rows.columns.get("outcome")?.values)].sort();
    if (order.outcome && !outcomes.includes(order.outcome)) outcomes.push(order.outcome);
    filter.replaceChildren(make("option", { value: "", text: say("filter.all") }),
      ...outcomes.map((outcome) => make("option", { value: outcome, text: say(`outcome.${outcome}`) })));
    filter.value = order.outcome;
  };
  const found = make("span", { class: "smapy-quiet", role: "status", "aria-live": "polite" });
  return { node: make("div", { class: "smapy-buttons" }, search, filter, found), offer, found };
}

function errorBox(model, say, undo) {
  const node = make("div", { class: "smapy-error", role: "alert" });
  const draw = () => {
    node.textContent = model.get("error");
    node.hidden = !node.textContent;
  };
  undo.on("change:error", draw);
  draw();
  return node;
}

function render({ model, el }) {
  const say = speaker(model.get("lang"));
  const undo = undoing(model);
  const rows = rowsOf(model);
  const order = new Order(rows, say.locale);
  order.stale();
  const grid = new Grid(rows, order, say, {
    updated: () => {
      const all = order.shown.length === rows.count;
      find.found.textContent = all ? "" : say("found", { n: order.shown.length, all: rows.count });
    },
  });
  const find = finder(rows, order, say, () => grid.update());
  const badge = make("span", { class: "smapy-badge", text: say("sandbox"), title: say("sandbox.title") });
  const drawBadge = () => (badge.hidden = !model.get("simulated"));
  undo.on("change:simulated", drawBadge);
  drawBadge();

  const table = make("div", { class: "smapy-table" }, find.node, grid.node);
  const take = () => {
    order.stale();
    find.offer();
    table.hidden = rows.count === 0;
    grid.update();
  };
  rows.watchers.add(take);
  undo.add(() => rows.watchers.delete(take));
  undo.add(() => grid.close());

  const root = make("section", { class: "smapy smapy-profiles", "aria-label": say("title") },
    make("header", { class: "smapy-head" },
      make("div", { class: "smapy-buttons" }, ...refreshBar(model, say, undo), badge), statusLine(model, say, undo)),
    table,
    errorBox(model, say, undo));
  whereKernelLives(model, root, undo);
  el.append(root);
  take();
  return () => undo.all();
}

export default { render };
