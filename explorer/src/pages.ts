// Pages of things and of proofs, composed as `her2kg show` and `her2kg why` compose them.
import { type Answer, answer, select } from "./asking";
import { cellText, partsText, sourcesOf } from "./cells";
import { aliasesOf, all, type Cell, data, expand, find, isSource, isThing, kindsOf, type Thing, thing } from "./data";
import { add, type Child, copies, h } from "./dom";
import { external, link, mark, numbered, rendered, sourceList } from "./links";
import { type Place, here, href, pathOf } from "./place";
import { proof } from "./proofs";
import { drawTable, tools } from "./tables";

export interface View {
  title: string;
  content: Child[];
}

/** The thing that a path names: of the kind that its first part says, if any is. */
export function named(slug: string, name: string): Thing {
  const kind = data.pages.sections.find((section) => section.slug === slug)?.kind ?? "";
  const exact = [name, `kg:${name}`, `her2:${name}`].find((id) => kindsOf(id).length && (!kind || kindsOf(id).includes(kind)));
  const id = exact ?? find(name, kind)[0] ?? find(name)[0];
  if (!id) throw new Error(`nothing named “${name}”`);
  return thing(id);
}

export async function thingPage({ path: [slug, ...rest], asOf }: Place): Promise<View> {
  const of = named(slug, rest.join("/"));
  const kinds = kindsOf(of.id);
  const parts = data.pages.sections.filter(({ kind }) => kinds.includes(kind)).flatMap((section) => section.parts);
  const asked = parts.map(async ([title, query, parameter]) => ({ title, found: await answer(query, { [parameter]: of.id }, asOf) }));
  const [facts, labels, findings, ...sections] = await Promise.all([factsOf(of), kindLabels(kinds), warnings(of, asOf), ...asked]);
  let kept = sections.filter(({ found }) => found.rows.length);
  if (!kept.length) kept = [{ title: "Mentioned by", found: await mentions(of) }].filter(({ found }) => found.rows.length);
  const sources = sourcesOf([...facts.tables, ...kept.map(({ found }) => found)]);
  const cited = numbered(sources);
  const proves = kinds.includes("Agent") || kinds.includes("Study");
  return {
    title: of.label,
    content: [
      h("p", { class: "kind" }, labels.join(", ")),
      h("h1", { tabindex: "-1" }, of.label),
      proves && h("p", { class: "row" }, h("a", { class: "button", href: href(["why", pathOf(of.id)[1]]) }, "Why: proof of its verdicts"), findings),
      facts.list,
      sourceLinks(of),
      kept.length === 0 && h("p", { class: "none" }, parts.length ? "Nothing more was known of it on this day." : "It has no tables of its own; what it is part of is linked above."),
      kept.length > 3 && h("nav", { class: "contents", "aria-label": "On this page" }, kept.map(({ title }, i) => jump(title, `part-${i}`))),
      kept.map(({ title, found }, i) =>
        h(
          "section",
          { id: `part-${i}` },
          h("h2", { tabindex: "-1" }, title),
          found.notes.length > 0 && h("p", { class: "note" }, found.notes.join(" ")),
          drawTable(without(found, of), title, cited, of),
          tools(found, `${pathOf(of.id)[1]}-${found.query?.name ?? "mentions"}`),
        ),
      ),
      sourceList(sources),
      command(`her2kg show ${of.id}${asOf ? ` --as-of ${asOf}` : ""}`),
    ],
  };
}

/** A link within the page that leaves the address alone, as that says which view is shown. */
function jump(title: string, id: string): Node {
  return h(
    "a",
    {
      href: location.hash,
      click: (event: Event) => {
        event.preventDefault();
        const target = document.getElementById(id)!;
        target.scrollIntoView();
        target.querySelector("h2")!.focus({ preventScroll: true });
      },
    },
    title,
  );
}

export function command(text: string): HTMLElement {
  return h("p", { class: "copy" }, h("span", { class: "quiet" }, "On the command line: "), h("code", { class: "told" }, text), copies("copy", () => text));
}

/** Hide the columns that only repeat what the page is about. */
function without(found: Answer, of: Thing): Answer {
  const columns = found.columns.map((column, i) => {
    const repeats = found.rows.every((row) => isThing(row[i]) && row[i].id === of.id);
    return repeats ? { ...column, hidden: true } : column;
  });
  return { ...found, columns };
}

async function factsOf(of: Thing) {
  const sparql = data.pages.facts.replaceAll("{iri}", expand(of.id));
  const table = await select(sparql);
  const values = new Map<string, Map<string, Cell>>();
  for (const [property, value] of table.rows) {
    const name = data.pages.factNames[String(property)] ?? String(property);
    // A thing that has no name but its address says nothing to a reader.
    if (data.pages.hidden.includes(name) || (isThing(value) && value.label === value.id)) continue;
    const said = values.get(name) ?? new Map<string, Cell>();
    values.set(name, said.set(value === true ? "yes" : cellText(value), value));
  }
  const list = values.size > 0 && h("dl", { class: "facts" });
  for (const [name, said] of values) {
    const inside: Child[] = [...said].map(([text, value], i) => [i > 0 && "; ", isThing(value) ? link(value) : text]);
    if (list) add(list, [h("div", {}, h("dt", {}, name), h("dd", {}, inside))]);
  }
  return { list, tables: [{ columns: table.columns.filter((column) => column.name === "value"), rows: table.rows.map((row) => [row[1]]) }] };
}

function sourceLinks(of: Thing): Child {
  if (!isSource(of.id)) return null;
  const [doi, pmid, url] = data.links[of.id];
  const web = [doi && `https://doi.org/${doi}`, pmid && `https://pubmed.ncbi.nlm.nih.gov/${pmid}/`, url].filter(Boolean);
  return web.length > 0 && h("p", {}, "Read it: ", web.map((address, i) => [i > 0 && " · ", external(address)]));
}

let above: Promise<Set<string>> | undefined;

/** Labels of the classes of a thing, without those that another of them is a kind of. */
async function kindLabels(kinds: string[]): Promise<string[]> {
  above ??= select(data.pages.subclasses).then(({ rows }) => new Set(rows.map(([sub, up]) => `${cellText(sub)}|${cellText(up)}`)));
  const pairs = await above;
  const labels = kinds.map((kind) => thing(`her2:${kind}`).label);
  return labels.filter((label) => !labels.some((other) => pairs.has(`${other}|${label}`)));
}

async function mentions(of: Thing): Promise<Answer> {
  const sparql = data.pages.mentions.replaceAll("{iri}", expand(of.id));
  return { ...(await select(sparql)), query: undefined, values: {}, effective: {}, notes: [], sparql };
}

/** How many findings the checks have on a study's printed numbers, linked to them. */
async function warnings(of: Thing, asOf: string): Promise<Child> {
  if (!kindsOf(of.id).includes("Study")) return null;
  const found = await answer("findings", { study: of.id }, asOf);
  const number = found.rows.length;
  if (!number) return h("span", { class: "badge" }, "no findings of the checks on printed numbers");
  return h("a", { class: "badge warn", href: href(["query", "findings"], { study: of.id }) }, `${number} ${number === 1 ? "finding" : "findings"} on printed numbers`);
}

export async function proofPage({ path: [, ...rest], values, asOf }: Place): Promise<View> {
  const name = rest.join("/");
  const id = [`kg:${name}`, name].find((one) => kindsOf(one).some((kind) => kind === "Agent" || kind === "Study")) ?? find(name, "Agent")[0] ?? find(name, "Study")[0];
  if (!id) throw new Error(`no agent or study named “${name}”`);
  const of = thing(id);
  const { found, lines } = await proof(of, values.line ?? "", asOf);
  const sources = sourcesOf([found]);
  const told = `her2kg why ${of.id}${values.line ? ` --line ${values.line}` : ""}${asOf ? ` --as-of ${asOf}` : ""}`;
  return {
    title: `Why: ${of.label}`,
    content: [
      h("p", { class: "kind" }, "proof"),
      h("h1", { tabindex: "-1" }, "Why: ", link(of)),
      h("p", { class: "lead" }, "From the verdict down to the printed number: the rule and its version, what it was given, what decided, what was assumed."),
      lineChoice(values.line ?? "", rest),
      h(
        "div",
        { class: "proof" },
        lines.map(({ indent, parts, outcome }) =>
          h("p", { class: `in-${indent}`, "data-line": partsText(parts) }, indent < 2 && outcome && [mark(outcome.id), " "], rendered(parts)),
        ),
      ),
      tools(found, `why-${pathOf(of.id)[1]}`),
      sourceList(sources),
      command(told),
      h("p", { class: "note" }, "What each verdict would be under every way of filling in what its source leaves unstated: ", h("code", {}, `${told} --sensitivity`)),
    ],
  };
}

function lineChoice(chosen: string, rest: string[]): Node {
  const options = all("LineOfTherapy");
  const select = h(
    "select",
    { change: () => (location.hash = href(["why", ...rest], select.value ? { line: select.value } : {})) },
    h("option", { value: "" }, "every line of therapy"),
    options.map(({ id, label }) => h("option", { value: id, selected: id === chosen || undefined }, label)),
  );
  return h("p", {}, h("label", {}, "Line of therapy ", select));
}

/** Everything of one kind, with the number of things the page of each has to say. */
export function listPage({ path: [, slug] }: Place): View {
  const section = data.pages.sections.find((one) => one.slug === slug);
  if (!section) throw new Error(`no list named “${slug}”`);
  const label = thing(`her2:${section.kind}`).label;
  const found = all(section.kind);
  return {
    title: `All: ${label}`,
    content: [
      h("h1", { tabindex: "-1" }, `All: ${label}`),
      h("p", { class: "lead" }, `${found.length} in the graph, as known now.`),
      h("ul", { class: "columns" }, found.map((of) => h("li", {}, h("a", { href: href(pathOf(of.id)) }, of.label), alias(of)))),
    ],
  };
}

function alias(of: Thing): Child {
  const [first] = aliasesOf(of.id);
  return first && first.length < 40 && h("span", { class: "muted" }, ` ${first}`);
}

/** An answer as a part of a view: what it is, its notes, rows, tools and sources. */
export function answerView(found: Answer, name: string): Child[] {
  const sources = sourcesOf([found]);
  const chosen = Object.entries(found.effective).map(([parameter, value]) => {
    const label = found.query?.parameters.find((one) => one.name === parameter)?.label ?? parameter;
    return `${label}: ${value}`;
  });
  const { asOf } = here();
  const said = [chosen.join("; "), asOf ? `as of ${asOf}` : "as known now"].filter(Boolean).join("; ");
  return [
    h("p", { class: "note" }, `${said[0].toUpperCase()}${said.slice(1)}. `, found.notes.join(" ")),
    drawTable(found, found.query?.summary ?? name, numbered(sources)),
    tools(found, name),
    sourceList(sources),
  ];
}

