// Selections of a named query's parameters.
import { inWords } from "./asking";
import { all, type Values } from "./data";
import { h } from "./dom";
import { here, href } from "./place";

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

/** What holds where nothing is chosen. */
function usual(parameter: { default: string }): string {
  const words = inWords(parameter.default);
  return words ? `usual: ${words}` : "any";
}
