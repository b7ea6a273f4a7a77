// What benchmarks/table.py does in the notebook's page. Every time is the browser's own clock, in milliseconds.

window.bench = (() => {
  const panel = () => window.jupyterapp.shell.currentWidget;
  const kernel = () => panel().sessionContext.session.kernel;
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  const cells = () => panel().content.widgets;
  const failed = () => cells().at(-1).model.outputs.toJSON().find((one) => one.output_type === "error");

  // A canvas holds no text to look for: what is painted on it is seen in the call that paints text.
  const painted = new Set();
  let wanted = [];
  const paint = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
    for (const one of wanted) if (String(text).includes(one)) painted.add(one);
    return paint.call(this, text, ...more);
  };

  /** Whether an element that takes room on the page, in a shadow root too, holds each of the texts. */
  function shows(texts) {
    const left = new Set(texts);
    const look = (root) => {
      for (const node of root.querySelectorAll("*")) {
        if (node.shadowRoot) look(node.shadowRoot);
        if (node.closest(".smapy-static")) continue; // ours, and readable at once, but no widget
        if (node.childElementCount || node.tagName === "SCRIPT" || !node.textContent) continue;
        for (const text of left) {
          if (node.textContent.includes(text) && node.getBoundingClientRect().height > 0) left.delete(text);
        }
        if (!left.size) return;
      }
    };
    for (const area of panel().node.querySelectorAll(".jp-OutputArea")) look(area);
    return !left.size;
  }

  async function until(ready, start, limit) {
    for (;;) {
      await frame();
      const took = performance.now() - start;
      if (ready()) return took;
      const error = failed();
      if (error) throw new Error(`${error.ename}: ${error.evalue}`);
      if (took > limit) throw new Error(`nothing to see after ${limit / 1000} s`);
    }
  }

  const bar = () => document.querySelector(".smapy-profiles progress");
  const busy = () => bar() && !bar().hidden;
  const cell = (code) => {
    cells().at(-1).model.sharedModel.setSource(code);
    window.jupyterapp.commands.execute("notebook:run-all-cells");
  };
  const ask = (code) => kernel().requestExecute({ code, silent: true, store_history: false }).done;

  return {
    /** Run code in the kernel; return its reply. */
    run: async ({ code }) => (await ask(code)).content,

    /** Run code in the notebook's only cell. */
    cell: ({ code }) => cell(code),

    /** Take what the cell shows away. */
    clear: () => window.jupyterapp.commands.execute("notebook:clear-all-cell-outputs"),

    /** Run code, in the notebook's only cell or aside, until both texts can be read. */
    async timed({ code, aside, texts, canvas, limit }) {
      wanted = texts;
      painted.clear();
      const start = performance.now();
      if (aside) ask(code);
      else cell(code);
      return until(() => (canvas ? painted.size === texts.length : shows(texts)), start, limit);
    },

    /** Note for each key typed in the search box the time from its event until the right number of rows shows. */
    listen({ counts, limit }) {
      const box = document.querySelector(".smapy-profiles input[type=search]");
      const grid = document.querySelector(".smapy-profiles [role=grid]");
      const times = [];
      box.addEventListener("keydown", (event) => {
        const want = String(counts[times.length] + 1); // the header is a row too
        until(() => grid.getAttribute("aria-rowcount") === want, event.timeStamp, limit)
          .then((took) => times.push(took), () => times.push(NaN));
      }, { capture: true });
      window.benchKeys = times;
      box.focus();
    },

    /** Start a refresh from code; ask the kernel for 1+1 until it is over; return each answer's time and the whole. */
    async answers({ code, limit }) {
      const start = performance.now();
      await ask(code);
      await until(busy, start, limit);
      const times = [];
      const at = [];
      while (busy() && performance.now() - start < limit) {
        const asked = performance.now();
        await ask("1+1");
        times.push(performance.now() - asked);
        at.push(asked - start);
        await new Promise((done) => setTimeout(done, 20));
      }
      return { times, at, whole: performance.now() - start };
    },

    /** Start a refresh, press Cancel in its middle, return the time until the page says that it is over. */
    async cancel({ code, limit }) {
      const start = performance.now();
      await ask(code);
      await until(() => busy() && bar().value > bar().max / 20, start, limit);
      const cancel = [...document.querySelectorAll(".smapy-profiles button")].find((one) => one.textContent === "Cancel");
      const pressed = performance.now();
      cancel.click();
      const took = await until(() => !busy(), pressed, limit);
      return { took, pressed: performance.timeOrigin + pressed };
    },
  };
})();
