import "./style.css";
import { call, models, setKey, Problem, type Model } from "./api";
import { el, keep, setting } from "./dom";
import { about } from "./about";
import { files } from "./files";
import { listen } from "./listen";
import { search } from "./search";

/** A part of the page with its own address; it is made once and keeps what it holds. */
export interface View { title: string; element: HTMLElement; shown?(): void; hidden?(): void }

export interface Page {
  readonly models: Model[];
  status(text: string): void;
  open(file: File): void;
}

const main = document.querySelector<HTMLElement>("#main")!;
const line = document.querySelector<HTMLElement>("#status")!;
let known: Model[] = [];
let running = "";
let current: View | undefined;

const page: Page = {
  get models() { return known; },
  status(text) { running = text; showStatus(); },
  open(file) { go("files"); views.files.add([file]); },
};

const views = { listen: listen(page), files: files(page), search: search(page), about: about(page) };
type Name = keyof typeof views;

function nameOf(path: string): Name {
  const name = path.replaceAll("/", "");
  return name in views ? name as Name : "files";
}

function show(name: Name): void {
  if (current === views[name]) return;
  current?.hidden?.();
  current = views[name];
  main.replaceChildren(current.element);
  document.title = `${current.title} – Auricle`;
  document.querySelectorAll("nav a").forEach(link => {
    if ((link as HTMLElement).dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  });
  current.shown?.();
}

function go(name: Name): void {
  history.pushState(null, "", `/${name}`);
  show(name);
}

document.addEventListener("click", event => {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-view]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.dataset.view as Name);
  main.focus({ preventScroll: true });
});
addEventListener("popstate", () => show(nameOf(location.pathname)));

let isAway = false;

function showStatus(): void {
  line.classList.toggle("away", isAway);
  const model = known[0];
  line.textContent = isAway ? "The server is away; trying again every few seconds. What is on this page stays."
    : [model ? `Model ${model.id} (${model.system})` : "", location.hostname === "localhost" || location.hostname.startsWith("127.") ? "on this machine" : `on ${location.hostname}`, running].filter(Boolean).join(" · ");
}

async function look(): Promise<void> {
  try {
    await call("/healthz");
    if (known.length === 0 || isAway) {
      known = await models();
      dispatchEvent(new Event("models"));
    }
    isAway = false;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) await ask();
    else isAway = true;
  }
  showStatus();
  setTimeout(look, isAway ? 2000 : 10_000);
}

/** Asks for the server's key, until one fits. */
function ask(): Promise<void> {
  return new Promise(resolve => {
    const input = el("input", { type: "password", id: "key", autocomplete: "off", required: true });
    const dialog = el("dialog", { "aria-labelledby": "key-title" }, el("form", { method: "dialog", onsubmit: () => { setKey(input.value); } },
      el("h2", { id: "key-title" }, "This server wants a key"),
      el("label", { for: "key" }, "Key, as whoever runs the server has it"), input,
      el("p", {}, "It is kept only while this page is open."), el("button", { type: "submit", class: "primary" }, "Go on")));
    dialog.addEventListener("close", () => { dialog.remove(); resolve(); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

const theme = document.querySelector<HTMLSelectElement>("#theme")!;
theme.value = setting("theme", "auto");
document.documentElement.dataset.theme = theme.value;
theme.addEventListener("change", () => {
  keep("theme", theme.value);
  document.documentElement.dataset.theme = theme.value;
});

show(nameOf(location.pathname));
void look();
