// KeyChainWidget: keys are typed into inputs that belong to no trait, and leave in a message to the kernel.

const STATES = ["absent", "unchecked", "checking", "valid", "rejected", "unreachable"];

/** The line that says how things stand, in words beside a dot. */
function indicator(model, say, undo) {
  const dot = make("span", { class: "smapy-dot", "aria-hidden": "true" });
  const words = make("span", { role: "status", "aria-live": "polite" });
  const age = make("span", { class: "smapy-quiet" }); // apart, so that a screen reader is not told every minute
  const badge = make("span", { class: "smapy-badge", text: say("sandbox"), title: say("sandbox.title") });
  const node = make("div", { class: "smapy-state" }, dot, words, age, badge);
  const draw = () => {
    const state = model.get("state");
    const account = model.get("account");
    const checked = model.get("checked_at");
    const text = say(state === "valid" && account ? "state.valid.as" : `state.${state}`, { account });
    if (words.textContent !== text) words.textContent = text;
    age.textContent = checked && state !== "checking" ? say("checked", { ago: say.ago(checked) }) : "";
    for (const name of STATES) node.classList.toggle(`smapy-${name}`, name === state);
    badge.hidden = !model.get("simulated");
  };
  for (const trait of ["state", "account", "checked_at", "simulated"]) undo.on(`change:${trait}`, draw);
  undo.every(30000, draw);
  draw();
  return node;
}

/** What came of the last thing that was done. */
function noteLine(model, say, undo) {
  const node = make("div", { class: "smapy-note", role: "status", "aria-live": "polite" });
  const draw = () => {
    const { bad, text, key, lines = [] } = model.get("note");
    const first = text || (key ? say(key) : "");
    node.replaceChildren(...[first, ...lines].filter(Boolean).map((line) => make("p", { text: line })));
    node.classList.toggle("smapy-bad", Boolean(bad));
  };
  undo.on("change:note", draw);
  draw();
  return node;
}

/** Check and Forget: they concern the keys that are stored, whichever page is open. Forget asks once. */
function storedButtons(model, say, send, undo) {
  const check = button(say("check"), () => send({ kind: "check" }));
  const forget = button(say("forget"), () => ask(true));
  const yes = button(say("forget.yes"), () => {
    ask(false);
    send({ kind: "forget" });
  });
  const no = button(say("forget.no"), () => ask(false));
  const question = make(
    "span",
    { class: "smapy-buttons", role: "group", "aria-label": say("forget.sure") },
    make("span", { text: say("forget.sure") }),
    yes,
    no,
  );
  const ask = (asking) => {
    question.hidden = !asking;
    forget.hidden = asking;
    (asking ? no : forget).focus();
  };
  question.hidden = true;
  question.addEventListener("keydown", (event) => event.key === "Escape" && ask(false));
  const draw = () => {
    const state = model.get("state");
    check.disabled = state === "absent" || state === "checking";
    check.textContent = say(model.get("checked_at") ? "check.again" : "check");
    check.title = model.get("check_price") ? say("check.price", { usd: model.get("check_price") }) : say("check.free");
    forget.disabled = state === "absent";
  };
  for (const trait of ["state", "checked_at", "check_price"]) undo.on(`change:${trait}`, draw);
  draw();
  return [check, forget, question];
}

/** Keys that are here already (environment, .env, dump, …): offered, not taken. */
function offer(model, say, send, undo) {
  const node = make("div", { class: "smapy-offer" });
  const draw = () => {
    const source = model.get("found");
    node.hidden = !source || model.get("state") !== "absent";
    node.replaceChildren(
      make("span", { text: say("found", { source }) }),
      button(say("found.use"), () => send({ kind: "use" })),
    );
  };
  for (const trait of ["found", "state"]) undo.on(`change:${trait}`, draw);
  draw();
  return node;
}

/** Two things a person may ask: where are my keys, and how do I get some? */
function answers(model, say, send, undo) {
  const kept = make("p", {});
  const draw = () => (kept.textContent = model.get("store"));
  undo.on("change:store", draw);
  draw();
  const where = make("details", { ontoggle: () => where.open && send({ kind: "where" }) },
    make("summary", { text: say("where") }), make("p", { text: say("where.memory") }), kept);
  const steps = ["1", "2", "3", "4", "5"].map((step) => make("li", { text: say(`how.${step}`) }));
  steps[0].append(" ", make("a", {
    class: "smapy-link", href: "https://console.x.com", text: "console.x.com", target: "_blank", rel: "noopener noreferrer",
  }));
  const how = make("details", {}, make("summary", { text: say("how") }), make("ol", {}, ...steps),
    make("p", { text: say("how.none") }));
  return make("div", { class: "smapy-answers" }, how, where);
}

/** A choice of network, where there is more than one. */
function networkChoice(model, say) {
  const networks = Object.entries(model.get("networks"));
  const { name } = model.get("networks")[model.get("network")];
  if (networks.length === 1) return make("h3", { text: say("title", { network: name }) });
  const select = make("select", {
    class: "smapy-input", "aria-label": say("network"),
    onchange: () => {
      model.set("network", select.value);
      model.save_changes();
    },
  }, ...networks.map(([code, network]) => make("option", { value: code, text: say("title", { network: network.name }) })));
  select.value = model.get("network");
  return select;
}

function render({ model, el }) {
  const root = make("section", { class: "smapy smapy-keychain" });
  const say = speaker(model.get("lang"));
  const undo = undoing(model);
  const build = () => {
    undo.all();
    const { node: silence, send } = answering(model, say, undo);
    greet(model, undo);
    undo.on("change:network", build);
    const network = model.get("networks")[model.get("network")];
    let pages = [];
    let pasted = "";
    const onBlock = (text) => {
      pasted = text;
      send({ kind: "read", text });
    };
    const tokenPages = Object.entries(network.kinds).map(([kind, fields]) => tokenPage(say, kind, fields, send, onBlock));
    const paste = pastePage(say, (message) => onBlock(message.text));
    pages = [...tokenPages, paste, ...(network.signs_in ? [signInPage(model, say, send, undo)] : [])];
    const { list, panels, primaries, choose } = tabs(pages, say("kinds"));
    undo.on("msg:custom", (message) => {
      if (message.kind === "taken") {
        pasted = "";
        pages.forEach((page) => page.clear());
      } else if (message.kind === "places" && pasted) {
        fill(tokenPages, choose, [...pasted], message.places);
        pasted = "";
        paste.clear();
      }
    });
    root.setAttribute("aria-label", say("title", { network: network.name }));
    root.replaceChildren(
      make("header", { class: "smapy-head" }, networkChoice(model, say), indicator(model, say, undo)),
      offer(model, say, send, undo),
      list,
      panels,
      make("div", { class: "smapy-buttons" }, ...primaries, ...storedButtons(model, say, send, undo)),
      silence,
      noteLine(model, say, undo),
      answers(model, say, send, undo),
    );
  };
  build();
  el.append(root);
  return () => undo.all();
}

/** Fill the fields from the places in the text at which the kernel found them, and open the page they are on. */
function fill(pages, choose, letters, places) {
  const fields = Object.keys(places);
  const page = pages.findIndex(({ inputs }) => fields.some((field) => field in inputs));
  if (page < 0) return;
  for (const field of fields) {
    const [from, to] = places[field];
    const input = pages[page].inputs[field];
    if (input) input.value = letters.slice(from, to).join("");
  }
  choose(page);
  (Object.values(pages[page].inputs).find((input) => !input.value) ?? pages[page].primary).focus();
}

export default { render };
