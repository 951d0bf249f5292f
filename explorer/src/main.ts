// Start, header, and the way from an address to a view.
import { answer, type Table } from "./asking";
import { delimited, partsText, shown as tableShown } from "./cells";
import { data, open, thing, type Values } from "./data";
import { button, type Child, add, h, say } from "./dom";
import { forestPage } from "./builder";
import { drawingFor } from "./drawings";
import { mapPage } from "./maps";
import { aboutPage, cataloguePage, downloadsPage, findingsPage, homePage, queryPage } from "./home";
import { listPage, proofPage, thingPage, type View } from "./pages";
import { here, href, isDay, type Place } from "./place";
import { proof } from "./proofs";
import { hits, searchBox } from "./search";
import { sparqlPage } from "./sparql";

const VIEWS: Record<string, (place: Place) => View | Promise<View>> = {
  "": homePage,
  why: proofPage,
  map: mapPage,
  forest: forestPage,
  queries: cataloguePage,
  query: queryPage,
  findings: findingsPage,
  sparql: sparqlPage,
  downloads: downloadsPage,
  about: aboutPage,
  all: listPage,
};
const MENU: [string[], string][] = [
  [["map", "evidence"], "Evidence"],
  [["map", "timeline"], "Timeline"],
  [["map", "mechanisms"], "Resistance"],
  [["forest"], "Forest plot"],
  [["findings"], "Findings"],
  [["queries"], "Questions"],
  [["sparql"], "SPARQL"],
  [["downloads"], "Downloads"],
  [["about"], "About"],
];
const THEMES = ["auto", "light", "dark"] as const;

function coloured(): void {
  const properties = (side: 0 | 1) => Object.entries(data.colours).map(([role, pair]) => `--${role}:${pair[side]};--her2kg-${role}:${pair[side]};`).join("");
  const [light, dark] = [properties(0), properties(1)];
  // Drawings say their own colours for the reader's device; the switch of the page is stronger.
  const rules = (selector: string, of: string) => `${selector},${selector} svg.her2kg-auto{${of}}`;
  // Marks and drawings name their colours by class.
  const classes = Object.keys(data.colours).flatMap((role) => ["fill", "stroke"].map((what) => `.her2kg-auto .${what}-${role}{${what}:var(--her2kg-${role})}`));
  const style = [
    ...classes,
    rules(":root", light),
    `@media (prefers-color-scheme:dark){${rules(":root:not([data-theme=light])", dark)}}`,
    rules(":root[data-theme=dark]", dark),
    `@media print{${rules(":root:root:root", light)}}`,
  ];
  document.head.append(h("style", {}, style.join("\n")));
}

function kept(): string {
  try {
    return localStorage.getItem("her2kg-theme") ?? "auto";
  } catch {
    return "auto"; // storage is not allowed here
  }
}

function themed(theme: string): void {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.querySelector("meta[name=color-scheme]")!.setAttribute("content", theme === "auto" ? "light dark" : theme);
  try {
    localStorage.setItem("her2kg-theme", theme);
  } catch {
    // It is only not kept then.
  }
}

function header(): void {
  const chosen = kept();
  themed(THEMES.find((theme) => theme === chosen) ?? "auto");
  const theme = h("select", { id: "theme", change: () => themed(theme.value) }, THEMES.map((name) => h("option", { value: name, selected: name === chosen || undefined }, name)));
  add(document.getElementById("top")!, [
    h("div", { class: "bar" }, h("a", { id: "brand", href: "#/" }, "her2kg"), searchBox(), h("label", { class: "theme" }, h("span", {}, "Colours"), theme)),
    h("nav", { id: "menu", "aria-label": "Pages" }),
    h("div", { id: "day", class: "day", role: "group", "aria-label": "As of" }),
  ]);
}

/** What in the header depends on the place: links that keep the day, and the day itself. */
function refreshed({ path, values, asOf }: Place): void {
  document.getElementById("brand")!.setAttribute("href", href([]));
  const current = path.join("/");
  document.getElementById("menu")!.replaceChildren(
    ...MENU.map(([to, label]) => h("a", { href: href(to), "aria-current": to.join("/") === current ? "page" : undefined }, label)),
  );
  const go = (day: string) => (location.hash = href(path, values, day));
  const box = h("input", { type: "date", id: "as-of", value: isDay(asOf) ? asOf : "", min: "1990-01-01", max: "2100-01-01", change: () => go(box.value) });
  const preset = (label: string, day: string) => button(label, () => go(day), { "aria-pressed": String(asOf === day) });
  const { reviewDay } = data.about;
  document.getElementById("day")!.replaceChildren(
    h("label", { for: "as-of" }, "As known on"),
    box,
    preset("now", ""),
    ...(reviewDay ? [preset(`the review, ${reviewDay}`, reviewDay)] : []),
    h("span", { class: "muted" }, asOf ? "" : `data of ${data.about.version}`),
  );
  // The header is not printed; what a print is worth depends on its day.
  document.getElementById("foot")!.replaceChildren(
    h("p", {}, "Evidence, not medical advice. ", h("a", { href: href(["about"]) }, `her2kg, data of ${data.about.version}`), asOf ? `, as known on ${asOf}.` : ", as known now."),
  );
}

let shown = 0;

async function show(): Promise<void> {
  const place = here();
  const turn = ++shown;
  const main = document.getElementById("main")!;
  // Choosing a value in a form changes the address too; the reader stays where the form is.
  const field = document.activeElement instanceof HTMLElement && main.contains(document.activeElement) ? document.activeElement.getAttribute("name") : null;
  const inHeader = document.activeElement?.closest("#day") ? document.activeElement.id || document.activeElement.textContent : null;
  refreshed(place);
  main.setAttribute("aria-busy", "true");
  let view: View;
  try {
    if (place.asOf && !isDay(place.asOf)) throw new Error(`“${place.asOf}” is no day: write 2020-04-30, 2020-04 or 2020`);
    view = await (VIEWS[place.path[0] ?? ""] ?? thingPage)(place);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const near = isDay(place.asOf) || !place.asOf ? hits(place.path.slice(1).join(" ")).slice(0, 5) : [];
    view = { title: "Not found", content: [h("h1", { tabindex: "-1" }, "This cannot be shown"), h("p", { class: "error" }, `${said}.`), near.length > 0 && [h("h2", {}, "Perhaps"), h("ul", {}, near.map(({ label, said: kind, path, values }) => h("li", {}, h("a", { href: href(path, values) }, label), h("span", { class: "muted" }, ` ${kind}`))))], h("p", {}, h("a", { href: href([]) }, "To the first page"))] };
  }
  if (turn !== shown) return; // the reader has gone on
  const before = main.dataset.path;
  const path = place.path.join("/");
  main.replaceChildren();
  add(main, view.content as Child[]);
  main.dataset.path = path;
  main.removeAttribute("aria-busy");
  document.title = view.title === "her2kg" ? "her2kg" : `${view.title} · her2kg`;
  say(view.title);
  if (inHeader) {
    const again = [...document.querySelectorAll<HTMLElement>("#day input, #day button")].find((one) => one.id === inHeader || one.textContent === inHeader);
    again?.focus({ preventScroll: true });
  } else if (field) {
    main.querySelector<HTMLElement>(`[name="${CSS.escape(field)}"]`)?.focus({ preventScroll: true });
  } else if (before !== undefined) {
    main.querySelector("h1")?.focus({ preventScroll: true });
  }
  if (before !== path) scrollTo(0, 0);
  main.dataset.ready = String(turn);
}

/** For the browser's console, and for the tests: what Python gives for the same question. */
const her2kg = {
  query: (name: string, values: Values = {}, asOf = "") => answer(name, values, asOf).then((found) => ({ columns: found.columns.map(({ name: column }) => column), rows: found.rows, shown: spelled(found), csv: delimited(found, ","), notes: found.notes, sparql: found.sparql })),
  drawing: drawingFor,
  why: (id: string, line = "", asOf = "") => proof(thing(id), line, asOf).then(({ lines }) => lines.map(({ indent, parts }) => " ".repeat(2 * indent) + partsText(parts))),
};

function spelled(found: Table): string[][] {
  const { columns, rows } = tableShown(found);
  return [columns.map(({ label }) => label), ...rows.map((row) => row.map((parts) => partsText(parts)))];
}

async function start(): Promise<void> {
  try {
    await open(globalThis.her2kgData);
  } catch (error) {
    document.getElementById("main")!.textContent = `This page could not be opened (${error instanceof Error ? error.message : String(error)}). It needs a browser of 2023 or later.`;
    return;
  }
  coloured();
  header();
  document.querySelector(".skip")!.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("main")!.focus();
  });
  addEventListener("beforeprint", () => document.querySelectorAll<HTMLButtonElement>("button.more").forEach((more) => more.click()));
  Object.assign(globalThis, { her2kg });
  addEventListener("hashchange", () => {
    (document.getElementById("search") as HTMLInputElement).value = "";
    void show();
  });
  await show();
}

void start();
