// A forest plot of the estimates that the reader chose. Nothing is weighed or pooled here; `her2kg forest` does that.
import { type Cell, data, isThing, type Thing } from "./data";
import { s } from "./dom";

export interface Estimate {
  study: string;
  population: string;
  printed: string;
  value: number;
  lower: number | null;
  upper: number | null;
  hollow: boolean;
  source: number | undefined;
}
export interface Plot {
  title: string;
  subtitle: string;
  favours: [string, string];
  rows: Estimate[];
}
/** A colour by its role: a custom property on the page, a literal in a file. */
export type Paint = (role: string) => string;

const FONT = "Arial, 'Liberation Sans', Helvetica, 'DejaVu Sans', sans-serif";
const SIZE = 13;
const SMALL = 11.5;
const LINE = 17;
const ROW = 12;
const GAP = 20;
const SQUARE = 4.5;
const NARROW = 600;

const measuring = document.createElement("canvas").getContext("2d")!;

function wide(text: string, size = SIZE, bold = false): number {
  measuring.font = `${bold ? "bold " : ""}${size}px ${FONT}`;
  return measuring.measureText(text).width;
}

function wrapped(text: string, width: number, size = SIZE, bold = false): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && wide(`${last} ${word}`, size, bold) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** An axis as far to either side of 1, wide enough for all estimates and for three in four intervals; wider ones are cut. */
export function axisOf(rows: Estimate[]): { reach: number; ticks: string[] } {
  const far = (ratio: number) => Math.abs(Math.log(ratio));
  const limits = rows.flatMap(({ lower, upper }) => (lower && upper ? [Math.max(far(lower), far(upper))] : [])).sort((a, b) => a - b);
  let needed = 1.05 * Math.max(0, ...rows.map(({ value }) => far(value)));
  if (limits.length) {
    needed = Math.max(needed, limits[Math.floor((3 * (limits.length - 1)) / 4)]);
    const widest = limits[limits.length - 1];
    if (widest <= Math.max(Math.log(4), 1.25 * needed)) needed = Math.max(needed, widest);
  }
  const found = data.axis.find(([reach]) => Math.log(reach) >= needed - 0.02) ?? data.axis[data.axis.length - 1];
  return { reach: found[0], ticks: found[1] };
}

export function draw(plot: Plot, width: number, paint: Paint): SVGElement {
  const narrow = width < NARROW;
  const text = (x: number, y: number, said: string, more: Record<string, string | number> = {}) =>
    s("text", { x: round(x), y: round(y), "font-size": SIZE, fill: paint("ink"), ...more }, said);
  const estimates = Math.max(...plot.rows.map(({ printed }) => wide(printed)), wide("Estimate", SIZE, true)) + 1;
  const labelWidth = narrow ? width : Math.min(0.36 * width, Math.max(...plot.rows.map((row) => wide(row.study, SIZE, true))) + 190);
  const left = narrow ? 8 : labelWidth + GAP;
  const right = narrow ? width - 8 : width - estimates - GAP;
  const { reach, ticks } = axisOf(plot.rows);
  const x = (ratio: number) => left + (right - left) * (0.5 + (0.5 * Math.log(ratio)) / Math.log(reach));
  const items: SVGElement[] = [];
  let y = 4;
  for (const said of wrapped(plot.title, width, 16, true)) items.push(text(0, (y += 18), said, { "font-size": 16, "font-weight": "bold" }));
  for (const said of wrapped(plot.subtitle, width, SMALL)) items.push(text(0, (y += 16), said, { "font-size": SMALL, fill: paint("muted") }));
  y += 14;
  if (!narrow) {
    items.push(text(0, y + LINE, "Study, population", { "font-weight": "bold" }));
    items.push(text(width, y + LINE, "Estimate", { "font-weight": "bold", "text-anchor": "end" }));
    y += LINE + 6;
  }
  const top = y;
  for (const row of plot.rows) {
    const label = [...wrapped(row.study, labelWidth, SIZE, true)];
    const under = wrapped(row.population, labelWidth, SMALL);
    const group = s("g", {}, s("title", {}, sentence(row)));
    let down = y + ROW / 2;
    for (const said of label) group.append(text(0, (down += LINE) - 4, said, { "font-weight": "bold" }));
    for (const said of under) group.append(text(0, (down += 15) - 4, said, { "font-size": SMALL, fill: paint("muted") }));
    let middle = (y + ROW / 2 + down) / 2;
    if (narrow) {
      group.append(text(0, (down += LINE) - 2, row.printed));
      middle = down + 12;
      down += 22;
    } else {
      group.append(text(width, middle + 4.5, row.printed, { "text-anchor": "end" }));
    }
    // Labels stand above the axis where there is no room beside it, so the null is drawn row by row.
    if (narrow) group.append(s("line", { x1: round(x(1)), x2: round(x(1)), y1: round(middle - 11), y2: round(middle + 11), stroke: paint("rule") }));
    group.append(...marks(row, x, middle, left, right, paint));
    items.push(group);
    y = down + ROW / 2;
    items.push(s("line", { x1: 0, x2: round(width), y1: round(y), y2: round(y), stroke: paint("grid"), "stroke-width": 0.7 }));
  }
  const bottom = y + 4;
  const axis = s("g", {});
  if (!narrow) axis.append(s("line", { x1: round(x(1)), x2: round(x(1)), y1: round(top), y2: round(bottom), stroke: paint("rule"), "stroke-width": 1 }));
  axis.append(s("line", { x1: round(left), x2: round(right), y1: round(bottom), y2: round(bottom), stroke: paint("rule"), "stroke-width": 1 }));
  for (const tick of fitting(ticks, (right - left), x, left)) {
    axis.append(s("line", { x1: round(x(Number(tick))), x2: round(x(Number(tick))), y1: round(bottom), y2: round(bottom + 5), stroke: paint("rule") }));
    const half = wide(tick, SMALL) / 2;
    axis.append(text(Math.max(half, Math.min(x(Number(tick)), width - half)), bottom + 19, tick, { "font-size": SMALL, "text-anchor": "middle" }));
  }
  y = bottom + 22;
  // Each end has half of the axis to say whom it favours; a long word is wrapped within it.
  const half = (right - left) / 2 - 12;
  const ends = plot.favours.map((said) => wrapped(said, half, SMALL));
  ends[0].forEach((said, i) => axis.append(text(x(1) - 10, y + 15 * (i + 1), said, { "font-size": SMALL, "text-anchor": "end" })));
  ends[1].forEach((said, i) => axis.append(text(x(1) + 10, y + 15 * (i + 1), said, { "font-size": SMALL })));
  y += 15 * Math.max(ends[0].length, ends[1].length) + 8;
  const notes = ["Marks are of one size: nothing is weighed or pooled here."];
  if (plot.rows.some((row) => row.hollow)) notes.push("Hollow: exploratory analysis.");
  if (plot.rows.some((row) => row.lower === null)) notes.push("Round: no interval reported.");
  for (const said of wrapped(notes.join(" "), width, SMALL)) items.push(text(0, (y += 16), said, { "font-size": SMALL, fill: paint("muted") }));
  y += 8;
  return s(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", width: round(width), height: round(y), viewBox: `0 0 ${round(width)} ${round(y)}`, role: "img", "aria-labelledby": "forest-title forest-desc", "font-family": FONT },
    s("title", { id: "forest-title" }, `Forest plot: ${plot.title}`),
    s("desc", { id: "forest-desc" }, plot.rows.map(sentence).join(". ")),
    s("rect", { width: round(width), height: round(y), fill: paint("ground") }),
    axis,
    items,
  );
}

function marks(row: Estimate, x: (ratio: number) => number, y: number, left: number, right: number, paint: Paint): SVGElement[] {
  const out: SVGElement[] = [];
  const colour = paint("mark");
  if (row.lower !== null && row.upper !== null) {
    const [from, to] = [Math.max(x(row.lower), left), Math.min(x(row.upper), right)];
    out.push(s("line", { x1: round(from), x2: round(to), y1: round(y), y2: round(y), stroke: colour, "stroke-width": 1.5 }));
    if (x(row.lower) < left - 0.5) out.push(s("path", { d: `M${round(left + 7)} ${round(y - 4)}L${round(left)} ${round(y)}L${round(left + 7)} ${round(y + 4)}`, fill: "none", stroke: colour, "stroke-width": 1.5 }));
    if (x(row.upper) > right + 0.5) out.push(s("path", { d: `M${round(right - 7)} ${round(y - 4)}L${round(right)} ${round(y)}L${round(right - 7)} ${round(y + 4)}`, fill: "none", stroke: colour, "stroke-width": 1.5 }));
  }
  const at = x(row.value);
  const style = { fill: row.hollow ? paint("ground") : colour, stroke: colour, "stroke-width": 1.5 };
  out.push(
    row.lower === null
      ? s("circle", { cx: round(at), cy: round(y), r: SQUARE, ...style })
      : s("rect", { x: round(at - SQUARE), y: round(y - SQUARE), width: 2 * SQUARE, height: 2 * SQUARE, ...style }),
  );
  return out;
}

/** Ticks whose labels do not run into each other: all, or the ends and 1. */
function fitting(ticks: string[], length: number, x: (ratio: number) => number, left: number): string[] {
  const clear = (some: string[]) => some.every((tick, i) => i === 0 || x(Number(tick)) - x(Number(some[i - 1])) > (wide(tick, SMALL) + wide(some[i - 1], SMALL)) / 2 + 8);
  return [ticks, [ticks[0], "1", ticks[ticks.length - 1]]].find((some) => clear(some) && length > 0 && left >= 0) ?? ["1"];
}

function sentence(row: Estimate): string {
  const crosses = row.lower !== null && row.upper !== null ? (row.lower <= 1 && row.upper >= 1 ? ", crosses no effect" : ", does not cross no effect") : ", no interval reported";
  return `${row.study}, ${row.population}: ${row.printed}${crosses}`;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** An estimate from a row of the query, none where it is no ratio. */
export function estimate(row: Record<string, Cell>, printed: string, source: number | undefined): Estimate | null {
  const value = Number(row.value);
  if (!(value > 0) || !/ratio/.test(isThing(row.measure) ? row.measure.label : "")) return null;
  const limit = (cell: Cell) => (typeof cell === "number" && cell > 0 ? cell : null);
  const [lower, upper] = [limit(row.lower), limit(row.upper)];
  const both = lower !== null && upper !== null;
  return {
    study: (row.study as Thing).label,
    population: isThing(row.population) ? row.population.label : "",
    printed,
    value,
    lower: both ? lower : null,
    upper: both ? upper : null,
    hollow: isThing(row.role) && row.role.id === "her2:Exploratory",
    source,
  };
}
