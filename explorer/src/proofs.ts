// The proof of a verdict, line by line as `her2kg why` prints it; the tests hold the two to the same words.
import { type Answer, answer, select } from "./asking";
import { cellText, numberText, type Part, partsText, record } from "./cells";
import { type Cell, data, isThing, kindsOf, type Thing } from "./data";

type Row = Record<string, Cell>;
export interface Line {
  indent: number;
  parts: Part[];
  outcome?: Thing;
}
export interface Proof {
  found: Answer;
  lines: Line[];
}

/** A line from texts and cells; what the row does not have reads as Python prints it. */
function line(indent: number, ...cells: (Cell | undefined)[]): Line {
  const parts = cells.filter((cell) => cell !== undefined && cell !== "").map((cell): Part => (isThing(cell) ? cell : cell === null ? "None" : cellText(cell)));
  const outcome = cells.find((cell): cell is Thing => isThing(cell) && kindsOf(cell.id).includes("Outcome"));
  return { indent, parts, outcome };
}

function grouped<T>(rows: T[], key: (row: T) => string): T[][] {
  const groups: T[][] = [];
  let last: string | undefined;
  for (const row of rows) {
    if (key(row) === last) groups[groups.length - 1].push(row);
    else groups.push([row]);
    last = key(row);
  }
  return groups;
}

const name = (cell: Cell) => (isThing(cell) ? cell.label : cell === null ? "None" : String(cell));
const id = (cell: Cell) => (isThing(cell) ? cell.id : "");

export async function proof(of: Thing, line: string, asOf: string): Promise<Proof> {
  const ofAgent = kindsOf(of.id).includes("Agent");
  const found = await answer(data.proof.query, { [ofAgent ? "agent" : "study"]: of.id, ...(line ? { line } : {}) }, asOf);
  const rules = await select(data.proof.versions);
  const versions = new Map(rules.rows.map(([rule, version]) => [name(rule), String(version)]));
  const rows: Row[] = [];
  const kept: Cell[][] = [];
  for (const cells of found.rows) {
    const row = record(found, cells);
    if (row.agentOutcome !== null || !aboutAgent(row, ofAgent)) {
      rows.push(row);
      kept.push(cells);
    }
  }
  const lines: Line[] = [];
  for (const group of grouped(rows, (row) => `${name(row.comparison)}|${row.agentOutcome === null ? "" : name(row.agent)}`)) {
    if (lines.length) lines.push({ indent: 0, parts: [] });
    lines.push(...comparison(group, versions));
  }
  if (!lines.length) lines.push({ indent: 0, parts: ["No verdict: nothing known by that day decides a confirmatory comparison of it."] });
  return { found: { ...found, rows: kept }, lines };
}

/** Whether a row is only there because the backbone holds some agent that was not under test. */
function aboutAgent(row: Row, ofAgent: boolean): boolean {
  const dose = id(row.question) === "her2:DoseQuestion";
  const phaseTwo = id(row.phase) === "her2:PhaseII";
  if (ofAgent) return !dose && row.agentOutcome === null && row.phase !== null && !phaseTwo;
  return !dose && !phaseTwo && isThing(row.agent);
}

function comparison(rows: Row[], versions: Map<string, string>): Line[] {
  const [first] = rows;
  const rule = (cell: Cell) => `  [rule: ${name(cell)}, version ${versions.get(name(cell)) ?? "?"}]`;
  const head = [first.study, ", ", first.phase, ", ", first.line, ": ", first.comparison];
  const out: Line[] = [];
  if (first.agentOutcome !== null) {
    out.push(line(0, first.agent, " ", first.agentOutcome, " in ", first.line, rule(first.agentRule)));
    out.push(line(1, "because ", ...head));
  } else {
    const dose = name(first.question) === "question about a dose";
    out.push(line(0, ...head));
    out.push(line(1, "no verdict on an agent: ", dose ? "it asks about a dose, not an agent" : "not a confirmatory phase III comparison of an agent"));
  }
  out.push(line(1, "comparison ", first.comparisonOutcome, rule(first.comparisonRule)));
  out.push(...distinct(rows.filter((row) => row.endpointOutcome === null).map(neverEvaluated)));
  const evaluated = rows.filter((row) => row.endpointOutcome !== null);
  for (const group of grouped(evaluated, (row) => `${name(row.endpoint)}|${name(row.population)}`)) out.push(...endpoint(group, rule));
  return out;
}

function distinct(lines: Line[]): Line[] {
  return [...new Map(lines.map((one) => [partsText(one.parts), one])).values()];
}

function neverEvaluated(row: Row): Line {
  const said: Cell[] = row.roleSource !== null ? [row.roleSource, ", ", row.roleLocator] : ["no source seen by that day"];
  if (row.endpoint === null) return line(1, "- this arm was closed at a planned selection; ", ...said);
  return line(1, "- ", row.endpoint, ", ", row.population, ", ", row.role, " endpoint: ", row.timing, "; ", ...said);
}

function endpoint(rows: Row[], rule: (cell: Cell) => string): Line[] {
  const [row] = rows;
  const contested = id(row.endpointOutcome) === "her2:Contested";
  const how: Cell[] = contested ? ["the branches below contradict each other or rest on a retracted source"] : ["decided ", row.basis];
  const out = [line(1, "- ", row.endpoint, ", ", row.population, ", ", row.role, " endpoint: ", row.endpointOutcome, ", ", ...how, rule(row.endpointRule))];
  for (const branch of new Map(rows.map((one) => [name(one.report), one])).values()) {
    const reads: Cell[] = contested ? ["branch, ", branch.reads, " ", branch.basis] : ["report"];
    const retracted: Cell[] = branch.retracted !== null ? [", retracted on ", branch.retracted] : [];
    out.push(line(3, ...reads, ": ", ...numbers(branch), "; ", branch.source, ", ", branch.locator, " (known from ", branch.known, ...retracted, ")"));
  }
  if (row.value === null && row.estimateText !== null) {
    out.push(line(3, "estimate elsewhere: ", row.estimateMeasure, " ", row.estimateText, "; ", row.estimateSource, ", ", row.estimateLocator));
  }
  if (row.touches === true) out.push(line(3, "a limit of the interval is printed at the null value: the interval does not decide at this precision"));
  const margin: Cell[] = row.margin !== null ? [", margin ", numberText(Number(row.margin))] : [];
  out.push(line(3, "test: ", row.framework ?? "framework not stated", ...margin, "; ", ...alpha(row), "; ", row.timing));
  if (row.roleSource !== null) out.push(line(3, row.role, " according to ", row.roleSource, ", ", row.roleLocator));
  for (const assumption of new Set(rows.map((one) => one.assumption))) if (assumption) out.push(line(3, "assumed: ", assumption));
  return out;
}

function alpha(row: Row): Cell[] {
  if (row.alpha === null) return ["alpha not stated in a source seen"];
  const said = isThing(row.alphaSides) && row.alphaSides.id !== "her2:NotStated" ? row.alphaSides.label : "sides not stated";
  return ["alpha ", numberText(Number(row.alpha)), ", ", said, " (", row.alphaSource, ", ", row.alphaLocator, ")"];
}

function numbers(row: Row): Cell[] {
  const parts: Cell[][] = [];
  if (row.value !== null) {
    const level = row.level === null ? "" : `${numberText(Number(row.level))}% `;
    const limits: Cell[] = row.lowerText !== null ? [" (", level, "CI ", row.lowerText, " to ", row.upperText, ")"] : [];
    parts.push([row.measure, " ", row.valueText, ...limits]);
  }
  if (row.pText !== null) parts.push([/^[<>]/.test(String(row.pText)) ? "p " : "p = ", row.pText]);
  if (row.experimentalText !== null && row.controlText !== null) parts.push([row.experimentalText, " v ", row.controlText, " ", row.unit]);
  if (!parts.length) return ["no figures, only what the source says in words"];
  return parts.flatMap((part, i) => (i ? [", ", ...part] : part));
}
