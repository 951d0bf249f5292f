// Elements in one line each; text is always text, so nothing from the graph or an address is read as HTML.

export type Child = Node | string | number | false | null | undefined | Child[];
type Attributes = Record<string, string | number | boolean | undefined | ((event: never) => void)>;

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  set(element, attributes);
  add(element, children);
  return element;
}

export function s(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(element, attributes);
  add(element, children);
  return element;
}

function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

export function add(element: Element, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) add(element, child);
    else if (child !== false && child !== null && child !== undefined) element.append(child instanceof Node ? child : String(child));
  }
}

/** Tell a reader who does not see the page what happened. */
export function say(text: string): void {
  document.getElementById("said")!.textContent = text;
}

export function save(name: string, content: string | Blob, type = "text/plain"): void {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export function button(label: string, click: (event: Event) => void, attributes: Attributes = {}): HTMLButtonElement {
  return h("button", { type: "button", click, ...attributes }, label);
}

export function copies(label: string, text: () => string): HTMLButtonElement {
  return button(label, async (event) => {
    const pressed = event.currentTarget as HTMLButtonElement;
    const copied = await copy(text());
    pressed.textContent = copied ? "copied" : "not allowed by the browser";
    say(pressed.textContent);
    setTimeout(() => (pressed.textContent = label), 1500);
  });
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A page from file:// may have no clipboard of the new kind.
    const box = h("textarea", { "aria-hidden": "true", class: "quiet" }, text);
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }
}
