// The little of a widget that a saved notebook keeps. The rest comes from the kernel, in a message; where none lives
// nothing comes, and the static form beside the view stays.

const PAGE = (globalThis[Symbol.for("smapy_nb")] ??= new Map()); // the code, once for all widgets of a page

async function load({ code, css }) {
  document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return (await import(address)).default;
  } finally {
    URL.revokeObjectURL(address);
  }
}

export default () => {
  const own = {}; // what the views of one model share
  let take;
  let known = false;
  const code = new Promise((resolve) => (take = resolve));
  return {
    initialize({ model }) {
      own.model = model; // its handlers outlive a view's
      model.on("msg:custom", (message) => {
        if (message.kind !== "code") return;
        known = true;
        if (!PAGE.has(message.hash)) PAGE.set(message.hash, load(message));
        take(PAGE.get(message.hash));
      });
    },
    async render({ model, el, signal }) {
      if (!known) model.send({ kind: "code" });
      const widget = await code;
      return signal?.aborted ? null : widget.render({ model, el, own });
    },
  };
};
