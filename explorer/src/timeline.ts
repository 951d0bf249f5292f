// The timeline: events of each study up to a day.
import type { Answer } from "./asking";
import { cellText, record } from "./cells";
import { type Cell, data, isThing, type Thing } from "./data";
import { s } from "./dom";
import { drawing } from "./links";
import { href, pathOf } from "./place";

type Row = Record<string, Cell>;
const ROW = 30;
const HEAD = 26;
const LABEL = 190;
const NARROW = 600;

function time(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** The events of each study by line of therapy, from the first year of any to the day asked. */
export function timeline(found: Answer, width: number, until: string): SVGElement {
  const rows = found.rows.map((row) => record(found, row));
  const narrow = width < NARROW;
  const left = narrow ? 12 : LABEL;
  const right = width - 16;
  const first = Math.min(...rows.map((row) => Number(String(row.day).slice(0, 4))));
  const [from, to] = [time(`${first}-01-01`), time(until)];
  const x = (day: string) => left + ((right - left) * (time(day) - from)) / Math.max(to - from, 1);
  const text = (at: number, y: number, said: string, more: Record<string, string | number> = {}) => s("text", { x: at, y, "font-size": 12.5, fill: "var(--ink)", ...more }, said);
  const items: Node[] = [];
  const grid = s("g", {});
  let y = 24;
  const grouped = new Map<string, Map<string, Row[]>>();
  for (const row of rows) {
    const advanced = !isThing(row.ofSetting) || row.ofSetting.id === "her2:Advanced";
    const group = advanced ? cellText(row.ofLine) || "line not stated" : cellText(row.ofSetting);
    const studies = grouped.get(group) ?? new Map<string, Row[]>();
    const { id } = row.study as Thing;
    grouped.set(group, studies.set(id, [...(studies.get(id) ?? []), row]));
  }
  for (const [group, studies] of grouped) {
    items.push(s("rect", { x: 0, y, width, height: HEAD - 6, fill: "var(--band)" }), text(6, y + 14, group, { "font-size": 11.5, "font-weight": "bold", fill: "var(--muted)" }));
    y += HEAD;
    const inOrder = [...studies.values()].sort((a, b) => firstDay(a).localeCompare(firstDay(b)));
    for (const events of inOrder) {
      const study = events[0].study as Thing;
      items.push(s("a", { href: href(pathOf(study.id)) }, text(6, y + 14, study.label, { "font-weight": "bold", fill: "var(--mark)" })));
      if (narrow) y += 22; // marks of approvals rise above the line
      const middle = y + 10;
      const days = events.map((row) => x(String(row.day)));
      items.push(s("line", { x1: Math.min(...days), x2: Math.max(...days), y1: middle, y2: middle, stroke: "var(--rule)" }));
      for (const row of changes(events)) items.push(event(row, x(String(row.day)), middle, right));
      y += ROW;
      items.push(s("line", { x1: 0, x2: width, y1: y - 4, y2: y - 4, stroke: "var(--grid)", "stroke-width": 0.7 }));
    }
  }
  // Years whose numbers have room; the lines stand behind everything.
  const last = Number(until.slice(0, 4));
  const step = Math.max(1, Math.ceil(((last - first + 1) * 38) / (right - left)));
  for (let year = first; year <= last; year += step) {
    const at = x(`${year}-01-01`);
    // At the right edge a number ends on its line, so it needs the room of two.
    const squeezed = at > right - 20 && year > first && at - x(`${year - step}-01-01`) < 62;
    if (squeezed) continue;
    grid.append(s("line", { x1: at, x2: at, y1: 20, y2: y, stroke: "var(--grid)", "stroke-width": 0.7 }), text(at, 14, String(year), { "font-size": 11, fill: "var(--muted)", ...(at > right - 20 ? { "text-anchor": "end" } : {}) }));
  }
  const { reviewDay } = data.about;
  if (reviewDay && reviewDay <= until && reviewDay >= `${first}`) {
    grid.append(s("line", { x1: x(reviewDay), x2: x(reviewDay), y1: 20, y2: y, stroke: "var(--pooled)", "stroke-width": 1.2, "stroke-dasharray": "4 3" }, s("title", {}, `the review, ${reviewDay}`)));
  }
  return s(
    "svg",
    { width, height: y + 4, viewBox: `0 0 ${width} ${y + 4}`, role: "group", "aria-label": `Timeline of ${grouped.size} groups of studies; the table below has the same rows`, "font-family": "Arial, 'Liberation Sans', Helvetica, sans-serif" },
    grid,
    items,
  );
}

function firstDay(events: Row[]): string {
  return events.map((row) => String(row.day)).sort()[0];
}

/** Leave out verdicts that only repeat, on better evidence, what held before. */
function changes(events: Row[]): Row[] {
  const held = new Map<string, string>();
  return events.filter((row) => {
    if (row.event !== "verdict" || !isThing(row.outcome)) return true;
    const comparison = isThing(row.comparison) ? row.comparison.id : "";
    const before = held.get(comparison);
    held.set(comparison, row.outcome.id);
    return before !== row.outcome.id;
  });
}

function event(row: Row, x: number, y: number, right: number): SVGElement {
  const said = [cellText(row.study), cellText(row.event), cellText(row.outcome), cellText(row.kind), cellText(row.agency), cellText(row.arm), cellText(row.day)].filter(Boolean).join(", ");
  const group = s("g", {}, s("title", {}, said));
  const colour = "var(--ink)";
  if (row.event === "verdict" && isThing(row.outcome)) {
    const mark = drawing(row.outcome.id);
    mark.setAttribute("x", String(x - 8));
    mark.setAttribute("y", String(y + 1));
    const role = data.marks[row.outcome.id]?.role ?? "pending";
    group.append(s("line", { x1: x, x2: right, y1: y + 9, y2: y + 9, stroke: `var(--${role})`, "stroke-width": 2 }), mark);
  } else if (row.event === "approval") {
    group.append(s("path", { d: `M${x} ${y - 12}l5 8h-10z`, fill: "var(--category-3)" }));
  } else if (row.event === "data cut-off") {
    group.append(s("line", { x1: x, x2: x, y1: y - 5, y2: y + 5, stroke: colour, "stroke-width": 1.5 }));
  } else {
    group.append(s("circle", { cx: x, cy: y, r: 3, fill: colour }));
  }
  return group;
}
