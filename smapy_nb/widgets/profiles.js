// ProfilesWidget: a bar with Refresh and what it says, above the table.

/** What the next refresh costs, in words: "$0.97", "free until 00:00 UTC (02:00 here)", or nothing. */
function priceWords(price, say) {
  if (price.usd === undefined) return "";
  if (price.to_pay > 0) {
    return say(price.simulated ? "price.simulated" : "price", { n: price.asked, usd: dollars(price.usd) });
  }
  const here = new Intl.DateTimeFormat(say.locale, { timeStyle: "short" }).format(price.day_ends);
  return price.asked ? say("price.free", { here }) : "";
}

/** What was spent of the budget, in words: "$0.12 of $1.00 today". */
function spentWords({ spent, budget, per }, say) {
  if (budget) return say(`spent.${per}`, { usd: dollars(spent), budget: dollars(budget) });
  return Number(spent) > 0 ? say("spent", { usd: dollars(spent) }) : "";
}

/** "0.970000" → "0.97": exact, and at least cents. */
function dollars(text) {
  const [whole, cents = ""] = text.split(".");
  return `${whole}.${cents.replace(/0+$/, "").padEnd(2, "0")}`;
}

/** Refresh with its price, Cancel, the progress bar, and a question before the day's first paid refresh. */
function refreshBar(model, own, say, undo, send) {
  const go = () => send({ kind: "refresh" });
  const press = () => {
    const price = model.get("price");
    const day = new Date().toISOString().slice(0, 10);
    if (price.to_pay > 0 && !price.simulated && own.paidDay !== day) ask(true);
    else go();
  };
  const refresh = button("", press, { class: "smapy-button smapy-primary" });
  const cancel = button(say("cancel"), () => send({ kind: "cancel" }));
  const bar = make("progress", { "aria-label": say("progress") });
  const question = make("span");
  const no = button(say("pay.no"), () => ask(false));
  const yes = button(say("pay.yes"), () => {
    own.paidDay = new Date().toISOString().slice(0, 10);
    ask(false);
    go();
  });
  const sure = make("span", { class: "smapy-buttons", role: "group" }, question, yes, no);
  const left = make("span", { class: "smapy-quiet" });
  const over = make("p", { class: "smapy-over", role: "status" });
  const allow = make("code", { dir: "ltr" });
  sure.hidden = true;
  const ask = (asking) => {
    question.textContent = say("pay.sure", { usd: dollars(model.get("price").usd) });
    sure.hidden = !asking;
    refresh.hidden = asking;
    (asking ? no : refresh).focus();
  };
  const draw = () => {
    const busy = model.get("busy");
    const price = model.get("price");
    const held = document.activeElement;
    refresh.textContent = [say("refresh"), priceWords(price, say)].filter(Boolean).join(" · ");
    refresh.disabled = Boolean(price.over);
    left.textContent = [
      spentWords(price, say),
      typeof price.window_left === "number" && say("left.window", { n: price.window_left }),
    ].filter(Boolean).join(" · ");
    const wait = price.per === "total" ? "" : say(`price.wait.${price.per}`);
    over.textContent = price.over ? say("price.over", { usd: dollars(price.usd), left: dollars(price.budget_left), wait }) : "";
    allow.textContent = `w.budget = ${price.allow}`;
    if (price.over) over.append(" ", allow);
    refresh.hidden = busy || !sure.hidden;
    cancel.hidden = !busy;
    bar.hidden = !busy;
    // The button that was pressed is gone: the focus goes to the one in its place, not to the page.
    if (held === refresh && busy) cancel.focus();
    if (held === cancel && !busy) refresh.focus();
    bar.max = Math.max(1, model.get("total"));
    if (model.get("done") > 0) bar.value = model.get("done");
    else bar.removeAttribute("value");
  };
  for (const trait of ["busy", "done", "total", "price"]) undo.on(`change:${trait}`, draw);
  draw();
  return { parts: [refresh, sure, cancel, bar], left, over };
}

/** Who answered the last refresh, or will answer the first. */
function sourceBadge(model, say, undo) {
  const node = make("span", { class: "smapy-badge" });
  const draw = () => {
    const simulated = model.get("summary").read_at ? model.get("simulated") : model.get("price").simulated;
    node.hidden = simulated === undefined;
    node.textContent = say(simulated ? "sandbox" : "source.x");
    node.title = say(simulated ? "sandbox.title" : "source.x.title");
    node.classList.toggle("smapy-real", !simulated);
  };
  for (const trait of ["simulated", "summary", "price"]) undo.on(`change:${trait}`, draw);
  draw();
  return node;
}

/** 754000 → "12:34" */
function clock(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** What the last refresh came to, in one line. */
function statusLine(model, say, undo) {
  const news = make("span", { role: "status", "aria-live": "polite" });
  const age = make("span"); // apart, so that a screen reader is not told each second
  const node = make("p", { class: "smapy-status" }, news, age);
  const times = new Intl.DateTimeFormat(say.locale, { dateStyle: "medium", timeStyle: "short" });
  const draw = () => {
    const { read_at: readAt, outcomes, cancelled } = model.get("summary");
    const total = model.get("total");
    const parts = [];
    const busy = model.get("busy");
    const waiting = model.get("waiting_until") - Date.now();
    if (busy) parts.push(say("reading", { n: total }));
    if (busy && waiting > 0) parts.push(say("waiting"));
    else if (cancelled) parts.push(say("cancelled"));
    if (!busy && readAt) {
      const all = Object.entries(outcomes);
      const seen = all.filter(([outcome]) => SEEN.has(outcome)).reduce((sum, [, number]) => sum + number, 0);
      parts.push(say("read", { n: seen }));
      for (const [outcome, number] of all) {
        if (!SEEN.has(outcome)) parts.push(`${say(`outcome.${outcome}`)}: ${say.number(number)}`);
      }
    } else if (!busy) parts.push(say("unread", { n: total }));
    const every = model.get("every");
    if (typeof every === "number") parts.push(every ? say("every", { n: Math.round(every / 60) }) : say("every.stopped"));
    const text = parts.join(" · ");
    if (news.textContent !== text) news.textContent = text;
    if (busy && waiting > 0) age.textContent = say("waiting.left", { left: clock(waiting) });
    else if (busy) age.textContent = model.get("done") ? say("done", { n: model.get("done") }) : "";
    else age.textContent = readAt ? say.ago(readAt) : "";
    age.title = readAt ? times.format(readAt) : "";
    if (age.textContent) age.textContent = ` · ${age.textContent}`;
  };
  for (const trait of ["busy", "done", "total", "summary", "waiting_until", "every"]) undo.on(`change:${trait}`, draw);
  undo.every(1000, draw);
  draw();
  return node;
}

/** Search and the filter by outcome. */
function finder(rows, order, say, update) {
  const search = make("input", {
    type: "search", class: "smapy-input", placeholder: say("search"), "aria-label": say("search"), autocomplete: "off",
    onfocus: () => order.searchable(), // so that the first key need not wait for it
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

function render({ model, el, own }) {
  const say = speaker(model.get("lang"));
  const undo = undoing(model);
  const rows = rowsOf(own);
  const { node: silence, send } = answering(model, say, undo);
  const order = new Order(rows, say.locale);
  order.stale();
  const card = new Card(rows, say, () => grid.table.focus(), (row) => send({ kind: "history", row }));
  const grid = new Grid(rows, order, columnsOf(model), say, {
    open: (row) => card.open(row),
    chose: (chosen) => {
      rows.chosen = chosen;
      send({ kind: "select", rows: chosen });
    },
    drawn: (shown) => {
      const trends = grid.columns.some((column) => column.key === "trend");
      // Not by `send`, which tells when a kernel is silent: a person who scrolls waits for nothing.
      rows.want(grid, trends ? [...shown] : [], (message) => model.send(message));
    },
    updated: () => {
      const all = order.shown.length === rows.count;
      find.found.textContent = all ? "" : say("found", { n: order.shown.length, all: rows.count });
    },
  });
  const find = finder(rows, order, say, () => grid.update());
  undo.on("msg:custom", (message) => {
    if (message.kind === "history") card.history(message);
    if (message.kind === "chosen") grid.mark((rows.chosen = message.rows));
  });
  const { exporting, making } = exportMenu(send, grid, order, say, undo);
  find.node.append(make("span", { class: "smapy-far" }, making, columnMenu(grid, say), exporting));
  const table = make("div", { class: "smapy-table" }, find.node, grid.node, card.node);
  const take = (kind) => {
    if (kind === "trends") return grid.redraw();
    order.stale(kind === "rows" ? null : kind === "changed" ? rows.changed : new Map());
    find.offer();
    table.hidden = rows.count === 0;
    if (kind !== "changed") grid.chosen = new Set(rows.chosen);
    if (kind === "rows") card.close(); // the numbers of rows may mean others now
    grid.update();
    card.draw();
    if (kind === "changed") card.again();
  };
  rows.watchers.add(take);
  undo.add(() => rows.watchers.delete(take));
  undo.add(() => rows.wanted.delete(grid));
  undo.add(() => grid.close());

  const { parts, left, over } = refreshBar(model, own, say, undo, send);
  const root = make("section", { class: "smapy smapy-profiles", "aria-label": say("title") },
    make("header", { class: "smapy-head" },
      make("div", { class: "smapy-buttons" }, ...parts, sourceBadge(model, say, undo), left), statusLine(model, say, undo)),
    over,
    silence,
    errorBox(model, say, undo),
    table,
    growthView(send, say, undo),
    accountsEditor(send, say, undo));
  logErrors(own, say);
  greet(model, undo);
  el.append(root);
  take();
  return () => undo.all();
}

export default { render };
