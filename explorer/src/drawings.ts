// Figures that Python drew, shown for the days they hold for.
import { answer } from "./asking";
import { data, type Drawing, type Values } from "./data";
import { button, type Child, h, save } from "./dom";
import { command } from "./pages";
import { here, href } from "./place";

/** The drawing of a kind that holds for a day: made for it, or for another on which the same was known. */
export async function drawingFor(kind: string, endpoint: string, asOf: string): Promise<{ drawing?: Drawing; made: Drawing[] }> {
  const made = data.drawings.filter((one) => one.kind === kind && one.endpoint === endpoint);
  const exact = made.find((one) => one.day === asOf);
  if (exact || !made.length) return { drawing: exact, made };
  const values: Values = endpoint ? { endpoint: `her2:${endpoint}` } : {};
  const rows = async (day: string) => JSON.stringify((await answer(made[0].query, values, day)).rows);
  const wanted = await rows(asOf);
  for (const drawing of made) if ((await rows(drawing.day)) === wanted) return { drawing, made };
  return { made };
}

export function drawn(drawing: Drawing | undefined, made: Drawing[], told: string, name: string): Child {
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

/** The width that a figure will have once it is on the page. */
export function room(): number {
  const main = document.getElementById("main")!;
  const { paddingLeft, paddingRight } = getComputedStyle(main);
  return main.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
}
