// What her2kg put into the page, and the names of things in it.

export interface Thing {
  id: string;
  label: string;
}
export type Cell = Thing | string | number | boolean | null;

export interface Parameter {
  name: string;
  type: string;
  label: string;
  default: string;
  example: string;
  required: boolean;
  unless: string[];
}
export interface Column {
  name: string;
  label: string;
  text: string;
  prefix: string;
  interval: string[];
  versus: string;
  unit: string;
  hidden: boolean;
}
export type Values = Record<string, string>;
export interface Question {
  text: string;
  query: string;
  parameters: Values;
}
export interface NamedQuery {
  name: string;
  summary: string;
  description: string;
  tags: string[];
  parameters: Parameter[];
  columns: Column[];
  answer: string;
  questions: Omit<Question, "query">[];
  sparql: string;
}
/** Versions of figures as numbers of lines of SVG, each from its day on; `day` stands for the day it is read on. */
export interface Drawings {
  day: string;
  lines: string[];
  figures: { kind: string; endpoint: string; versions: [string, number[]][] }[];
}
export interface Bundle {
  about: { title: string; description: string; version: string; licence: string; review: string; reviewDay: string };
  made: string;
  latest: string;
  prefixes: Record<string, string>;
  graph: { plain: string; derived: string; derivedName: string };
  things: { kinds: string[][]; rows: [string, string, string[], number][] };
  links: Record<string, [string, string, string]>;
  queries: NamedQuery[];
  pages: {
    sections: { kind: string; slug: string; parts: [string, string, string][] }[];
    facts: string;
    factNames: Record<string, string>;
    hidden: string[];
    mentions: string;
    subclasses: string;
  };
  proof: { query: string; versions: string };
  home: Question[];
  marks: Record<string, { role: string; svg: string }>;
  colours: Record<string, [string, string]>;
  lowerIsBetter: string[];
  axis: [number, string[]][];
  maps: Record<string, string>;
  drawings: Drawings;
  hinging: string[];
  deciding: string;
  formats: { name: string; title: string; loss: string }[];
}

export async function inflate(base64: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

export let data: Bundle;
const things = new Map<string, { label: string; aliases: string[]; kinds: string[] }>();
const byKey = new Map<string, string[]>();
const byName = new Map<string, NamedQuery>();

export async function open(packed: string): Promise<void> {
  data = JSON.parse(new TextDecoder().decode(await inflate(packed))) as Bundle;
  for (const [id, label, aliases, set] of data.things.rows) {
    things.set(id, { label, aliases, kinds: data.things.kinds[set] });
    if (!data.things.kinds[set].length) continue;
    for (const key of new Set([label, id.slice(id.indexOf(":") + 1), ...aliases].map(nameKey))) {
      byKey.set(key, [...(byKey.get(key) ?? []), id]);
    }
  }
  for (const query of data.queries) byName.set(query.name, query);
}

export function named(name: string): NamedQuery | undefined {
  return byName.get(name);
}

/** The short form of an IRI, the IRI itself where no prefix fits. */
export function curie(iri: string): string {
  for (const [prefix, namespace] of Object.entries(data.prefixes)) {
    if (iri.startsWith(namespace)) return `${prefix}:${iri.slice(namespace.length)}`;
  }
  return iri;
}

/** The IRI of a CURIE; an IRI stays as it is. */
export function expand(short: string): string {
  const colon = short.indexOf(":");
  const namespace = data.prefixes[short.slice(0, colon)];
  return namespace === undefined ? short : namespace + short.slice(colon + 1);
}

export function thing(id: string): Thing {
  return { id, label: things.get(id)?.label ?? id };
}
export function kindsOf(id: string): string[] {
  return things.get(id)?.kinds ?? [];
}
export function aliasesOf(id: string): string[] {
  return things.get(id)?.aliases ?? [];
}
export function isSource(id: string): boolean {
  return id in data.links;
}
export function isThing(cell: Cell | undefined): cell is Thing {
  return typeof cell === "object" && cell !== null;
}

/** The form under which a name is looked up: without case, blanks and hyphens; as `her2kg.words.name_key`. */
export function nameKey(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}_+/]+/gu, "").replaceAll("_", "/");
}

/** Everything that goes by a name, an alias, a local name or a CURIE; of one kind, if one is given. */
export function find(text: string, kind = ""): string[] {
  if (!nameKey(text)) return [];
  const short = curie(text.trim());
  const found = kindsOf(short).length ? [short] : (byKey.get(nameKey(text)) ?? []);
  return kind ? found.filter((id) => kindsOf(id).includes(kind)) : found;
}

/** All things of a kind, by label. */
export function all(kind: string): Thing[] {
  const found: Thing[] = [];
  for (const [id, { label, kinds }] of things) if (kinds.includes(kind)) found.push({ id, label });
  return found.sort((a, b) => a.label.localeCompare(b.label, "en", { numeric: true }));
}

/** The address of a source on the web, empty if it is not known. */
export function address(id: string): string {
  const [doi, pmid, url] = data.links[id] ?? ["", "", ""];
  return doi ? `https://doi.org/${doi}` : pmid ? `https://pubmed.ncbi.nlm.nih.gov/${pmid}/` : url;
}
