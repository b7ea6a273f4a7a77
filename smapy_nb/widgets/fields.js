// The parts of KeyChainWidget in which something secret is typed.

/** One masked input with its label and a button that shows it only while it is held down. */
function secretField(say, field, onBlock) {
  const id = newId(field);
  const input = make("input", {
    id,
    type: "password",
    class: "smapy-input",
    "data-field": field,
    spellcheck: "false",
    autocapitalize: "off",
    autocorrect: "off",
    autocomplete: "new-password",
    "data-1p-ignore": true,
    "data-lpignore": "true",
  });
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!/\S\s*[\n={]\s*\S/.test(text) || !/[\n:{"]/.test(text)) return; // one key, or a key that ends in "="
    event.preventDefault();
    onBlock(text);
  });
  const label = make("label", { for: id, text: say(`field.${field}`) });
  return { input, row: make("div", { class: "smapy-field" }, label, input, holdToShow(say, field, input)) };
}

function holdToShow(say, field, input) {
  const eye = make("button", {
    type: "button",
    class: "smapy-eye",
    "aria-label": say("reveal", { field: say(`field.${field}`) }),
    "aria-pressed": "false",
    title: say("reveal.title"),
    text: say("reveal.show"),
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
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    show(true);
  });
  return eye;
}

/** A form of secret inputs. What is typed leaves by `submit(values)` and stays in no other place. */
function secretForm(say, fields, submit, onBlock) {
  const inputs = {};
  const form = make("form", { id: newId("form"), autocomplete: "off" });
  for (const field of fields) {
    const { input, row } = secretField(say, field, onBlock);
    inputs[field] = input;
    form.append(row);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(Object.fromEntries(fields.map((field) => [field, inputs[field].value])));
    Object.values(inputs).find((input) => !input.value.trim())?.focus(); // the kernel says what is wrong with it
  });
  return { form, inputs, clear: () => Object.values(inputs).forEach((input) => (input.value = "")) };
}

function submitButton(text, form) {
  return make("button", { type: "submit", form: form.id, class: "smapy-button smapy-primary", text });
}

/** The page on which one kind of token is typed. */
function tokenPage(say, kind, fields, send, onBlock) {
  const { form, inputs, clear } = secretForm(say, fields, (values) => send({ kind: "save", values }), onBlock);
  const primary = submitButton(say("save"), form);
  return { name: kind, title: say(`kind.${kind}`), body: form, primary, inputs, clear };
}

/**
 * The page for a pasted block. The kernel reads it and answers with places in the text, never with a key; the
 * fields are filled from the text that is still here.
 */
function pastePage(say, send) {
  const id = newId("paste");
  const area = make("textarea", { id, class: "smapy-input smapy-masked", rows: "6", spellcheck: "false", autocomplete: "off" });
  const form = make(
    "form",
    { id: newId("form"), autocomplete: "off" },
    make("label", { for: id, text: say("paste.label") }),
    area,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ kind: "read", text: area.value });
  });
  const primary = submitButton(say("paste.fill"), form);
  return { name: "paste", title: say("paste"), body: form, primary, area, clear: () => (area.value = "") };
}

/** The page to sign in by a PIN: the app's keys, then a link to X, then the PIN that X shows. */
function signInPage(model, say, send, undo) {
  const app = secretForm(say, ["consumer_key", "consumer_secret"], (values) => send({ kind: "sign_in", values }), () => {});
  const id = newId("pin");
  const link = make("a", { class: "smapy-link", target: "_blank", rel: "noopener noreferrer", text: say("signin.open") });
  const pin = make("input", { id, class: "smapy-input", inputmode: "numeric", autocomplete: "off", size: "10" });
  const second = make(
    "form",
    { id: newId("form"), autocomplete: "off" },
    make("p", {}, say("signin.open.before"), link),
    make("div", { class: "smapy-field" }, make("label", { for: id, text: say("signin.pin") }), pin),
  );
  second.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ kind: "pin", pin: pin.value });
  });
  const ask = submitButton(say("signin.ask"), app.form);
  const finish = submitButton(say("signin.finish"), second);
  const again = button(say("signin.again"), () => send({ kind: "start_over" }));
  const draw = () => {
    const address = webLink(model.get("sign_in_url"));
    second.hidden = finish.hidden = again.hidden = !address;
    app.form.hidden = ask.hidden = Boolean(address);
    if (address) link.href = address;
    else link.removeAttribute("href");
  };
  undo.on("change:sign_in_url", draw);
  draw();
  const body = make("div", {}, make("p", { class: "smapy-quiet", text: say("signin.about") }), app.form, second);
  const primary = make("span", { class: "smapy-buttons" }, ask, finish, again);
  return { name: "sign in", title: say("signin"), body, primary, clear: () => (app.clear(), (pin.value = "")) };
}
