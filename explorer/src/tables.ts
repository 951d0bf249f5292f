// A table on the page, and what can be done with it: see its query, repeat it on the command line, take it away.
import { type Answer, command, type Table } from "./asking";
import { asJson, delimited, locator, record, shown, partsText } from "./cells";
import { isSource, isThing, kindsOf, type Thing } from "./data";
import { button, copies, h, save } from "./dom";
import { proofOf, rendered, verdict } from "./links";
import { here, href } from "./place";

const FIRST = 100;

/** Rows as a reader sees them, sources as numbers of the list below. */
export function drawTable(table: Table, caption: string, cited: Map<string, number>, about?: Thing, always = false): HTMLElement {
  const { columns, rows } = shown(table);
  if (!rows.length) return h("p", { class: "none" }, "Nothing in the graph answers this as of this day.");
  const body = h("tbody");
  const line = (i: number) => {
    const values = record(table, table.rows[i]);
    const proof = proofOf(values, about);
    return h(
      "tr",
      {},
      rows[i].map((parts, j) => {
        const { name } = columns[j];
        const cell = values[name];
        const inside =
          isThing(cell) && kindsOf(cell.id).includes("Outcome")
            ? verdict(cell, proof)
            : parts.length
              ? rendered(parts, cited, locator(values, name), always)
              : h("span", { class: "empty" }, h("span", { "aria-hidden": "true" }, "–"), h("span", { class: "quiet" }, "none recorded"));
        const text = partsText(parts);
        const kind = isThing(cell) && isSource(cell.id) ? "source" : text.length > 60 ? "long" : text.length > 22 ? "middle" : /^[<>≤≥]?[\d.,%\s–-]+$/.test(text) ? "number" : undefined;
        // Where the first cell names what the row is about it heads the row.
        return j === 0 ? h("th", { scope: "row", class: kind }, inside) : h("td", { class: kind, "data-label": columns[j].label }, inside);
      }),
    );
  };
  body.append(...rows.slice(0, FIRST).map((_, i) => line(i)));
  const drawn = h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": `${caption}, table` },
    h(
      "table",
      {},
      h("caption", { class: "quiet" }, caption),
      h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column.label)))),
      body,
    ),
  );
  const wide = columns.length > 3;
  if (wide) stacked(drawn);
  if (rows.length <= FIRST) return drawn;
  const more = button(`show all ${rows.length.toLocaleString("en")} rows`, () => {
    body.append(...rows.slice(FIRST).map((_, i) => line(FIRST + i)));
    if (wide) stacked(drawn);
    more.remove();
  }, { class: "more" });
  return h("div", {}, drawn, more);
}

/** Let the rows of the table within be cards on a phone; as some browsers forget what a table is when it is laid out so, it is said. */
export function stacked<Holder extends HTMLElement>(holder: Holder): Holder {
  holder.querySelector("table")!.classList.add("stacked");
  const roles = { table: "table", "thead, tbody": "rowgroup", tr: "row", "thead th": "columnheader", "tbody th": "rowheader", td: "cell" };
  for (const [selector, role] of Object.entries(roles)) holder.querySelectorAll(selector).forEach((part) => part.setAttribute("role", role));
  return holder;
}

/** What can be done with an answer. */
export function tools(found: Answer, name: string): HTMLElement {
  const { asOf } = here();
  const told = found.query ? command(found.query.name, found.values, asOf) : "";
  return h(
    "details",
    { class: "tools" },
    h("summary", {}, `${found.rows.length.toLocaleString("en")} ${found.rows.length === 1 ? "row" : "rows"} · query, command, download`),
    found.query &&
      h("p", {}, "Named query ", h("a", { href: href(["query", found.query.name], found.values) }, found.query.name), ". ", found.query.description),
    told && h("p", { class: "copy" }, h("code", { class: "told" }, told), copies("copy the command", () => told)),
    h(
      "p",
      { class: "row" },
      button("CSV", () => save(`${name}.csv`, delimited(found, ","), "text/csv")),
      button("TSV", () => save(`${name}.tsv`, delimited(found, "\t"), "text/tab-separated-values")),
      button("JSON", () => save(`${name}.json`, asJson(found), "application/json")),
      h("a", { class: "button", href: href(["sparql"], { query: found.sparql }) }, "open in the SPARQL tab"),
      copies("copy the query", () => found.sparql),
    ),
    h("pre", { tabindex: "0", role: "region", "aria-label": "SPARQL query" }, h("code", {}, found.sparql)),
  );
}
