// Small helpers to make elements and say things.

type Child = Node | string | null | undefined | false;
type Properties = Record<string, unknown> & { class?: string };

/** An element with properties, listeners (onclick …), attributes (aria-…, data-…) and children. */
export function el<K extends keyof HTMLElementTagNameMap>(name: K, properties: Properties = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [property, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (property === "class") element.className = String(value);
    else if (property.includes("-") || property === "role" || property === "for" || property === "list") element.setAttribute(property, String(value));
    else (element as unknown as Record<string, unknown>)[property] = value;
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}

/** Minutes and seconds, with tenths where asked for. */
export function clock(seconds: number, tenths = false): string {
  const whole = tenths ? Math.floor(seconds * 10) / 10 : Math.round(seconds);
  const rest = whole % 60;
  return `${Math.floor(whole / 60)}:${tenths ? rest.toFixed(1).padStart(4, "0") : String(Math.floor(rest)).padStart(2, "0")}`;
}

export function readable(label: string): string { return label.replaceAll("_", " "); }

/** Offers text or bytes as a file. */
export function download(name: string, content: BlobPart, type: string): void {
  const link = el("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A setting of the view, which is all that the page keeps. */
export function setting(name: string, fallback: string): string {
  try { return localStorage.getItem(`auricle.${name}`) ?? fallback; } catch { return fallback; }
}

export function keep(name: string, value: string): void {
  try { localStorage.setItem(`auricle.${name}`, value); } catch { /* a private window keeps nothing */ }
}
