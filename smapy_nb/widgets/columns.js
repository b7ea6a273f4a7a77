// The table's columns: their names, widths, and how a cell of each shows its value.

/** The columns that may be shown; pictures only where they may be fetched. */
function columnsOf(model) {
  return COLUMNS.filter((column) => !column.avatar || model.get("avatars"));
}

const SEEN = new Set(["ok", "renamed", "protected"]); // outcomes of accounts that were read

const COLUMNS = [
  { key: "profile_image_url", width: 44, show: "avatar", unsorted: true, avatar: true },
  { key: "account", width: 124 },
  { key: "handle", width: 124, show: "handle" },
  { key: "outcome", width: 92, show: "outcome" },
  { key: "name", width: 136 },
  { key: "followers", width: 96, show: "number" },
  { key: "change", width: 84, show: "change" },
  { key: "trend", width: 108, show: "trend", unsorted: true },
  { key: "following", width: 96, show: "number" },
  { key: "posts", width: 90, show: "number" },
  { key: "listed", width: 80, show: "number", hidden: true },
  { key: "verified", width: 80, show: "flag" },
  { key: "protected", width: 90, show: "flag", hidden: true },
  { key: "created_at", width: 105, show: "date" },
  { key: "location", width: 140 },
  { key: "description", width: 320 },
  { key: "id", width: 170, hidden: true },
];

/** How the card shows what is no column of the table. */
const MORE = { likes: { show: "number" }, media: { show: "number" }, url: { show: "link" }, read_at: { show: "time" } };

/** Return `fill(cell, column, row)`, which shows a value as text. */
function cellFiller(rows, say) {
  const dates = new Intl.DateTimeFormat(say.locale, { dateStyle: "medium", timeZone: "UTC" });
  const times = new Intl.DateTimeFormat(say.locale, { dateStyle: "medium", timeStyle: "short" });
  const show = {
    time: (value) => (Number.isNaN(value) ? "" : times.format(value)),
    number: (value) => (Number.isNaN(value) ? "" : say.number(value)),
    flag: (value) => (value === 2 ? "" : say(value ? "yes" : "no")),
    date: (value) => (Number.isNaN(value) ? "" : dates.format(value)),
    outcome: (value, row) => {
      const reason = rows.value("reason", row);
      return reason && !SEEN.has(value) ? `${say(`outcome.${value}`)}: ${reason}` : say(`outcome.${value}`);
    },
  };
  return (cell, column, row) => {
    const value = rows.value(column.key, row);
    const tabindex = cell.matches("dd") ? null : "-1"; // the grid is one stop of the Tab key
    if (column.show === "handle" && value) {
      cell.replaceChildren(link(`https://x.com/${encodeURIComponent(value)}`, `@${value}`, tabindex));
      return;
    }
    if (column.show === "avatar") {
      cell.replaceChildren(...(AVATAR.test(value ?? "") ? [avatar(value)] : []));
      return;
    }
    if (column.show === "link" && webLink(value)) {
      cell.replaceChildren(link(value, value, tabindex));
      return;
    }
    if (column.show === "trend") {
      const counts = [...rows.trend(row)];
      const [from, to] = [say.number(counts[0] ?? 0), say.number(counts.at(-1) ?? 0)];
      const words = say("history", { n: counts.length, from, to });
      cell.replaceChildren(...(counts.length > 1 ? [lineChart([...counts.keys()], counts, 84, 20, words)] : []));
      cell.title = counts.length > 1 ? words : "";
      return;
    }
    if (column.show === "change") {
      fillChange(cell, value, say);
      return;
    }
    const text = value === undefined ? "" : show[column.show] ? show[column.show](value, row) : value;
    cell.textContent = text;
    cell.title = (column.show === "outcome" && rows.value("reason", row)) || text;
  };
}

const AVATAR = /^https:\/\/(pbs|abs)\.twimg\.com\//;

function avatar(src) {
  return make("img", { src, alt: "", width: "24", height: "24", loading: "lazy", referrerpolicy: "no-referrer" });
}

function link(href, text, tabindex = null) {
  return make("a", { href, text, target: "_blank", rel: "noopener noreferrer", tabindex });
}

/** An arrow for the eye, words for a screen reader; never colour alone. */
function fillChange(cell, change, say) {
  cell.removeAttribute("title");
  if (!change || Number.isNaN(change)) {
    cell.textContent = "";
    return;
  }
  const size = Math.abs(change);
  const up = change > 0;
  cell.replaceChildren(
    make("span", { "aria-hidden": "true", class: up ? "smapy-up" : "smapy-down", text: `${up ? "▲" : "▼"} ${say.number(size)}` }),
    make("span", { class: "smapy-words", text: say(up ? "change.up" : "change.down", { size }) }),
  );
}
