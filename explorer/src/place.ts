// Where the reader is: a path and parameters behind the #, so that every view can be linked to, also from file://.
import { data, kindsOf, type Values } from "./data";

export interface Place {
  path: string[];
  values: Values;
  asOf: string;
}

export function here(): Place {
  const [, path, search] = /^#?\/?([^?]*)\??(.*)$/s.exec(location.hash)!;
  const values = Object.fromEntries(new URLSearchParams(search));
  const { as_of: asOf = "", ...rest } = values;
  return { path: path.split("/").filter(Boolean).map(decoded), values: rest, asOf: day(asOf) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A month or a year stands for its last day; what is no day is kept, to be refused by whoever uses it. */
function day(text: string): string {
  const found = /^(\d{4})(?:-(\d{2}))?$/.exec(text);
  if (!found) return text;
  const [, year, month = "12"] = found;
  return `${year}-${month}-${String(new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()).padStart(2, "0")}`;
}

export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
}

/** A link to a view of this page, which keeps the day. */
export function href(path: string[], values: Values = {}, asOf = here().asOf): string {
  const search = new URLSearchParams({ ...values, ...(asOf ? { as_of: asOf } : {}) }).toString();
  return `#/${path.map((part) => encodeURIComponent(part).replaceAll("%3A", ":")).join("/")}${search ? `?${search}` : ""}`;
}

/** The path of a thing's page: its first kind that has sections, and its name. */
export function pathOf(id: string): string[] {
  const kinds = kindsOf(id);
  const slug = data.pages.sections.find((section) => kinds.includes(section.kind))?.slug ?? "thing";
  return [slug, id.startsWith("kg:") ? id.slice(3) : id];
}
