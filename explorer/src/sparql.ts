// The SPARQL tab: the query in the address, examples from the catalogue, a limit in time that holds.
import { plain, tabled, type Table, withPrefixes } from "./asking";
import { asJson, delimited, sourcesOf } from "./cells";
import { data } from "./data";
import { button, type Child, copies, h, save, say } from "./dom";
import { Engine, JSON_RESULTS } from "./engine";
import { numbered, sourceList } from "./links";
import type { View } from "./pages";
import { href, type Place } from "./place";
import { drawTable } from "./tables";

const START = `# Verdicts on agents that hold today, the day from which each was known, and the rule behind it
SELECT DISTINCT ?agent ?outcome ?line ?study ?from ?rule WHERE {
  ?verdict a her2:AgentVerdict ; her2:agent ?agent ; her2:outcome ?outcome ; her2:lineOfTherapy ?line ;
    her2:partOfStudy ?study ; her2:derivedBy ?rule ; her2:knownFrom ?from ; her2:knownUntil ?until .
  FILTER(?until > NOW())
} ORDER BY ?agent ?line ?study LIMIT 100`;
const SECONDS = [5, 20, 60];

// An engine of its own, opened when first needed: a query that runs away holds up no other page.
const own = new Engine();

/** SELECT and ASK give a table, CONSTRUCT and DESCRIBE triples. */
export function form(sparql: string): "table" | "triples" {
  const bare = sparql.replace(/<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*/g, " ");
  return /\b(CONSTRUCT|DESCRIBE)\b/i.test(bare) && !/\b(SELECT|ASK)\b[\s\S]*\b(CONSTRUCT|DESCRIBE)\b/i.test(bare) ? "triples" : "table";
}

/** What an error of the engine means, and what to do. */
function explained(message: string, sparql: string): string {
  const added = withPrefixes(sparql).split("\n").length - sparql.split("\n").length;
  const said = message.replace(/error at (\d+):(\d+)/, (_, line: string, column: string) => `line ${Number(line) - added}, column ${column}`);
  return said.replace(/(expected one of (?:[^,]*, ){5}[^,]*).*/s, "$1, …");
}

export function sparqlPage({ values }: Place): View {
  const box = h("textarea", { id: "query", rows: 14, spellcheck: "false", autocapitalize: "off", autocomplete: "off" }, values.query ?? START);
  const seconds = h("select", { id: "seconds" }, SECONDS.map((number) => h("option", { value: number, selected: number === 20 || undefined }, `${number} s`)));
  const results = h("div", { id: "results" });
  const stop = button("Stop", () => own.stop(new Error("stopped")), { disabled: true });
  const run = button("Run", () => void go(), { class: "primary" });
  const put = (...content: Child[]) => {
    results.replaceChildren();
    results.append(...(content.filter((child) => child instanceof Node) as Node[]));
  };
  async function go(): Promise<void> {
    const text = box.value;
    history.replaceState(null, "", href(["sparql"], { query: text }));
    run.disabled = true;
    stop.disabled = false;
    put(h("p", { class: "wait" }, "Running …"));
    const begun = performance.now();
    try {
      const kind = form(text);
      const reply = await own.ask(withPrefixes(text), kind === "table" ? JSON_RESULTS : "text/turtle", Number(seconds.value));
      const took = `${((performance.now() - begun) / 1000).toFixed(2)} s`;
      if (kind === "table") put(...table(tabled(reply), took));
      else put(h("p", { class: "row" }, h("span", {}, `Triples, ${took}`), button("Turtle", () => save("result.ttl", reply, "text/turtle")), copies("copy", () => reply)), h("pre", { tabindex: "0", role: "region", "aria-label": "Result" }, reply.slice(0, 200_000)));
    } catch (error) {
      const said = explained(error instanceof Error ? error.message : String(error), text);
      put(h("p", { class: "error", role: "alert" }, said));
    }
    run.disabled = false;
    stop.disabled = true;
  }
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void go();
    }
  });
  const example = h(
    "select",
    {
      id: "example",
      change: () => {
        const query = data.queries.find(({ name }) => name === example.value);
        if (query) box.value = query.sparql;
      },
    },
    h("option", { value: "" }, "choose one of the catalogue …"),
    data.queries.map(({ name, summary }) => h("option", { value: name }, `${name}: ${summary}`)),
  );
  const prefixes = Object.entries(data.prefixes).map(([name, namespace]) => `PREFIX ${name}: <${namespace}>`).join("\n");
  if (values.query) queueMicrotask(() => void go());
  return {
    title: "SPARQL",
    content: [
      h("h1", { tabindex: "-1" }, "SPARQL"),
      h("p", { class: "lead" }, "The engine (Oxigraph) and the whole graph are in this page. SPARQL 1.1 queries; the graph is read-only and nothing leaves the page. Derived triples are also in the named graph ", h("code", {}, `<${data.graph.derivedName}>`), ". The day in the header does not narrow queries of your own."),
      h("p", {}, h("label", { for: "example" }, "Example "), example),
      h("div", {}, h("label", { for: "query" }, "Query"), box),
      h("p", { class: "row" }, run, stop, h("label", {}, "stop after ", seconds), copies("copy a link to it", () => `${location.href.split("#")[0]}${href(["sparql"], { query: box.value })}`), h("span", { class: "muted" }, "Ctrl+Enter runs it")),
      results,
      h("details", {}, h("summary", {}, "Prefixes that need no declaration"), h("pre", { tabindex: "0", role: "region", "aria-label": "Prefixes" }, prefixes)),
    ],
  };
}

function table(found: Table, took: string): Child[] {
  const cited = numbered(sourcesOf([found]));
  say(`${found.rows.length} rows`);
  return [
    h("p", { class: "row" },
      h("span", {}, `${found.rows.length.toLocaleString("en")} ${found.rows.length === 1 ? "row" : "rows"}, ${took}`),
      button("CSV", () => save("result.csv", delimited(found, ","), "text/csv")),
      button("TSV", () => save("result.tsv", delimited(found, "\t"), "text/tab-separated-values")),
      button("JSON", () => save("result.json", asJson(found), "application/json")),
    ),
    drawTable(found.columns.length ? found : { columns: [plain("result")], rows: [] }, "Result", cited, undefined, true),
    sourceList(cited.size ? sourcesOf([found]) : new Map()),
  ];
}
