// The forest-plot builder, the evidence matrix, and the maps that Python drew.
import { type Answer, answer, inWords } from "./asking";
import { cellText, delimited, partsText, record, shown, sourcesOf } from "./cells";
import { all, type Cell, data, type Drawing, isThing, named, type Thing, thing, type Values } from "./data";
import { button, type Child, h, save, say } from "./dom";
import { draw, estimate, type Estimate, type Plot } from "./forest";
import { cite, link, mark, numbered, proofOf, sourceList } from "./links";
import { answerView, command, type View } from "./pages";
import { here, href, type Place } from "./place";
import { tools } from "./tables";

const FOREST = "hazard-ratios";
const PICKED = ["endpoint", "line", "populationKind", "setting", "agent", "agentClass"];

/** The drawing of a kind that holds for a day: made for it, or for another on which the same was known. */
async function drawingFor(kind: string, endpoint: string, asOf: string): Promise<{ drawing?: Drawing; made: Drawing[] }> {
  const made = data.drawings.filter((one) => one.kind === kind && one.endpoint === endpoint);
  const exact = made.find((one) => one.day === asOf);
  if (exact || !made.length) return { drawing: exact, made };
  const values: Values = endpoint ? { endpoint: `her2:${endpoint}` } : {};
  const rows = async (day: string) => JSON.stringify((await answer(made[0].query, values, day)).rows);
  const wanted = await rows(asOf);
  for (const drawing of made) if ((await rows(drawing.day)) === wanted) return { drawing, made };
  return { made };
}

function drawn(drawing: Drawing | undefined, made: Drawing[], told: string, name: string): Child {
  if (!made.length) return null;
  if (!drawing) {
    const days = made.map((one) => (one.day ? h("a", { href: href(here().path, here().values, one.day) }, one.day) : h("a", { href: href(here().path, here().values, "") }, "now")));
    return h("div", { class: "note" }, h("p", {}, "It was drawn as of ", days.flatMap((day, i) => [i > 0 && " and ", day]), "; on this day something else was known. The table below has this day; this draws it:"), command(told));
  }
  const holder = h("div", { class: "drawing scroll", tabindex: "0", role: "region", "aria-label": "drawing" });
  holder.innerHTML = drawing.svg; // made by her2kg when the page was built
  // A picture whose parts are links is not one thing to a screen reader.
  if (holder.querySelector("a")) holder.firstElementChild!.setAttribute("role", "group");
  return h(
    "figure",
    {},
    holder,
    h("figcaption", { class: "row" }, button("SVG", () => save(`${name}.svg`, drawing.svg, "image/svg+xml")), h("span", { class: "muted" }, drawing.day === here().asOf ? "" : `Drawn as of ${drawing.day || "now"}; nothing it shows is different on this day.`)),
    command(told),
  );
}

const MAPS: Record<string, [string, string]> = {
  evidence: ["Evidence map", "Agents down, lines of therapy across; each trial with its verdict and its number of patients."],
  timeline: ["Timeline", "What became known of each trial on which day: data cut-offs, reports, verdicts, approvals."],
  mechanisms: ["Map of resistance", "Mechanisms, the genes and pathways they involve, the evidence in each system, and what may overcome them."],
  network: ["Network of comparisons", "Which regimen was set against which, by line of therapy."],
};

export async function mapPage({ path: [, kind], values, asOf }: Place): Promise<View> {
  if (!(kind in MAPS)) throw new Error(`no map named “${kind}”; there are ${Object.keys(MAPS).join(", ")}`);
  const [title, lead] = MAPS[kind];
  const query = data.drawings.find((one) => one.kind === kind)?.query ?? "";
  const told = `her2kg map ${kind}${asOf ? ` --as-of ${asOf}` : ""} -o ${kind}.svg`;
  const [found, { drawing, made }] = await Promise.all([answer(query, values, asOf), drawingFor(kind, "", asOf)]);
  const head: Child[] = [
    h("nav", { class: "tabs", "aria-label": "Maps" }, Object.entries(MAPS).map(([other, [name]]) => h("a", { href: href(["map", other]), "aria-current": other === kind ? "page" : undefined }, name))),
    h("h1", { tabindex: "-1" }, title),
    h("p", { class: "lead" }, lead),
  ];
  const figure = drawn(drawing, made, told, kind);
  if (kind === "evidence") {
    return { title, content: [head, matrix(found), tools(found, "evidence-map"), figure && h("details", {}, h("summary", {}, "The same as a drawing, marks sized by number of patients"), figure)] };
  }
  return { title, content: [head, figure, h("h2", {}, "The rows behind it"), answerView(found, query)] };
}

/** Agents down, lines and settings across, a mark and a name for each trial. */
function matrix(found: Answer): Child {
  const rows = found.rows.map((row) => record(found, row));
  if (!rows.length) return h("p", { class: "none" }, "Nothing was known on this day.");
  const column = (row: Record<string, Cell>): [number, string] => {
    const advanced = !isThing(row.ofSetting) || row.ofSetting.id === "her2:Advanced";
    if (!advanced) return [100, cellText(row.ofSetting)];
    return row.ofLine === null ? [99, "line not stated"] : [Number(row.lineNumber), cellText(row.ofLine)];
  };
  const columns = [...new Map(rows.map((row) => [column(row)[1], column(row)])).values()].sort((a, b) => a[0] - b[0] || a[1].localeCompare(b[1]));
  const agents = [...new Map(rows.map((row) => [(row.agent as Thing).id, row])).values()];
  const groups: [string, Record<string, Cell>[]][] = [
    ["Agents that target HER2", agents.filter((row) => row.hitsHER2 === true)],
    ["Other agents", agents.filter((row) => row.hitsHER2 !== true)],
  ];
  const order = Object.keys(data.marks);
  const outcomes = [...new Map(rows.map((row) => (isThing(row.outcome) ? [row.outcome.id, row.outcome.label] : ["", "no verdict so far, or no control arm"]))).entries()].sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
  const entry = (row: Record<string, Cell>, _: number, cell: Record<string, Cell>[]) => {
    // Several comparisons of one study are told apart by their arms.
    const arm = cell.filter((other) => (other.study as Thing).id === (row.study as Thing).id).length > 1 && h("small", {}, cellText(row.arm));
    const outcome = isThing(row.outcome) ? row.outcome : undefined;
    const word = outcome?.label ?? "no verdict";
    const glyph = outcome ? h("a", { class: "glyph", href: proofOf(row), "aria-label": `${word}, why`, title: `${word}: why` }, mark(outcome.id)) : mark("");
    const size = row.n === null ? "" : ` ${Number(row.n).toLocaleString("en")}`;
    const dose = isThing(row.question) && row.question.id === "her2:DoseQuestion" ? " (dose)" : "";
    return h("li", {}, glyph, h("span", {}, link(row.study as Thing), h("span", { class: "muted" }, size, dose), arm));
  };
  return [
    h("p", { class: "legend" }, outcomes.map(([id, label]) => h("span", {}, mark(id), " ", label)), h("span", { class: "muted" }, "number: patients of the study")),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Evidence matrix" },
      h(
        "table",
        { class: "matrix" },
        h("caption", { class: "quiet" }, "Agents by line of therapy, with the trials and their verdicts"),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "agent"), columns.map(([, name]) => h("th", { scope: "col" }, name)))),
        groups.filter(([, of]) => of.length).map(([name, of]) =>
          h(
            "tbody",
            {},
            h("tr", { class: "group" }, h("th", { scope: "rowgroup", colspan: columns.length + 1 }, name)),
            of.map((first) => {
              const agent = first.agent as Thing;
              const own = rows.filter((row) => (row.agent as Thing).id === agent.id);
              return h(
                "tr",
                {},
                h("th", { scope: "row" }, link(agent)),
                columns.map(([, title]) => {
                  const cells = own.filter((row) => column(row)[1] === title);
                  return h("td", {}, cells.length ? h("ul", {}, cells.map(entry)) : h("span", { class: "quiet" }, "not tried"));
                }),
              );
            }),
          ),
        ),
      ),
    ),
  ];
}

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
  const pooled = await drawingFor("forest", chosen.endpoint.replace(/^her2:/, ""), asOf);
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
      pooled.made.length ? drawn(pooled.drawing, pooled.made, `her2kg forest --endpoint ${chosen.endpoint}${asOf ? ` --as-of ${asOf}` : ""} -o forest.svg`, file()) : command(told),
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
  return h(
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
          return h("tr", {}, h("td", {}, box), h("th", { scope: "row" }, link(values.study as Thing)), h("td", {}, of.population), h("td", {}, cellText(values.role)), h("td", {}, cellText(values.measure), " ", of.printed), h("td", {}, cite(source, cited.get(source.id)!, cellText(values.locator))));
        }),
      ),
    ),
  );
}

/** The estimate without the name of its measure. */
function printedOf(text: string): string {
  return text.replace(/^[^\d<>≤≥]*(?=[\d<>≤≥])/, "").replace("% CI ", "% CI ");
}

/** Selections that change the address, and so the view. */
export function picker(parameters: { name: string; type: string; label: string; default: string; required?: boolean }[], chosen: Values): Node {
  const { path } = here();
  return h(
    "form",
    { class: "picker", submit: (event: Event) => event.preventDefault() },
    parameters.map((parameter) => {
      const options = all(parameter.type);
      const given = chosen[parameter.name];
      const change = (value: string) => {
        const { [parameter.name]: _, ...rest } = chosen;
        location.hash = href(path, value ? { ...rest, [parameter.name]: value } : rest);
      };
      const field = options.length
        ? h("select", { name: parameter.name, change: () => change((field as HTMLSelectElement).value) }, h("option", { value: "" }, parameter.required ? "choose …" : usual(parameter)), options.map(({ id, label }) => h("option", { value: id, selected: id === given || undefined }, label)))
        : h("input", { name: parameter.name, type: parameter.type === "date" ? "date" : "text", value: given ?? "", change: () => change((field as HTMLInputElement).value) });
      return h("label", {}, h("span", {}, parameter.label), field);
    }),
  );
}

/** The width that a figure will have once it is on the page. */
function room(): number {
  const main = document.getElementById("main")!;
  const { paddingLeft, paddingRight } = getComputedStyle(main);
  return main.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
}

/** What holds where nothing is chosen. */
function usual(parameter: { default: string }): string {
  const words = inWords(parameter.default);
  return words ? `usual: ${words}` : "any";
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

