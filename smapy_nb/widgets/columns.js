// The table's columns: their names, widths, and how a cell of each shows its value.

const SEEN = new Set(["ok", "renamed", "protected"]); // outcomes of accounts that were read

const COLUMNS = [
  { key: "account", width: 150 },
  { key: "handle", width: 140, show: "handle" },
  { key: "outcome", width: 110, show: "outcome" },
  { key: "name", width: 180 },
  { key: "followers", width: 110, show: "number" },
  { key: "following", width: 100, show: "number" },
  { key: "posts", width: 90, show: "number" },
  { key: "listed", width: 80, show: "number", hidden: true },
  { key: "verified", width: 80, show: "flag" },
  { key: "protected", width: 90, show: "flag", hidden: true },
  { key: "created_at", width: 105, show: "date" },
  { key: "location", width: 140 },
  { key: "description", width: 320 },
  { key: "id", width: 170, hidden: true },
];

/** Return `fill(cell, column, row)`, which shows a value as text. */
function cellFiller(rows, say) {
  const dates = new Intl.DateTimeFormat(say.locale, { dateStyle: "medium", timeZone: "UTC" });
  const show = {
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
    if (column.show === "handle" && value) {
      const href = webLink(`https://x.com/${encodeURIComponent(value)}`);
      cell.replaceChildren(
        make("a", { href, text: `@${value}`, target: "_blank", rel: "noopener noreferrer", tabindex: "-1" }),
      );
      return;
    }
    const text = value === undefined ? "" : show[column.show] ? show[column.show](value, row) : value;
    cell.textContent = text;
    cell.title = (column.show === "outcome" && rows.value("reason", row)) || text;
  };
}
