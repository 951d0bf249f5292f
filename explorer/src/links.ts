// Links to things, to proofs and to sources; the mark of a verdict.
import { address, type Cell, data, isSource, isThing, kindsOf, type Thing, thing } from "./data";
import { add, button, type Child, h } from "./dom";
import type { Part } from "./cells";
import { href, pathOf } from "./place";

/** A thing, linked if it is of a kind whose pages say more than its name; `always` links whatever has a page. */
export function link(of: Thing, always = false): Node {
  const kinds = kindsOf(of.id);
  const told = always ? kinds.length > 0 : data.pages.sections.some(({ kind }) => kinds.includes(kind));
  return told ? h("a", { href: href(pathOf(of.id)) }, of.label) : document.createTextNode(of.label);
}

/** The drawing of an outcome's mark, as figures have it; without a text of its own, as a word stands beside it. */
export function drawing(outcome: string): SVGElement {
  const { svg } = data.marks[outcome] ?? data.marks[""];
  const drawn = document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true) as unknown as SVGElement;
  for (const name of ["role", "aria-labelledby"]) drawn.removeAttribute(name);
  for (const part of drawn.querySelectorAll("title, desc, style, rect.fill-ground")) part.remove();
  return drawn;
}

export function mark(outcome: string): Node {
  return h("span", { class: "mark", "aria-hidden": "true" }, drawing(outcome));
}

/** An outcome: mark and word, linked to its proof where one is known. */
export function verdict(outcome: Thing, proof?: string): Node {
  const inside: Child[] = [mark(outcome.id), h("span", {}, outcome.label)];
  const role = data.marks[outcome.id]?.role ?? "pending";
  if (!proof) return h("span", { class: `verdict ${role}` }, inside);
  return h("a", { class: `verdict ${role}`, href: proof, title: "Why: the proof of this verdict" }, inside);
}

/** The address of the proof of the verdict in a row: of its agent, else of its study, else of what the page is about. */
export function proofOf(row: Record<string, Cell>, about?: Thing): string | undefined {
  const named = [row.agent, row.study, about].filter((cell): cell is Thing => isThing(cell as Cell));
  const subject = named.find(({ id }) => kindsOf(id).includes("Agent")) ?? named.find(({ id }) => kindsOf(id).includes("Study"));
  if (!subject) return undefined;
  // On the page of a study its own proof says more than that of an agent in all its studies.
  const study = isThing(row.study) ? row.study : about && kindsOf(about.id).includes("Study") ? about : undefined;
  return href(["why", pathOf((study ?? subject).id)[1]]);
}

let opened: HTMLElement | undefined;

/** A number in brackets that opens what it stands for: the source, the place in it, where to read it. */
export function cite(source: Thing, number: number, place: string): HTMLElement {
  return button(`[${number}]`, (event) => show(event.currentTarget as HTMLElement, source, place), {
    class: "cite",
    "aria-label": `source ${number}: ${source.label}`,
    "aria-haspopup": "dialog",
  });
}

function show(from: HTMLElement, source: Thing, place: string): void {
  opened?.remove();
  const web = address(source.id);
  const box = h(
    "div",
    { class: "source-box", popover: "auto", role: "dialog", "aria-label": "Source", tabindex: "-1" },
    h("p", {}, h("strong", {}, source.label)),
    place && h("p", {}, "Place: ", place),
    h("p", {}, h("a", { href: href(pathOf(source.id)) }, "everything from this source"), web && [" · ", external(web)]),
  );
  opened = box;
  from.after(box);
  box.addEventListener("toggle", (event) => {
    if ((event as ToggleEvent).newState === "closed") box.remove();
  });
  box.showPopover();
  const { left, bottom } = from.getBoundingClientRect();
  box.style.left = `${Math.max(8, Math.min(left, innerWidth - box.offsetWidth - 8))}px`;
  box.style.top = `${bottom + box.offsetHeight + 8 > innerHeight ? Math.max(8, bottom - box.offsetHeight - 28) : bottom + 6}px`;
  box.focus();
}

export function external(address: string): HTMLElement {
  if (!/^https?:\/\//.test(address)) return h("span", {}, address);
  const said = address.replace(/^https:\/\/doi\.org\//, "doi:").replace(/^https?:\/\/(www\.)?/, "");
  return h("a", { href: address, rel: "noopener noreferrer external" }, said.length > 60 ? `${said.slice(0, 57)}…` : said);
}

/** Pieces of text with their things linked and their sources cited. */
export function rendered(parts: Part[], cited?: Map<string, number>, place = "", always = false): Child[] {
  return parts.map((part) => {
    if (typeof part === "string") return part;
    const number = cited?.get(part.id);
    return number === undefined ? link(part, always) : cite(part, number, place);
  });
}

/** The numbered list under a table or page. */
export function sourceList(sources: Map<string, string[]>): Node | null {
  if (!sources.size) return null;
  const list = h("ol", { class: "sources" });
  for (const [id, places] of sources) {
    const web = address(id);
    const item = h("li", {}, link(thing(id)));
    add(item, [places.length > 0 && ` (${places.join("; ")})`, web && [" ", external(web)]]);
    list.append(item);
  }
  return h("section", { class: "source-list" }, h("h2", {}, "Sources"), list);
}

export function numbered(sources: Map<string, string[]>): Map<string, number> {
  return new Map([...sources.keys()].filter(isSource).map((id, i) => [id, i + 1]));
}
