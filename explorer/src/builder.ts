// The forest-plot builder: choose an endpoint, narrow it, tick what is drawn.
import { answer } from "./asking";
import { cellText, delimited, partsText, record, shown, sourcesOf } from "./cells";
import { type Cell, data, isThing, named, type Thing, thing, type Values } from "./data";
import { button, h, save, say } from "./dom";
import { drawn, isDrawn, room } from "./drawings";
import { draw, estimate, type Estimate, type Plot } from "./forest";
import { cite, link, numbered, sourceList } from "./links";
import { command, type View } from "./pages";
import { picker } from "./picker";
import type { Place } from "./place";
import { stacked, tools } from "./tables";

const FOREST = "hazard-ratios";
const PICKED = ["endpoint", "line", "populationKind", "setting", "agent", "agentClass"];

export async function forestPage({ values, asOf }: Place): Promise<View> {
  const query = named(FOREST)!;
  const chosen: Values = { endpoint: "her2:OS", ...values };
  const found = await answer(FOREST, chosen, asOf);
  const cited = numbered(sourcesOf([found]));
  const [endpointName] = [thing(chosen.endpoint).label];
  const words = shown(found);
  const at = words.columns.findIndex((column) => column.name === "value");
  const estimates = found.rows.map((row, i) => {
    const values = record(found, row);
    return { values, estimate: at < 0 ? null : estimate(values, printedOf(partsText(words.rows[i][at])), cited.get((values.source as Thing).id)) };
  });
  const usable = estimates.filter((one): one is { values: Record<string, Cell>; estimate: Estimate } => one.estimate !== null);
  const lower = data.lowerIsBetter.includes(chosen.endpoint);
  const favours: [string, string] = lower ? ["← favours tested treatment", "favours control →"] : ["← favours control", "favours tested treatment →"];
  const ticked = preselected(usable.map((one) => one.values));
  const filters = [chosen.line, chosen.populationKind, chosen.agent, chosen.agentClass].filter(Boolean).map((id) => thing(id).label);
  const plot = (): Plot => ({
    title: [capital(endpointName), ...filters].join(", "),
    subtitle: `As printed; ${asOf ? `as known on ${asOf}` : "as known now"}, her2kg data ${data.about.version}. Evidence, not advice.`,
    favours,
    rows: usable.filter((_, i) => ticked[i]).map((one) => one.estimate),
  });
  const holder = h("div", { class: "forest" });
  const redraw = () => {
    const now = plot();
    holder.replaceChildren(now.rows.length ? draw(now, Math.max(320, holder.clientWidth || room()), (role) => `var(--${role})`) : h("p", { class: "none" }, "Nothing is chosen, or no ratio is known as of this day."));
  };
  const watching = new ResizeObserver(() => (holder.isConnected ? requestAnimationFrame(redraw) : watching.disconnect()));
  watching.observe(holder);
  redraw();
  const light = (role: string) => data.colours[role][0];
  const file = () => `forest-${chosen.endpoint.replace(/^\w+:/, "")}`;
  const svg = () => new XMLSerializer().serializeToString(draw(plot(), 960, light));
  const cells = { ...found, rows: [] as Cell[][] };
  const rows = () => {
    const of = usable.filter((_, i) => ticked[i]).map((one) => one.values);
    return { ...cells, rows: of.map((row) => found.columns.map((column) => row[column.name])) };
  };
  const told = `her2kg forest --endpoint ${chosen.endpoint}${chosen.line ? ` --line ${chosen.line}` : ""}${chosen.agent ? ` --agent ${chosen.agent}` : ""}${asOf ? ` --as-of ${asOf}` : ""} -o forest.svg`;
  const pooled = chosen.endpoint.replace(/^her2:/, "");
  return {
    title: `Forest plot: ${endpointName}`,
    content: [
      h("h1", { tabindex: "-1" }, "Forest-plot builder"),
      h("p", { class: "lead" }, "Choose an endpoint, narrow it, tick the estimates to draw. Digits are those printed."),
      picker(query.parameters.filter((parameter) => PICKED.includes(parameter.name)), chosen),
      h("figure", {}, holder, h(
        "figcaption",
        { class: "row" },
        button("SVG", () => save(`${file()}.svg`, svg(), "image/svg+xml")),
        button("PNG", () => png(svg()).then((blob) => save(`${file()}.png`, blob))),
        button("CSV", () => save(`${file()}.csv`, delimited(rows(), ","), "text/csv")),
      )),
      h("h2", {}, "Estimates"),
      found.notes.length > 0 && h("p", { class: "note" }, found.notes.join(" ")),
      usable.length > 0 && choice(usable, ticked, cited, redraw),
      usable.length < found.rows.length && h("p", { class: "note" }, `${found.rows.length - usable.length} further rows are no ratio and cannot be drawn; they are in the query.`),
      tools(found, FOREST),
      h("h2", {}, "Pooled, where pooling is allowed"),
      h("p", {}, "Pooling has guards (one estimate per trial, no overlapping populations, enough information) and is done by her2kg, not here."),
      isDrawn("forest", pooled) ? drawn("forest", pooled, `her2kg forest --endpoint ${chosen.endpoint}${asOf ? ` --as-of ${asOf}` : ""} -o forest.svg`, file()) : command(told),
      sourceList(sourcesOf([found])),
    ],
  };
}

/** Of several reports of one analysis, first the one with an interval; the others can be ticked. */
function preselected(rows: Record<string, Cell>[]): boolean[] {
  const key = (row: Record<string, Cell>) => [row.study, row.population, row.role, row.measure].map((cell) => (isThing(cell) ? cell.id : "")).join();
  const best = new Map<string, number>();
  rows.forEach((row, i) => {
    const before = best.get(key(row));
    if (before === undefined || (rows[before].lower === null && row.lower !== null)) best.set(key(row), i);
  });
  const primary = rows.some((row) => isThing(row.role) && row.role.id !== "her2:Exploratory");
  return rows.map((row, i) => best.get(key(row)) === i && (!primary || !(isThing(row.role) && row.role.id === "her2:Exploratory")));
}

function choice(usable: { values: Record<string, Cell>; estimate: Estimate }[], ticked: boolean[], cited: Map<string, number>, changed: () => void): Node {
  return stacked(h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Estimates to draw" },
    h(
      "table",
      {},
      h("caption", { class: "quiet" }, "Estimates to draw"),
      h("thead", {}, h("tr", {}, ["draw", "study", "population", "role", "estimate", "source"].map((name) => h("th", { scope: "col" }, name)))),
      h(
        "tbody",
        {},
        usable.map(({ values, estimate: of }, i) => {
          const box = h("input", { type: "checkbox", checked: ticked[i] || undefined, "aria-label": `draw ${of.study}, ${of.population}`, change: () => ((ticked[i] = box.checked), changed(), say(`${ticked.filter(Boolean).length} drawn`)) });
          const source = values.source as Thing;
          return h("tr", {}, h("td", {}, box), h("th", { scope: "row" }, link(values.study as Thing)), h("td", { "data-label": "population" }, of.population), h("td", { "data-label": "role" }, cellText(values.role)), h("td", { "data-label": "estimate" }, cellText(values.measure), " ", of.printed), h("td", { "data-label": "source" }, cite(source, cited.get(source.id)!, cellText(values.locator))));
        }),
      ),
    ),
  ));
}

/** The estimate without the name of its measure. */
function printedOf(text: string): string {
  return text.replace(/^[^\d<>≤≥]*(?=[\d<>≤≥])/, "").replace("% CI ", "% CI ");
}

async function png(svg: string): Promise<Blob> {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await picture.decode();
  const canvas = h("canvas", { width: 2 * picture.width, height: 2 * picture.height });
  const pen = canvas.getContext("2d")!;
  pen.scale(2, 2);
  pen.drawImage(picture, 0, 0);
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("the browser made no PNG")))));
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
