// What went wrong: a sentence, its details folded, both to be copied; and the same in JupyterLab's log.

/** The error of a model as text: the sentence, then a line for each detail. */
function errorText(model, say) {
  const { kind, status, at, read, frames, versions } = model.get("details");
  const facts = {
    kind,
    status,
    at: at && new Date(at).toISOString().replace(/\.\d+/, ""),
    read: read && say("found", { n: read[0], all: read[1] }),
    frames: frames?.length ? frames.map((frame) => `\n  ${frame}`).join("") : null,
    versions,
  };
  const lines = Object.entries(facts).filter(([, fact]) => fact).map(([name, fact]) => `${say(`detail.${name}`)}: ${fact}`);
  return [model.get("error"), ...lines].join("\n");
}

function errorBox(model, say, undo) {
  const sentence = make("p", { role: "alert" });
  const text = make("pre", { tabindex: "0", "aria-label": say("error.details") });
  const details = make("details", {}, make("summary", { text: say("error.details") }), text);
  const told = make("span", { class: "smapy-quiet", role: "status" });
  const copy = button(say("error.copy"), async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      told.textContent = say("error.copied");
    } catch { // a page without the right to: the person copies what is selected
      details.open = true;
      text.focus();
      getSelection().selectAllChildren(text);
      told.textContent = say("error.selected");
    }
  });
  const node = make("div", { class: "smapy-error" }, sentence, details, make("div", { class: "smapy-buttons" }, copy, told));
  const draw = () => {
    sentence.textContent = model.get("error");
    text.textContent = errorText(model, say);
    told.textContent = "";
    node.hidden = !model.get("error");
  };
  for (const trait of ["error", "details"]) undo.on(`change:${trait}`, draw);
  draw();
  return node;
}

/**
 * Write errors to JupyterLab's log, once however many views there are. It is handed to what Lab does with output of a
 * widget that has no place of its own: what the kernel would send from a thread has lost its cell, and the log drops it.
 */
function logErrors(own, say) {
  if (own.logs) return;
  own.logs = true;
  own.model.on("change:error", () => {
    const log = own.model.widget_manager?.callbacks?.()?.iopub?.output;
    if (own.model.get("error")) {
      log?.({ header: { msg_type: "stream" }, content: { name: "stderr", text: `${errorText(own.model, say)}\n` } });
    }
  });
}
