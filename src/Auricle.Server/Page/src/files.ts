import { send, type Caption } from "./api";
import { clock, download, el, readable } from "./dom";
import { csv, vtt, type Cue } from "./formats";
import type { Page, View } from "./main";
import { options } from "./options";
import { soundView } from "./sound";

export interface Item {
  file: File; name: string; state: "waiting" | "sending" | "listening" | "done" | "failed" | "cancelled";
  progress: number; result?: Caption; error?: string; cancel: AbortController;
}

const atOnce = 3;
type Column = "name" | "length" | "caption" | "tags" | "state";

/** The captions of an item with their times. */
export function cues(result: Caption): Cue[] {
  return result.segments.length > 0 ? result.segments.map(segment => ({ start: segment.start, end: segment.end, text: segment.caption }))
    : [{ start: 0, end: result.duration, text: result.caption }];
}

export function files(page: Page): View & { add(files: File[]): void } {
  const items: Item[] = [];
  let sort: { column: Column; up: boolean } = { column: "name", up: true };
  let opened: Item | undefined;
  let closeSound = (): void => {};

  const picker = el("input", { type: "file", multiple: true, accept: "audio/*,video/*", class: "hidden", id: "picker", tabIndex: -1, "aria-label": "Choose files", onchange: () => { add([...picker.files ?? []]); picker.value = ""; } });
  const zone = el("button", { class: "drop", onclick: () => picker.click() },
    el("strong", {}, "Drop sounds or films here, or choose files"),
    el("span", {}, "You can paste, too. One file opens at once; several, or a folder, become a table."));
  const wanted = options(page);
  const filter = el("input", { type: "search", id: "filter", placeholder: "part of a name, caption or tag", oninput: () => draw() });
  const table = el("tbody");
  const heads = el("tr");
  const tools = el("div", { class: "row" });
  const batch = el("section", { class: "batch", hidden: true, "aria-label": "Files" },
    el("div", { class: "row" }, el("label", { for: "filter" }, "Show only"), filter, tools),
    el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Table of files" }, el("table", {}, el("thead", {}, heads), table)));
  const sound = el("section", { class: "sound", hidden: true, "aria-label": "Sound" });
  const said = el("p", { class: "visually-hidden", "aria-live": "polite" });
  const element = el("div", { class: "view" }, el("h1", {}, "Files"), zone, picker, wanted.element, batch, sound, said);

  for (const [column, title] of [["name", "Name"], ["length", "Length"], ["caption", "Caption"], ["tags", "Tags"], ["state", "State"]] as [Column, string][]) {
    heads.append(el("th", { scope: "col", "data-column": column }, el("button", { class: "plain", onclick: () => { sort = { column, up: sort.column === column ? !sort.up : true }; draw(); } }, title)));
  }
  tools.append(
    el("button", { onclick: () => items.forEach(item => { if (isOpen(item)) cancel(item); }) }, "Cancel all"),
    el("button", { onclick: () => { items.forEach(cancel); items.length = 0; close(); draw(); } }, "Clear"),
    el("button", { onclick: () => download("captions.csv", csv([["file", "seconds", "caption", "score", "tags", "error"], ...items.map(row)]), "text/csv") }, "Save csv"),
    el("button", { onclick: () => download("captions.json", JSON.stringify(items.map(item => item.result ?? { file: item.name, error: item.error ?? item.state }), null, 1), "application/json") }, "Save json"),
    el("button", { onclick: () => items.forEach(item => { if (item.result) download(item.name.replace(/\.[^.]*$/, "") + ".vtt", vtt(cues(item.result)), "text/vtt"); }) }, "Save vtt"));

  element.addEventListener("dragover", event => { event.preventDefault(); zone.classList.add("over"); });
  element.addEventListener("dragleave", () => zone.classList.remove("over"));
  element.addEventListener("drop", event => { event.preventDefault(); zone.classList.remove("over"); void dropped(event.dataTransfer!).then(add); });
  addEventListener("paste", event => { if (element.isConnected && event.clipboardData?.files.length) add([...event.clipboardData.files]); });

  return { title: "Files", element, add, hidden: () => closeSound() };

  function row(item: Item): (string | number)[] {
    const result = item.result;
    return [item.name, result ? Math.round(result.duration * 1000) / 1000 : "", result?.caption ?? "", result?.score ?? "", result ? tagsOf(result).join("; ") : "", item.error ?? ""];
  }

  function tagsOf(result: Caption): string[] {
    return [...new Set([...result.tags, ...result.segments.flatMap(segment => segment.tags)].map(tag => readable(tag.label)))];
  }

  function isOpen(item: Item): boolean { return item.state === "waiting" || item.state === "sending" || item.state === "listening"; }

  function add(added: File[]): void {
    if (added.length === 0) return;
    const fresh = added.map((file): Item => ({ file, name: file.webkitRelativePath || file.name || "recording.wav", state: "waiting", progress: 0, cancel: new AbortController() }));
    items.push(...fresh);
    if (items.length === 1) open(items[0]);
    else if (fresh.length > 1) close();
    draw();
    next();
  }

  function next(): void {
    while (items.filter(item => item.state === "sending" || item.state === "listening").length < atOnce) {
      const item = items.find(candidate => candidate.state === "waiting");
      if (!item) break;
      void run(item);
    }
    const left = items.filter(isOpen).length;
    page.status(left > 0 ? `${left} of ${items.length} files to go` : "");
  }

  async function run(item: Item): Promise<void> {
    item.state = "sending";
    draw();
    try {
      item.result = await send<Caption>("/v1/captions", item.file, item.name, await wanted.values(item.file), item.cancel.signal, share => {
        item.progress = share;
        if (share === 1) item.state = "listening";
        draw();
      });
      item.state = "done";
      said.textContent = `${item.name}: ${item.result.caption}`;
    } catch (error) {
      const cancelled = (error as Error).name === "AbortError";
      item.state = cancelled ? "cancelled" : "failed";
      item.error = cancelled ? undefined : (error as Error).message;
      said.textContent = item.error ?? `${item.name} cancelled`;
    }
    if (opened === item) open(item);
    draw();
    next();
  }

  function cancel(item: Item): void {
    item.cancel.abort();
    if (item.state === "waiting") item.state = "cancelled";
    draw();
  }

  function open(item: Item): void {
    close();
    opened = item;
    const view = soundView(page, item, wanted, close);
    closeSound = view.close;
    sound.replaceChildren(view.element);
    sound.hidden = false;
  }

  function close(): void {
    closeSound();
    closeSound = () => {};
    opened = undefined;
    sound.hidden = true;
    sound.replaceChildren();
    draw();
  }

  function draw(): void {
    batch.hidden = items.length < 2;
    const text = filter.value.toLowerCase();
    const key = (item: Item): string | number => ({
      name: item.name.toLowerCase(), length: item.result?.duration ?? 0, caption: item.result?.caption ?? "", tags: item.result ? tagsOf(item.result).join() : "", state: item.state,
    })[sort.column];
    const shown = items.filter(item => [item.name, item.result?.caption ?? "", item.result ? tagsOf(item.result).join(" ") : ""].some(part => part.toLowerCase().includes(text)))
      .sort((a, b) => { const [x, y] = [key(a), key(b)]; return (x < y ? -1 : x > y ? 1 : 0) * (sort.up ? 1 : -1); });
    for (const head of heads.children) head.setAttribute("aria-sort", (head as HTMLElement).dataset.column === sort.column ? (sort.up ? "ascending" : "descending") : "none");
    const focused = document.activeElement?.id;
    table.replaceChildren(...shown.map((item, i) => el("tr", { class: item === opened ? "opened" : "" },
      el("td", {}, el("button", { class: "plain name", id: `open-${i}`, onclick: () => { open(item); draw(); sound.scrollIntoView({ block: "start" }); } }, item.name)),
      el("td", {}, item.result ? clock(item.result.duration) : ""),
      el("td", {}, item.result?.caption ?? (item.error ? el("span", { class: "error" }, item.error) : "")),
      el("td", {}, item.result ? tagsOf(item.result).slice(0, 3).join(", ") : ""),
      el("td", {}, item.state === "sending" ? `sending, ${Math.round(item.progress * 100)} %` : item.state,
        isOpen(item) && el("button", { class: "small", onclick: () => cancel(item), "aria-label": `Cancel ${item.name}` }, "Cancel")))));
    if (focused) document.getElementById(focused)?.focus();
  }
}

/** The files of what was dropped, those of folders too. */
async function dropped(data: DataTransfer): Promise<File[]> {
  const entries = [...data.items].map(item => item.webkitGetAsEntry?.()).filter(entry => entry !== null && entry !== undefined);
  if (entries.length === 0) return [...data.files];
  const found: File[] = [];
  async function walk(entry: FileSystemEntry): Promise<void> {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      if (entries.length === 1 && entries[0].isFile || /\.(wav|flac|mp3|ogg|oga|opus|m4a|aac|aif|aiff|mp4|mkv|webm|mov|wma|amr|3gp)$/i.test(file.name)) found.push(file);
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (part.length === 0) break;
      for (const inner of part) await walk(inner);
    }
  }
  for (const entry of entries) await walk(entry);
  return found.length > 0 ? found : [...data.files];
}
