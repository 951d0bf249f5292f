// The first page, the catalogue, findings, downloads and what this is.
import { answer, answers } from "./asking";
import { cellText } from "./cells";
import { aliasesOf, all, data, isThing, named, type Question, type Thing, thing } from "./data";
import { button, copies, h, save } from "./dom";
import { picker } from "./picker";
import { external, link } from "./links";
import { answerView, command, type View } from "./pages";
import { href, pathOf, type Place } from "./place";
import { stacked } from "./tables";

export async function homePage({ asOf }: Place): Promise<View> {
  const cards = await Promise.all(data.home.filter(({ query }) => query).map((question) => card(question, asOf)));
  return {
    title: "her2kg",
    content: [
      h("h1", { tabindex: "-1" }, data.about.title),
      h("p", { class: "lead" }, "Every number has a source and a place in it; every verdict has a proof. It is evidence, not medical advice."),
      h("section", { class: "cards", "aria-label": "Five questions" }, cards, h(
        "article",
        { class: "card" },
        h("h2", {}, "Something else?"),
        h("ul", { class: "chips" }, [[["queries"], `${data.queries.length} named queries`], [["forest"], "forest plot"], [["map", "evidence"], "evidence map"], [["sparql"], "SPARQL"]].map(([path, label]) => h("li", {}, h("a", { href: href(path as string[]) }, label as string)))),
        h("p", { class: "note" }, "Or search above: a trial, an agent, a gene, a question."),
      )),
      h("h2", {}, "Look around"),
      h("ul", { class: "columns" }, [
        entry(["map", "evidence"], "Evidence map", "what was tried in which line, and how it went"),
        entry(["forest"], "Forest-plot builder", "choose an endpoint and a population"),
        entry(["map", "timeline"], "Timeline", "when results, verdicts and approvals came"),
        entry(["map", "mechanisms"], "Map of resistance", "mechanisms, genes, evidence, ways around"),
        entry(["findings"], "Findings", "printed numbers that do not fit each other"),
        entry(["queries"], "All questions", `${data.queries.length} named queries, with their parameters`),
        entry(["sparql"], "SPARQL", "ask anything; the engine runs in this page"),
        entry(["downloads"], "Downloads", "the graph, and every table"),
      ]),
      h("h2", {}, "What it holds"),
      h("ul", { class: "counts" }, data.pages.sections.map(({ kind, slug }) => h("li", {}, h("a", { href: href(["all", slug]) }, thing(`her2:${kind}`).label, " ", h("strong", {}, all(kind).length))))),
      h("h2", {}, "What it is not"),
      h("p", {}, "Not a guideline, not advice on a patient, not a complete register of trials. It holds one review claim by claim, what its sources print, and what came since. What a source does not state stays unstated."),
    ],
  };
}

function entry(path: string[], label: string, said: string): Node {
  return h("li", {}, h("a", { href: href(path) }, label), h("span", { class: "muted" }, ` ${said}`));
}

async function card({ text, query, parameters }: Question, asOf: string): Promise<Node> {
  const found = await answer(query, parameters, asOf);
  const said = answers(found);
  const some = said.slice(0, 8);
  const proves = query === "agents-by-verdict";
  return h(
    "article",
    { class: "card" },
    h("h2", {}, h("a", { href: href(["query", query], parameters) }, `${text[0].toUpperCase()}${text.slice(1)}?`)),
    said.length === 0
      ? h("p", { class: "none" }, "None, as of this day.")
      : h("ul", { class: "chips" }, some.map((one) => h("li", {}, isThing(one) ? link(one) : one, proves && isThing(one) && h("a", { class: "why", href: href(["why", pathOf(one.id)[1]]), "aria-label": `why, ${one.label}` }, "why")))),
    h("p", { class: "note" }, said.length > some.length && `and ${said.length - some.length} more. `, found.notes.join(" "), " ", found.rows.length > 0 && h("a", { href: href(["query", query], parameters), "aria-label": `${found.rows.length} rows with sources: ${text}` }, `${found.rows.length} ${found.rows.length === 1 ? "row" : "rows"} with sources`)),
  );
}

export function cataloguePage(): View {
  const tags = [...new Set(data.queries.flatMap((query) => query.tags.slice(0, 1)))].sort();
  return {
    title: "All questions",
    content: [
      h("h1", { tabindex: "-1" }, "All questions"),
      h("p", { class: "lead" }, `${data.queries.length} named queries: the same in this page, on the command line, in Python and over SPARQL.`),
      tags.map((tag) =>
        h(
          "section",
          {},
          h("h2", {}, tag),
          h("ul", { class: "catalogue" }, data.queries.filter((query) => (query.tags[0] ?? "") === tag).map((query) =>
            h("li", {}, h("a", { href: href(["query", query.name]) }, query.summary), h("span", { class: "muted" }, ` ${query.name}`)),
          )),
        ),
      ),
    ],
  };
}

export async function queryPage({ path: [, name], values, asOf }: Place): Promise<View> {
  const query = named(name);
  if (!query) throw new Error(`no query named “${name}”`);
  const missing = query.parameters.filter((parameter) => parameter.required && !(parameter.name in values));
  const found = missing.length ? null : await answer(name, values, asOf);
  const parameters = query.parameters.filter((parameter) => parameter.name !== "asOf");
  return {
    title: query.summary,
    content: [
      h("h1", { tabindex: "-1" }, query.summary),
      query.description && h("p", { class: "lead" }, query.description),
      parameters.length > 0 && picker(parameters, values),
      found ? answerView(found, name) : h("p", { class: "note" }, `Choose ${missing.map(({ label }) => label).join(" and ")} first.`),
      query.questions.length > 0 && h("details", {}, h("summary", {}, "Questions it answers, in plain English"), h("ul", {}, query.questions.map((one) => h("li", {}, h("a", { href: href(["query", name], one.parameters) }, one.text))))),
    ],
  };
}

export async function findingsPage({ values, asOf }: Place): Promise<View> {
  const found = await answer("findings", values, asOf);
  const rules = new Map<string, number>();
  const at = found.columns.findIndex(({ name }) => name === "rule");
  for (const row of found.rows) rules.set(cellText(row[at]), (rules.get(cellText(row[at])) ?? 0) + 1);
  return {
    title: "Findings",
    content: [
      h("h1", { tabindex: "-1" }, "Printed numbers that do not fit each other"),
      h("p", { class: "lead" }, "Found by recomputing what the sources print: an interval from its p value, a rate from its counts, a median within its limits. Nothing is corrected; each finding says what could explain it."),
      picker(named("findings")!.parameters.filter(({ name }) => name !== "asOf"), values),
      h("ul", { class: "counts" }, [...rules].sort((a, b) => b[1] - a[1]).map(([rule, number]) => h("li", {}, h("strong", {}, number), " ", rule))),
      answerView(found, "findings"),
      h("h2", {}, "Where sources disagree"),
      answerView(await answer("disagreements", {}, asOf), "disagreements"),
    ],
  };
}

export function downloadsPage({ asOf }: Place): View {
  const { plain, derived } = data.graph;
  const day = asOf ? ` --as-of ${asOf}` : "";
  return {
    title: "Downloads",
    content: [
      h("h1", { tabindex: "-1" }, "Downloads"),
      h("p", { class: "lead" }, `Data of ${data.about.version}. Licence: `, external(data.about.licence), ". From this page, with no network:"),
      h("p", { class: "row" },
        button("whole graph, Turtle", () => save("her2kg.ttl", `${plain}\n${derived}`, "text/turtle")),
        button("without what was derived", () => save("her2kg-curated.ttl", plain, "text/turtle")),
        button("only what was derived", () => save("her2kg-derived.ttl", derived, "text/turtle")),
        button("named queries, JSON", () => save("her2kg-queries.json", JSON.stringify(data.queries, null, 2), "application/json")),
      ),
      h("p", { class: "note" }, "These hold everything known now, whatever day is chosen above. Every table has CSV, TSV and JSON under it, every figure SVG."),
      h("h2", {}, "Other formats, on the command line"),
      stacked(h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Formats, table" }, h(
        "table",
        {},
        h("caption", { class: "quiet" }, "Formats of her2kg export"),
        h("thead", {}, h("tr", {}, ["format", "command", "what it cannot carry"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, data.formats.map(({ name, title, loss }) => {
          const told = `her2kg export ${name}${day} -o her2kg-${name}`;
          return h("tr", {}, h("th", { scope: "row" }, title), h("td", { class: "long" }, h("code", {}, told), " ", copies("copy", () => told)), h("td", { class: "long", "data-label": "cannot carry" }, loss));
        })),
      ))),
    ],
  };
}

/** Short names in capitals of what tables speak of. */
function abbreviations(): [string, Thing][] {
  const found = ["Endpoint", "PopulationKind", "Assay", "AgentClass", "Outcome", "Biomarker"].flatMap((kind) =>
    all(kind).flatMap((of) => aliasesOf(of.id).filter((alias) => /^[A-Za-z]{0,2}[A-Z]{2,5}$/.test(alias)).map((alias): [string, Thing] => [alias, of])),
  );
  return found.sort(([a], [b]) => a.localeCompare(b, "en"));
}

export function aboutPage(): View {
  return {
    title: "About",
    content: [
      h("h1", { tabindex: "-1" }, "About these pages"),
      h("p", { class: "lead" }, `${data.about.description}. Data of ${data.about.version}; page made on ${data.made}.`),
      h("ul", {},
        h("li", {}, "Everything is computed in this page by the query engine in it; nothing is sent or fetched. It works from a file, offline."),
        h("li", {}, "A day in the header limits everything to what was known then. A verdict holds from the day its evidence was public until better evidence came."),
        h("li", {}, "A verdict is derived by rules from the trial’s own primary analysis; “why” leads to the proof."),
        h("li", {}, "Numbers are those printed, with their digits. Where sources disagree both are shown."),
        h("li", {}, "It is evidence, not medical advice."),
      ),
      data.about.review && h("p", {}, "Made after: ", link(thing(data.about.review)), "."),
      h("h2", {}, "Abbreviations"),
      h("p", {}, "n: number of patients; v: versus; CI: confidence interval, as printed; p: p value, as printed."),
      h("dl", { class: "facts" }, abbreviations().map(([short, of]) => h("div", {}, h("dt", {}, short), h("dd", {}, link(of))))),
      h("h2", {}, "Licences"),
      h("p", {}, "Data: ", external(data.about.licence), ". Code: MIT."),
      h("p", {}, "In this page is also:"),
      h("ul", {}, globalThis.her2kgEngine.notices.map((notice) => h("li", {}, notice))),
      command("her2kg site -o her2kg.html"),
    ],
  };
}
