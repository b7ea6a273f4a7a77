// What a student's code just did. Everything shown goes to the page as text, never as HTML.
const $ = (id) => document.getElementById(id);
const code = location.hash.slice(1); // a class's sandbox prints it; the fragment is never sent or logged
let day = null;
let people = [];

function cell(text, kind = "") {
  const td = document.createElement("td");
  const inner = document.createElement("bdi"); // names may hold marks that turn the line's direction
  inner.textContent = text;
  td.append(inner);
  td.className = kind;
  return td;
}

function fill(id, rows, nothing) {
  const body = $(id).tBodies[0];
  body.replaceChildren(...rows.map((cells) => {
    const tr = document.createElement("tr");
    tr.append(...cells);
    return tr;
  }));
  if (!rows.length) {
    const td = cell(nothing, "none");
    td.colSpan = 9;
    body.append(td);
  }
}

const usd = (text) => `$${Number(text).toFixed(Number.isInteger(Number(text) * 100) ? 2 : 3)}`;
const whole = (number) => number.toLocaleString("en");
const span = (seconds) => (seconds >= 60 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${seconds} s`);

function answered(one) {
  const kind = one.status < 300 ? (one.reason ? "warn" : "good") : one.status === 429 ? "warn" : "bad";
  const td = cell(String(one.status), kind);
  if (one.reason) {
    const why = document.createElement("span");
    why.className = "why";
    why.textContent = one.reason;
    td.append(why);
  }
  return td;
}

function show(state) {
  $("time").textContent = `${state.time.slice(0, 10)} ${state.time.slice(11, 19)} UTC`;
  $("time").dateTime = state.time;
  $("day").textContent = state.day;
  $("booked").textContent = `${usd(state.booked)} booked in all`;
  $("served").textContent = `${whole(state.served)} served, the newest first; keys are never shown`;
  $("lesson").hidden = !state.lesson;
  $("lesson").textContent = state.lesson;
  const choices = ["", ...state.scenarios];
  if (state.scenario && !choices.includes(state.scenario)) choices.push(state.scenario);
  if ($("scenario").options.length !== choices.length) {
    $("scenario").replaceChildren(...choices.map((name) => new Option(name || "no scenario", name)));
  }
  if (!$("fault").options.length) {
    $("fault").replaceChildren(new Option("add a fault…", ""), ...state.kinds.map((kind) => new Option(kind, kind)));
  }
  if (document.activeElement !== $("scenario")) $("scenario").value = state.scenario;
  $("heal").disabled = !state.faults.length;
  $("faults").replaceChildren(...state.faults.map((fault) => {
    const li = document.createElement("li");
    const name = document.createElement("code");
    name.textContent = fault.kind;
    const rate = fault.rate < 1 ? `, ${Math.round(fault.rate * 100)} % of requests` : "";
    li.append(name, ` on ${fault.route}${rate}: ${fault.does}; struck ${fault.struck} times`);
    return li;
  }));
  fill("credits", state.credits.map((one) => [
    cell(one.who), cell(usd(one.left), Number(one.left) > 0 ? "n" : "n bad"), cell(usd(one.today), "n"), cell(usd(one.total), "n"),
  ]), "Nobody has keys yet.");
  fill("windows", state.windows.map((one) => [
    cell(one.route), cell(`${one.who}, as ${one.as}`),
    cell(`${one.left} of ${one.limit}`, one.left ? "n" : "n bad"), cell(span(one.seconds)),
  ]), "No window is open: nobody has asked in the last 15 minutes.");
  fill("requests", state.requests.map((one) => [
    cell(one.at.slice(11, 19)), cell(one.who || "unknown"), cell(`${one.method} ${one.target}`), answered(one),
    cell(one.profiles ? whole(one.profiles) : "", "n"), cell(Number(one.usd) ? usd(one.usd) : "", "n"),
  ]), "Nothing was asked yet. Run a cell that looks accounts up.");
  if (state.day !== day) {
    day = state.day;
    load().catch(gone);
  }
}

function list() {
  const wanted = $("search").value.trim().toLowerCase().replace(/^@/, "");
  const found = people.filter((one) => `${one.handle}\n${one.name}\n${one.status}\n${one.growth}`.toLowerCase().includes(wanted));
  $("count").textContent = wanted ? `${whole(found.length)} of ${whole(people.length)}` : `${whole(people.length)} today`;
  fill("people", found.slice(0, 300).map((one) => {
    const change = one.change === null ? "new" : one.change ? (one.change > 0 ? "+" : "−") + whole(Math.abs(one.change)) : "";
    const state = [one.status === "active" ? "" : one.status, ...one.today.map((kind) => `today: ${kind}`)].filter(Boolean).join(", ");
    return [
      cell(`@${one.handle}`), cell(one.name), cell(state, one.status === "suspended" || one.status === "deleted" ? "bad" : ""),
      cell(whole(one.followers), "n"), cell(change, change.startsWith("−") ? "n bad" : "n good"), cell(one.growth),
    ];
  }), "Nobody is called that.");
}

function gone() {
  complain("The sandbox does not answer any more: it was stopped, or restarted on another port.");
}

function complain(text) {
  $("error").textContent = text;
  $("error").hidden = !text;
}

async function load() {
  const answer = await fetch("sandbox/people.json");
  ({ people } = await answer.json());
  list();
}

async function change(what, fields = {}) {
  try {
    const answer = await fetch(`sandbox/${what}`, {
      method: "POST",
      headers: code ? { "X-Sandbox-Code": code } : {},
      body: new URLSearchParams(fields),
    });
    const body = await answer.json();
    complain(answer.ok ? "" : body.detail);
    if (answer.ok) {
      day = null;
      show(body);
    }
  } catch {
    gone();
  }
}

async function poll() {
  if (!document.hidden) {
    try {
      show(await (await fetch("sandbox/state.json")).json());
      if ($("error").textContent.startsWith("The sandbox does not answer")) complain("");
    } catch {
      gone();
    }
  }
  setTimeout(poll, 1000);
}

$("steps").addEventListener("click", (event) => {
  if (event.target.matches("button")) change("advance", { ...event.target.dataset });
});
$("scenario").addEventListener("change", (event) => change("scenario", { name: event.target.value }));
$("fault").addEventListener("change", (event) => {
  if (event.target.value) change("fault", { kind: event.target.value, route: "/2/*" });
  event.target.value = "";
});
$("heal").addEventListener("click", () => change("heal"));
$("reset").addEventListener("click", () => change("reset"));
$("search").addEventListener("input", list);
poll();
