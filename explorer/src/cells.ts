// How a cell looks to a reader: related columns merged, digits as printed. The same rules as her2kg.tables.Table.shown.
import { type Cell, type Column, isSource, isThing, type Thing } from "./data";
import type { Table } from "./asking";

/** A piece of a cell: running text, or a thing to be linked. */
export type Part = string | Thing;

export interface Shown {
  columns: Column[];
  rows: Part[][][];
}

/** A number as Python prints it: with an exponent below 0.0001 and from 1e16 on. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-4 && size < 1e16)) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

export function cellText(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  if (typeof cell === "number") return numberText(cell);
  return isThing(cell) ? cell.label : cell;
}

export function partsText(parts: Part[], cited?: Map<string, number>): string {
  return parts.map((part) => (typeof part === "string" ? part : cited?.has(part.id) ? `[${cited.get(part.id)}]` : part.label)).join("");
}

function companions(column: Column): string[] {
  return [column.text, column.prefix, column.versus, column.unit, ...column.interval].filter(Boolean);
}

export function record(table: Table, row: Cell[]): Record<string, Cell> {
  return Object.fromEntries(table.columns.map((column, i) => [column.name, row[i]]));
}

/** Columns and cells as a reader sees them: merged, the empty and the hidden ones left out. */
export function shown(table: Table): Shown {
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  const taken = new Set(table.columns.flatMap(companions));
  for (const name of [...taken]) for (const further of companions(byName.get(name)!)) taken.add(further);
  const columns = table.columns.filter((column) => !taken.has(column.name) && !column.hidden);
  const rows = table.rows.map((row) => {
    const values = record(table, row);
    return columns.map((column) => parts(column, values, byName));
  });
  const kept = columns.map((_, i) => i).filter((i) => !rows.length || rows.some((row) => row[i].length));
  return { columns: kept.map((i) => columns[i]), rows: rows.map((row) => kept.map((i) => row[i])) };
}

function parts(column: Column, row: Record<string, Cell>, byName: Map<string, Column>): Part[] {
  const value = row[column.name];
  if (isThing(value) && isSource(value.id)) return [value];
  const printed = column.text ? row[column.text] : null;
  let out = piece(printed ?? value);
  if (column.versus) {
    const other = byName.get(column.versus)!;
    const against = cellText((other.text ? row[other.text] : null) ?? row[other.name]);
    if (against) out = [...(out.length ? out : ["?"]), ` v ${against}`];
  }
  if (!out.length) return [];
  const unit = column.unit ? row[column.unit] : null;
  if (unit !== null && unit !== undefined) out = [...out, cellText(unit) === "percent" ? "%" : ` ${cellText(unit)}`];
  const prefix = column.prefix ? row[column.prefix] : null;
  if (prefix !== null && prefix !== undefined) out = [`${cellText(prefix)} `, ...out];
  if (column.interval.length) {
    const [lower, upper, level] = column.interval.map((name) => row[name]);
    if ((lower ?? upper ?? null) !== null) {
      const kind = level !== null && level !== undefined ? `${cellText(level)}% CI` : "CI, level not stated,";
      out = [...out, ` (${kind} ${cellText(lower) || "?"} to ${cellText(upper) || "?"})`];
    }
  }
  return out;
}

function piece(cell: Cell): Part[] {
  if (isThing(cell)) return [cell];
  const text = cellText(cell);
  return text ? [text] : [];
}

/** The place in a source that a row gives, from the column beside that of the source. */
export function locator(row: Record<string, Cell>, column: string): string {
  const beside = column === "source" ? "locator" : `${column.replace(/Source$/, "")}Locator`;
  const place = row[beside];
  return typeof place === "string" ? place : "";
}

/** Sources in the cells of tables, in order of first use, each with its places. */
export function sourcesOf(tables: Table[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const table of tables) {
    for (const row of table.rows) {
      const values = record(table, row);
      for (const column of table.columns) {
        const cell = values[column.name];
        if (!isThing(cell) || !isSource(cell.id)) continue;
        const places = found.get(cell.id) ?? [];
        const place = locator(values, column.name);
        if (place && !places.includes(place)) places.push(place);
        found.set(cell.id, places);
      }
    }
  }
  return found;
}

/** Rows for machines: every column apart, a thing as its label and its CURIE; as `her2kg query --format csv`. */
export function delimited(table: Table, delimiter: "," | "\t"): string {
  const things = new Set(table.columns.filter((_, i) => table.rows.some((row) => isThing(row[i]))).map((column) => column.name));
  const head = table.columns.flatMap(({ name }) => (things.has(name) ? [name, `${name}Id`] : [name]));
  const rows = table.rows.map((row) =>
    table.columns.flatMap(({ name }, i) => {
      const cell = row[i];
      return things.has(name) ? [cellText(cell), isThing(cell) ? cell.id : ""] : [cellText(cell)];
    }),
  );
  const quoted = (text: string) => (new RegExp(`["\\n\\r${delimiter}]`).test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [head, ...rows].map((row) => row.map(quoted).join(delimiter)).join("\n") + "\n";
}

export function asJson(table: Table): string {
  return JSON.stringify(table.rows.map((row) => record(table, row)), null, 2) + "\n";
}
