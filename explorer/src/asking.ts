// A named query with its parameters filled in, run, and its rows as a table: what her2kg.binding and her2kg.running do.
import { type Cell, type Column, curie, data, expand, find, isThing, named, type NamedQuery, type Parameter, type Thing, thing, type Values } from "./data";
import { engine } from "./engine";

export interface Table {
  columns: Column[];
  rows: Cell[][];
}
export interface Answer extends Table {
  query: NamedQuery | undefined;
  values: Values;
  effective: Values;
  notes: string[];
  sparql: string;
}

const LITERALS = ["date", "integer", "decimal", "string"];
const NUMBERS = ["integer", "int", "long", "short", "nonNegativeInteger", "positiveInteger", "decimal", "double", "float"];

interface Term {
  type: string;
  value: string;
  datatype?: string;
}

export function cell(term: Term | undefined): Cell {
  if (term === undefined) return null;
  if (term.type === "uri") return thing(curie(term.value));
  if (term.type === "bnode") return `_:${term.value}`;
  const kind = term.datatype?.replace(data.prefixes.xsd, "") ?? "";
  if (NUMBERS.includes(kind)) return Number(term.value);
  if (kind === "boolean") return term.value === "true" || term.value === "1";
  return term.value;
}

/** Columns and rows of SPARQL JSON results; an ASK query has the one column "answer". */
export function tabled(results: string, described: Column[] = []): Table {
  const found = JSON.parse(results) as { boolean?: boolean; head: { vars?: string[] }; results?: { bindings: Record<string, Term>[] } };
  if (found.boolean !== undefined) return { columns: [plain("answer")], rows: [[found.boolean]] };
  const names = found.head.vars ?? [];
  return {
    columns: names.map((name) => described.find((column) => column.name === name) ?? plain(name)),
    rows: (found.results?.bindings ?? []).map((binding) => names.map((name) => cell(binding[name]))),
  };
}

export function plain(name: string, label = name): Column {
  return { name, label, text: "", prefix: "", interval: [], versus: "", unit: "", hidden: false };
}

export async function select(sparql: string, columns: Column[] = []): Promise<Table> {
  return tabled(await engine.ask(withPrefixes(sparql)), columns);
}

export function withPrefixes(sparql: string): string {
  const lines = Object.entries(data.prefixes)
    .filter(([name]) => new RegExp(`(?<![\\w-])${name}:`).test(sparql) && !new RegExp(`\\bprefix\\s+${name}\\s*:`, "i").test(sparql))
    .map(([name, namespace]) => `PREFIX ${name}: <${namespace}>`);
  return [...lines, sparql].join("\n");
}

/** The one thing of a kind that a value names. */
export function resolve(value: string, kind: string): string {
  const found = find(value, kind);
  if (found.length === 1) return found[0];
  const exact = found.find((id) => id.split(":")[1] === value);
  if (exact) return exact;
  throw new Error(found.length ? `“${value}” can be ${found.join(", ")}: give one of these` : `no ${kind} named “${value}”`);
}

function term(parameter: Parameter, value: string): string {
  if (parameter.type === "date") {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) throw new Error(`${parameter.name}=${value}: expected a day, as in 2020-04-30`);
    return `"${value}"^^xsd:date`;
  }
  if (parameter.type === "integer" || parameter.type === "decimal") {
    if (!/^-?\d{1,12}(\.\d{1,12})?$/.test(value)) throw new Error(`${parameter.name}=${value}: expected a number`);
    return `"${value}"^^xsd:${parameter.type}`;
  }
  if (parameter.type === "string") return JSON.stringify(value);
  return `<${expand(resolve(value, parameter.type))}>`;
}

export function inWords(terms: string): string {
  if (terms === "UNDEF" || terms.includes(data.latest)) return "";
  return terms
    .split(/\s+/)
    .map((word) => (word.startsWith('"') ? word.replace(/^"(.*?)"(\^\^.*)?$/, "$1") : thing(curie(word.replace(/^<|>$/g, ""))).label))
    .join(", ");
}

export function bind(query: NamedQuery, values: Values, asOf: string): { sparql: string; effective: Values } {
  let sparql = query.sparql;
  const effective: Values = {};
  for (const parameter of query.parameters) {
    const given = values[parameter.name] ?? (parameter.name === "asOf" && asOf ? asOf : undefined);
    let terms: string;
    if (given !== undefined) {
      terms = term(parameter, given);
      if (parameter.name !== "asOf") effective[parameter.name] = LITERALS.includes(parameter.type) ? given : thing(resolve(given, parameter.type)).label;
    } else if (parameter.required) {
      throw new Error(`choose ${parameter.label} first`);
    } else {
      terms = parameter.unless.some((name) => name in values) ? "UNDEF" : parameter.default;
      const words = inWords(terms);
      if (words) effective[parameter.name] = words;
    }
    sparql = sparql.replace(new RegExp(`VALUES\\s+\\?${parameter.name}\\s*\\{[^{}]*\\}`, "g"), () => `VALUES ?${parameter.name} { ${terms} }`);
  }
  return { sparql, effective };
}

/** Run a named query as of a day, "" meaning as known now. */
export async function answer(name: string, values: Values, asOf: string): Promise<Answer> {
  const query = named(name);
  if (!query) throw new Error(`no query named ${name}`);
  const { sparql, effective } = bind(query, values, asOf);
  const found = await select(sparql, query.columns);
  const notes = query.parameters
    .filter((p) => p.unless.length && p.name in effective && !(p.name in values))
    .map((p) => `Only ${p.label} ${effective[p.name]}, as is usual here.`);
  if (asOf && !query.parameters.some((p) => p.name === "asOf")) notes.push("This answer does not depend on the date.");
  return { ...found, query, values, effective, notes, sparql };
}

/** The distinct values of the column that answers the question, in order. */
export function answers(found: Answer): (Thing | string)[] {
  const at = found.columns.findIndex((column) => column.name === found.query?.answer);
  const seen = new Map<string, Thing | string>();
  for (const row of found.rows) {
    const value = row[at];
    if (value !== null && value !== undefined) seen.set(isThing(value) ? value.id : String(value), isThing(value) ? value : String(value));
  }
  return [...seen.values()];
}

/** The same question on the command line. */
export function command(name: string, values: Values, asOf: string): string {
  const quoted = (text: string) => (/^[\w.:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const parts = Object.entries(values).map(([key, value]) => `-p ${key}=${quoted(value)}`);
  return ["her2kg query", name, ...parts, ...(asOf ? [`--as-of ${asOf}`] : [])].join(" ");
}
