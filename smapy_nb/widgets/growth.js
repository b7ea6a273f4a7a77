// The growth view: a chart, drawn in the kernel, of the selected accounts or of the ten largest.

function growthView(send, say, undo) {
  const picture = make("img", { alt: "" });
  const words = make("figcaption");
  const figure = make("figure", {}, picture, words);
  const indexed = make("input", { type: "checkbox", onchange: () => ask() });
  const again = button(say("growth.draw"), () => ask());
  const ask = () => {
    const dark = document.body.dataset.jpThemeLight === "false";
    send({ kind: "growth", indexed: indexed.checked, dark });
  };
  const node = make("details", { class: "smapy-growth", ontoggle: () => node.open && ask() },
    make("summary", { text: say("growth") }),
    make("div", { class: "smapy-buttons" }, make("label", {}, indexed, ` ${say("growth.indexed")}`), again), figure);
  figure.hidden = true;
  undo.on("msg:custom", (message, buffers) => {
    if (message.kind === "no growth") figure.hidden = true; // an old chart would pass for the one asked for
    if (message.kind !== "growth") return;
    URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(new Blob([buffers[0]], { type: "image/png" }));
    picture.alt = say("growth.alt", { words: message.words });
    words.textContent = message.words;
    figure.hidden = false;
  });
  undo.add(() => URL.revokeObjectURL(picture.src));
  return node;
}
