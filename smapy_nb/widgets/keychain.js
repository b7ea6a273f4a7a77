// KeyChainWidget: keys are typed into inputs that belong to no trait, and leave in a message to the kernel.

const STATES = ["absent", "unchecked", "checking", "valid", "rejected", "unreachable"];

/** One masked input with its label and a button that shows it only while it is held down. */
function secretField(say, field) {
  const id = newId(field);
  const input = make("input", {
    id, type: "password", class: "smapy-input", "data-field": field, spellcheck: "false", autocapitalize: "off",
    autocorrect: "off", autocomplete: "new-password", "data-1p-ignore": true, "data-lpignore": "true",
  });
  const eye = make("button", {
    type: "button", class: "smapy-eye", "aria-label": say("reveal", { field: say(`field.${field}`) }),
    "aria-pressed": "false", title: say("reveal.title"), text: say("reveal.show"),
  });
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    eye.setAttribute("aria-pressed", String(shown));
  };
  for (const event of ["pointerup", "pointerleave", "pointercancel", "blur", "keyup"]) {
    eye.addEventListener(event, () => show(false));
  }
  eye.addEventListener("pointerdown", () => show(true));
  eye.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      show(true);
    }
  });
  const label = make("label", { for: id, text: say(`field.${field}`) });
  return { input, row: make("div", { class: "smapy-field" }, label, input, eye) };
}

/** The line that says how things stand, in words beside a dot. */
function indicator(model, say, undo) {
  const dot = make("span", { class: "smapy-dot", "aria-hidden": "true" });
  const words = make("span");
  const badge = make("span", { class: "smapy-badge", text: say("sandbox"), title: say("sandbox.title") });
  const node = make("div", { class: "smapy-state", role: "status", "aria-live": "polite" }, dot, words, badge);
  const draw = () => {
    const state = model.get("state");
    const account = model.get("account");
    const checked = model.get("checked_at");
    const parts = [say(state === "valid" && account ? "state.valid.as" : `state.${state}`, { account })];
    if (checked && state !== "checking") parts.push(say("checked", { ago: say.ago(checked) }));
    const text = parts.join(" · ");
    if (words.textContent !== text) words.textContent = text; // a screen reader repeats what is set anew
    for (const name of STATES) node.classList.toggle(`smapy-${name}`, name === state);
    badge.hidden = !model.get("simulated");
  };
  for (const trait of ["state", "account", "checked_at", "simulated"]) undo.on(`change:${trait}`, draw);
  undo.every(30000, draw);
  draw();
  return node;
}

/** The form of one kind of token. What is typed leaves by `send` and stays in no other place. */
function tokenPage(say, kind, fields, send) {
  const inputs = {};
  const id = newId("form");
  const form = make("form", { id, autocomplete: "off" });
  for (const field of fields) {
    const { input, row } = secretField(say, field);
    inputs[field] = input;
    form.append(row);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ kind: "save", values: Object.fromEntries(fields.map((field) => [field, inputs[field].value])) });
    Object.values(inputs).find((input) => !input.value.trim())?.focus(); // the kernel says what is wrong with it
  });
  return {
    name: kind,
    title: say(`kind.${kind}`),
    body: form,
    inputs,
    primary: make("button", { type: "submit", form: id, class: "smapy-button smapy-primary", text: say("save") }),
    clear: () => Object.values(inputs).forEach((input) => (input.value = "")),
  };
}

/** What the kernel has to say about the last thing that was done. */
function noteLine(model, say, undo) {
  const node = make("p", { class: "smapy-note", role: "status", "aria-live": "polite" });
  const draw = () => {
    const { bad, text, key, values } = model.get("note");
    node.textContent = text || (key ? say(key, values) : "");
    node.classList.toggle("smapy-bad", Boolean(bad));
  };
  undo.on("change:note", draw);
  draw();
  return node;
}

/** Check and Forget: they concern the keys that are stored, whichever tab is open. */
function storedButtons(model, say, send, undo) {
  const check = button(say("check"), () => send({ kind: "check" }), { title: say("check.title") });
  const forget = button(say("forget"), () => send({ kind: "forget" }));
  const draw = () => {
    const state = model.get("state");
    check.disabled = state === "absent" || state === "checking";
    forget.disabled = state === "absent";
  };
  undo.on("change:state", draw);
  draw();
  return [check, forget];
}

function render({ model, el }) {
  const root = make("section", { class: "smapy smapy-keychain" });
  const say = speaker(model.get("lang"));
  const undo = undoing(model);
  const send = (message) => model.send(message);
  const build = () => {
    undo.all();
    whereKernelLives(model, root, undo);
    undo.on("change:network", build);
    const network = model.get("networks")[model.get("network")];
    const title = say("title", { network: network.name });
    const pages = Object.entries(network.kinds).map(([kind, fields]) => tokenPage(say, kind, fields, send));
    const { list, panels, primaries } = tabs(pages, say("kinds"));
    undo.on("msg:custom", (message) => {
      if (message.kind === "taken") pages.forEach((page) => page.clear());
    });
    root.setAttribute("aria-label", title);
    root.replaceChildren(
      make("header", { class: "smapy-head" }, make("h3", { text: title }), indicator(model, say, undo)),
      list,
      panels,
      make("div", { class: "smapy-buttons" }, ...primaries, ...storedButtons(model, say, send, undo)),
      noteLine(model, say, undo),
    );
  };
  build();
  el.append(root);
  return () => undo.all();
}

export default { render };
