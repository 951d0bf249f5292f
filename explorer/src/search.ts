// Search as you type: things by any of their names, and the questions that named queries answer.
import { aliasesOf, all, data, kindsOf, nameKey, type Thing, thing } from "./data";
import { h, say } from "./dom";
import { href, pathOf } from "./place";

interface Hit {
  label: string;
  said: string;
  path: string[];
  values?: Record<string, string>;
  score: number;
}

const MOST = 12;
const NOTHING: Hit = { label: "Nothing goes by this name: look through all questions", said: "", path: ["queries"], score: 0 };
let things: { of: Thing; keys: string[]; kind: string }[] | undefined;

function indexed() {
  things ??= data.pages.sections.flatMap(({ kind }) =>
    all(kind)
      // A thing of several kinds is found once, under the first.
      .filter(({ id }) => data.pages.sections.find((section) => kindsOf(id).includes(section.kind))?.kind === kind)
      .map((of) => ({ of, keys: [of.label, ...aliasesOf(of.id)].map((name) => name.toLowerCase()), kind: thing(`her2:${kind}`).label })),
  );
  return things;
}

export function hits(text: string): Hit[] {
  const wanted = text.trim().toLowerCase();
  const key = nameKey(wanted);
  if (!key) return [];
  const words = wanted.split(/\s+/);
  const found: Hit[] = [];
  indexed().forEach(({ of, keys, kind }, i) => {
    let score = 0;
    keys.forEach((name, alias) => {
      const own = nameKey(name);
      // The closer a name is to what was typed the better, and a label is closer than another name.
      const near = (10 * key.length) / own.length - (alias ? 5 : 0);
      if (own === key) score = Math.max(score, 100 + near);
      else if (own.startsWith(key)) score = Math.max(score, 60 + near);
      else if (words.every((word) => name.includes(word))) score = Math.max(score, 30 + near);
    });
    if (score) found.push({ label: of.label, said: kind, path: pathOf(of.id), score: score - i / 10_000 });
  });
  for (const { name, summary, questions } of data.queries) {
    const best = questions
      .map(({ text: question, parameters }) => ({ question, parameters, matched: words.filter((word) => word.length > 2 && question.toLowerCase().includes(word)).length }))
      .sort((a, b) => b.matched - a.matched || a.question.length - b.question.length)[0];
    const needed = words.filter((word) => word.length > 2).length;
    if (best && needed && best.matched === needed) found.push({ label: best.question, said: "question", path: ["query", name], values: best.parameters, score: 20 - best.question.length / 100 });
    else if (needed && words.every((word) => `${summary} ${name}`.toLowerCase().includes(word))) found.push({ label: summary, said: "query", path: ["query", name], score: 10 });
  }
  if (!found.length) found.push(...misspelt(key));
  return found.sort((a, b) => b.score - a.score).slice(0, MOST);
}

/** Things with a name one or two letters away from what was typed. */
function misspelt(key: string): Hit[] {
  if (key.length < 5) return [];
  const most = key.length < 8 ? 1 : 2;
  return indexed().flatMap(({ of, keys, kind }) => {
    const away = Math.min(...keys.map((name) => (Math.abs(nameKey(name).length - key.length) > most ? most + 1 : distance(key, nameKey(name)))));
    return away > most ? [] : [{ label: of.label, said: kind, path: pathOf(of.id), score: -away }];
  });
}

/** The number of letters to add, leave out or change that make one word of the other (Levenshtein). */
function distance(one: string, other: string): number {
  let above = [...Array(other.length + 1).keys()];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) row.push(Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + Number(one[i - 1] !== other[j - 1])));
    above = row;
  }
  return above[other.length];
}

export function searchBox(): HTMLElement {
  const list = h("ul", { id: "hits", role: "listbox", "aria-label": "Found", hidden: true });
  const input = h("input", { id: "search", type: "search", role: "combobox", placeholder: innerWidth < 640 ? "Search" : "trial, agent, gene, question …", "aria-label": "Search", "aria-expanded": "false", "aria-controls": "hits", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false" });
  let found: Hit[] = [];
  let at = -1;
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    at = -1;
  };
  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    location.hash = href(hit.path, hit.values ?? {});
    input.value = "";
    close();
  };
  const mark = (to: number) => {
    at = found.length ? (to + found.length) % found.length : -1;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    if (at >= 0) input.setAttribute("aria-activedescendant", `hit-${at}`);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  input.addEventListener("input", () => {
    found = hits(input.value);
    // An empty list would leave the reader without a way on.
    if (!found.length && nameKey(input.value)) found = [NOTHING];
    list.replaceChildren(
      ...found.map((hit, i) => h("li", { id: `hit-${i}`, role: "option", "aria-selected": "false", mousedown: (event: Event) => event.preventDefault(), click: () => go(hit) }, h("span", {}, hit.label), h("span", { class: "muted" }, hit.said))),
    );
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    at = -1;
    input.removeAttribute("aria-activedescendant");
    say(!input.value ? "" : found[0] === NOTHING ? NOTHING.label : `${found.length} found`);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Enter") go(found[Math.max(at, 0)]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  return h("div", { class: "search", role: "search" }, input, list);
}
