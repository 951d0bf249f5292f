// Figures that Python drew for every day on which what they show changes; see her2kg.explorer.drawings.
import { data } from "./data";
import { button, type Child, h, save } from "./dom";
import { command } from "./pages";
import { here, href } from "./place";

function versionsOf(kind: string, endpoint: string): [string, number[]][] {
  return data.drawings.figures.find((one) => one.kind === kind && one.endpoint === endpoint)?.versions ?? [];
}

/** Whether there is such a figure on any day. */
export function isDrawn(kind: string, endpoint = ""): boolean {
  return versionsOf(kind, endpoint).length > 0;
}

/** A figure as known on a day, "" meaning now; empty where there was nothing to draw. */
export function drawingFor(kind: string, endpoint: string, asOf: string): string {
  const { day, lines } = data.drawings;
  const [, numbers] = versionsOf(kind, endpoint).findLast(([from]) => from <= (asOf || data.latest)) ?? ["", []];
  return numbers.map((number) => lines[number]).join("\n").replaceAll(day, asOf || data.made);
}

export function drawn(kind: string, endpoint: string, told: string, name: string): Child {
  const svg = drawingFor(kind, endpoint, here().asOf);
  if (!svg) {
    const first = versionsOf(kind, endpoint).find(([, numbers]) => numbers.length)?.[0];
    return h("p", { class: "none" }, "Nothing that it shows was known on this day.", first !== undefined && [" It begins on ", h("a", { href: href(here().path, here().values, first) }, first), "."]);
  }
  const holder = h("div", { class: "drawing scroll", tabindex: "0", role: "region", "aria-label": "drawing" });
  holder.innerHTML = svg; // made by her2kg when the page was built
  // A picture whose parts are links is not one thing to a screen reader.
  if (holder.querySelector("a")) holder.firstElementChild!.setAttribute("role", "group");
  return h("figure", {}, holder, h("figcaption", { class: "row" }, button("SVG", () => save(`${name}.svg`, svg, "image/svg+xml"))), command(told));
}

/** The width that a figure will have once it is on the page. */
export function room(): number {
  const main = document.getElementById("main")!;
  const { paddingLeft, paddingRight } = getComputedStyle(main);
  return main.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
}
