// Small parts that both widgets are made of. Every text reaches the page as text: nothing here parses HTML.

let lastId = 0;

function newId(stem) {
  lastId += 1;
  return `smapy-${stem}-${lastId}`;
}

/** Make an element. `on*` properties listen, `text` is its text, everything else is an attribute. */
function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  // Without this, a key typed in a widget is also a shortcut of the notebook: "b" would insert a cell.
  if (/^(button|input|textarea|select|summary|a)$/.test(tag) || node.hasAttribute("tabindex")) {
    node.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  return node;
}

function button(text, onclick, properties = {}) {
  return make("button", { type: "button", class: "smapy-button", text, onclick, ...properties });
}

/** Choose the language and return `say(key, values)`; a number in `values.n` chooses the plural. */
function speaker(lang) {
  const wanted = (lang || navigator.language || "en").slice(0, 2).toLowerCase();
  const tongue = wanted in STRINGS ? wanted : "en";
  const texts = { ...STRINGS.en, ...STRINGS[tongue] };
  const plurals = new Intl.PluralRules(tongue);
  const locale = lang || (navigator.language?.toLowerCase().startsWith(tongue) ? navigator.language : tongue);
  const numbers = new Intl.NumberFormat(locale);
  const say = (key, values = {}) => {
    const chosen = "n" in values ? texts[`${key}.${plurals.select(values.n)}`] ?? texts[key] : texts[key];
    return (chosen ?? key).replace(/\{(\w+)\}/g, (whole, name) => {
      const value = values[name];
      return typeof value === "number" ? numbers.format(value) : value ?? whole;
    });
  };
  say.locale = locale;
  say.tongue = tongue;
  say.number = (value) => numbers.format(value);
  say.ago = (milliseconds) => ago(milliseconds, locale);
  return say;
}

function ago(milliseconds, locale) {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const minutes = Math.round((Date.now() - milliseconds) / 60000);
  if (minutes < 1) return words.format(0, "second"); // "now"
  if (minutes < 60) return words.format(-minutes, "minute");
  if (minutes < 48 * 60) return words.format(-Math.round(minutes / 60), "hour");
  return words.format(-Math.round(minutes / 1440), "day");
}

/** Only links to the web are followed; anything else a server sends as a link stays text. */
function webLink(address) {
  return typeof address === "string" && /^https?:\/\//i.test(address) ? address : null;
}

/** Collect what must be undone when a view goes away. */
function undoing(model) {
  const undo = [];
  return {
    on(event, handler) {
      model.on(event, handler);
      undo.push(() => model.off(event, handler));
    },
    every(milliseconds, handler) {
      const timer = setInterval(handler, milliseconds);
      undo.push(() => clearInterval(timer));
    },
    add(step) {
      undo.push(step);
    },
    all() {
      for (const step of undo.splice(0)) step();
    },
  };
}

/** Tabs by the ARIA pattern: one tab stop, arrows move between them. A page: {name, title, body, primary}. */
function tabs(pages, label) {
  const list = make("div", { class: "smapy-tabs", role: "tablist", "aria-label": label });
  const panels = make("div", { class: "smapy-panels" });
  const choose = (index, focus) => {
    pages.forEach((page, at) => {
      const chosen = at === index;
      page.tab.setAttribute("aria-selected", String(chosen));
      page.tab.tabIndex = chosen ? 0 : -1;
      page.panel.hidden = !chosen;
      page.primary.hidden = !chosen;
    });
    if (focus) pages[index].tab.focus();
  };
  pages.forEach((page, index) => {
    const id = newId("tab");
    const moves = {
      ArrowRight: (index + 1) % pages.length,
      ArrowLeft: (index + pages.length - 1) % pages.length,
      Home: 0,
      End: pages.length - 1,
    };
    page.tab = make("button", {
      type: "button",
      id,
      role: "tab",
      class: "smapy-tab",
      text: page.title,
      "aria-controls": `${id}-panel`,
      onclick: () => choose(index),
      onkeydown: (event) => {
        if (!(event.key in moves)) return;
        event.preventDefault();
        choose(moves[event.key], true);
      },
    });
    page.panel = make("div", { id: `${id}-panel`, role: "tabpanel", "aria-labelledby": id }, page.body);
    list.append(page.tab);
    panels.append(page.panel);
  });
  choose(0);
  return { list, panels, primaries: pages.map((page) => page.primary), choose };
}

/** Tell the kernel that a view has come; once it has answered, and sent what the view shows, hide the static form. */
function greet(model, undo) {
  const style = document.createElement("style");
  undo.add(() => style.remove());
  undo.on("msg:custom", (message) => {
    if (message.kind !== "hello") return;
    const form = `.smapy-of-${message.id}`;
    style.textContent = `${form}, .jp-OutputArea-child:has(${form}) { display: none !important; }`;
    document.head.append(style);
  });
  try {
    model.send({ kind: "hello" });
  } catch {
    // A view of a kernel that is gone: what is pressed there says so.
  }
}

const PATIENCE = 4000; // ms

/** A line that shows when a kernel does not answer, and `send`, by which it notices: no button is dead without a word. */
function answering(model, say, undo) {
  const node = make("p", { class: "smapy-silence smapy-bad", role: "alert" });
  let timer = null;
  undo.on("msg:custom", (message) => {
    if (message.kind !== "pong") return;
    clearTimeout(timer);
    timer = null;
    node.textContent = "";
  });
  undo.add(() => clearTimeout(timer));
  const complain = () => (node.textContent = say("silent"));
  const send = (...messages) => {
    timer ??= setTimeout(complain, PATIENCE);
    try {
      for (const message of [...messages, { kind: "ping" }]) model.send(message); // a ping is answered after them
    } catch {
      complain(); // the kernel is gone, and its connection with it
    }
  };
  undo.on("comm_live_update", () => send()); // the kernel was restarted, or is here again
  return { node, send };
}
