// The maps: the evidence matrix and the timeline, drawn here, and those that Python drew.
import { type Answer, answer, select } from "./asking";
import { cellText, record } from "./cells";
import { type Cell, data, isThing, type Thing } from "./data";
import { type Child, h } from "./dom";
import { drawn, room } from "./drawings";
import { link, mark, proofOf } from "./links";
import { answerView, type View } from "./pages";
import { href, type Place } from "./place";
import { tools } from "./tables";
import { timeline } from "./timeline";

const MAPS: Record<string, [string, string]> = {
  evidence: ["Evidence map", "Agents down, lines of therapy across; each trial with its verdict and its number of patients."],
  timeline: ["Timeline", "What became known of each trial on which day: data cut-offs, reports, verdicts, approvals."],
  mechanisms: ["Map of resistance", "Mechanisms, the genes and pathways they involve, the evidence in each system, and what may overcome them."],
  network: ["Network of comparisons", "Which regimen was set against which, by line of therapy."],
};

export async function mapPage({ path: [, kind], values, asOf }: Place): Promise<View> {
  if (!(kind in MAPS && kind in data.maps)) throw new Error(`no map named “${kind}”; there are ${Object.keys(MAPS).join(", ")}`);
  const [title, lead] = MAPS[kind];
  const query = data.maps[kind];
  const told = `her2kg map ${kind}${asOf ? ` --as-of ${asOf}` : ""} -o ${kind}.svg`;
  const found = await answer(query, values, asOf);
  const head: Child[] = [
    h("nav", { class: "tabs", "aria-label": "Maps" }, Object.entries(MAPS).map(([other, [name]]) => h("a", { href: href(["map", other]), "aria-current": other === kind ? "page" : undefined }, name))),
    h("h1", { tabindex: "-1" }, title),
    h("p", { class: "lead" }, lead),
  ];
  if (kind === "evidence") {
    const drawing = h("p", { class: "note" }, "As a drawing, marks sized by number of patients: ", h("code", {}, told));
    return { title, content: [head, matrix(found, await conditional(asOf)), drawing, tools(found, "evidence-map")] };
  }
  if (kind === "timeline") {
    if (!found.rows.length) return { title, content: [head, h("p", { class: "none" }, "Nothing was known on this day.")] };
    const holder = h("figure", {}, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "drawing" }, timeline(found, Math.max(340, room()), asOf || data.made)), h("figcaption", { class: "legend muted" }, h("span", {}, "● report"), h("span", {}, "❘ data cut-off"), h("span", {}, "▲ approval"), h("span", {}, "line: a verdict, from the day its evidence was public"), h("span", {}, "dashed: the review")));
    return { title, content: [head, holder, h("p", { class: "note" }, "With all its detail: ", h("code", {}, told)), h("h2", {}, "The rows behind it"), answerView(found, query)] };
  }
  return { title, content: [head, drawn(kind, "", told, kind), h("h2", {}, "The rows behind it"), answerView(found, query)] };
}

/** The comparisons whose verdict hinges on what a source does not state. */
async function conditional(asOf: string): Promise<Set<string>> {
  const sparql = data.deciding.replace(/VALUES \?asOf \{[^}]*\}/, `VALUES ?asOf { "${asOf || data.latest}"^^xsd:date }`);
  const { rows } = await select(sparql);
  return new Set(rows.filter(([, report]) => data.hinging.includes((report as Thing).id)).map(([comparison]) => (comparison as Thing).id));
}

/** Agents down, lines and settings across, a mark and a name for each trial. */
function matrix(found: Answer, hinging: Set<string>): Child {
  const rows = found.rows.map((row) => record(found, row));
  if (!rows.length) return h("p", { class: "none" }, "Nothing was known on this day.");
  const column = (row: Record<string, Cell>): [number, string] => {
    const advanced = !isThing(row.ofSetting) || row.ofSetting.id === "her2:Advanced";
    if (!advanced) return [100, cellText(row.ofSetting)];
    return row.ofLine === null ? [99, "line not stated"] : [Number(row.lineNumber), cellText(row.ofLine)];
  };
  const columns = [...new Map(rows.map((row) => [column(row)[1], column(row)])).values()].sort((a, b) => a[0] - b[0] || a[1].localeCompare(b[1]));
  const agents = [...new Map(rows.map((row) => [(row.agent as Thing).id, row])).values()];
  const groups: [string, Record<string, Cell>[]][] = [
    ["Agents that target HER2", agents.filter((row) => row.hitsHER2 === true)],
    ["Other agents", agents.filter((row) => row.hitsHER2 !== true)],
  ];
  const order = Object.keys(data.marks);
  const outcomes = [...new Map(rows.map((row) => (isThing(row.outcome) ? [row.outcome.id, row.outcome.label] : ["", "no verdict so far, or no control arm"]))).entries()].sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
  const entry = (row: Record<string, Cell>, _: number, cell: Record<string, Cell>[]) => {
    // Several comparisons of one study are told apart by their arms.
    const arm = cell.filter((other) => (other.study as Thing).id === (row.study as Thing).id).length > 1 && h("small", {}, cellText(row.arm));
    const outcome = isThing(row.outcome) ? row.outcome : undefined;
    const word = outcome?.label ?? "no verdict";
    const glyph = outcome ? h("a", { class: "glyph", href: proofOf(row), "aria-label": `${word}, why`, title: `${word}: why` }, mark(outcome.id)) : mark("");
    const size = row.n === null ? "" : ` ${Number(row.n).toLocaleString("en")}`;
    const dose = isThing(row.question) && row.question.id === "her2:DoseQuestion" ? " (dose)" : "";
    const hinges = isThing(row.comparison) && hinging.has(row.comparison.id) && [h("span", { "aria-hidden": "true" }, " *"), h("span", { class: "quiet" }, ", hinges on what a source does not state")];
    return h("li", {}, glyph, h("span", {}, link(row.study as Thing), h("span", { class: "muted" }, size, dose, hinges), arm));
  };
  return [
    h("p", { class: "legend" }, outcomes.map(([id, label]) => h("span", {}, mark(id), " ", label)), h("span", { class: "muted" }, "number: patients of the study"), h("span", { class: "muted" }, "*: the verdict hinges on what a source does not state, see its proof")),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Evidence matrix" },
      h(
        "table",
        { class: "matrix" },
        h("caption", { class: "quiet" }, "Agents by line of therapy, with the trials and their verdicts"),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "agent"), columns.map(([, name]) => h("th", { scope: "col" }, name)))),
        groups.filter(([, of]) => of.length).map(([name, of]) =>
          h(
            "tbody",
            {},
            h("tr", { class: "group" }, h("th", { scope: "rowgroup", colspan: columns.length + 1 }, name)),
            of.map((first) => {
              const agent = first.agent as Thing;
              const own = rows.filter((row) => (row.agent as Thing).id === agent.id);
              return h(
                "tr",
                {},
                h("th", { scope: "row" }, link(agent)),
                columns.map(([, title]) => {
                  const cells = own.filter((row) => column(row)[1] === title);
                  return h("td", {}, cells.length ? h("ul", {}, cells.map(entry)) : h("span", { class: "quiet" }, "not tried"));
                }),
              );
            }),
          ),
        ),
      ),
    ),
  ];
}
