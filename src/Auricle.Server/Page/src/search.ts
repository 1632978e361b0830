import { address, call, index, send, type Hit } from "./api";
import { clock, el, readable } from "./dom";
import type { Page, View } from "./main";

/** Searches the index of the server's machine, by words and by sounds. */
export function search(page: Page): View {
  const text = el("input", { type: "search", id: "text", placeholder: "rain on a tin roof", autocomplete: "off" });
  const not = el("input", { type: "text", id: "not", placeholder: "voices" });
  const under = el("input", { type: "text", id: "under", placeholder: "/home/me/recordings" });
  const shortest = el("input", { type: "number", id: "shortest", min: "0", step: "any" });
  const longest = el("input", { type: "number", id: "longest", min: "0", step: "any" });
  const like = el("input", { type: "file", id: "like", accept: "audio/*,video/*" });
  const results = el("ol", { class: "hits", "aria-label": "Results" });
  const message = el("p", { class: "hint", role: "status" });
  const player = el("audio", { class: "hidden" });
  let stopAt = Infinity;
  player.addEventListener("timeupdate", () => { if (player.currentTime >= stopAt) player.pause(); });
  const form = el("form", { class: "search", onsubmit: (event: Event) => { event.preventDefault(); void run(); } },
    el("label", { for: "text" }, "What is to be heard"), el("div", { class: "row" }, text, el("button", { type: "submit", class: "primary" }, "Search")),
    el("details", { class: "options" }, el("summary", {}, "More"), el("div", { class: "grid" },
      el("label", { for: "like" }, "Like this sound", like), el("label", { for: "not" }, "But not", not), el("label", { for: "under" }, "In the folder", under),
      el("label", { for: "shortest" }, "At least (s)", shortest), el("label", { for: "longest" }, "At most (s)", longest))));
  const element = el("div", { class: "view" }, el("h1", {}, "Search"), form, message, results, player);
  results.addEventListener("keydown", event => {
    const buttons = [...results.querySelectorAll<HTMLButtonElement>("button.play")];
    const place = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next = event.key === "ArrowDown" ? place + 1 : event.key === "ArrowUp" ? place - 1 : undefined;
    if (place >= 0 && next !== undefined && buttons[next]) { event.preventDefault(); buttons[next].focus(); }
  });
  return { title: "Search", element, shown: () => void state(), hidden: () => player.pause() };

  async function state(): Promise<void> {
    if (results.children.length > 0) return;
    try {
      const known = await index();
      message.textContent = `${known.files} files, ${Math.round(known.seconds / 360) / 10} hours, indexed by ${known.model}.`;
    } catch (error) {
      message.textContent = (error as Error).message;
    }
  }

  async function run(from?: Hit): Promise<void> {
    if (!text.value && !like.files?.length && !from) { message.textContent = "Say what is to be heard, or choose a sound."; return; }
    message.textContent = "Searching…";
    page.status("searching");
    const options: Record<string, string> = { top: "30", explain: "true" };
    for (const [name, field] of [["text", text], ["not", not], ["under", under], ["min_seconds", shortest], ["max_seconds", longest]] as [string, HTMLInputElement][]) if (field.value) options[name] = field.value;
    try {
      let answer: { hits: Hit[] };
      if (from) {
        const sound = await (await call(address("/v1/index/sound", { file: from.file }))).blob();
        delete options.text;
        answer = await send("/v1/search", sound, "like", options);
      } else if (like.files?.length) {
        answer = await send("/v1/search", like.files[0], like.files[0].name, options);
      } else {
        answer = await (await call("/v1/search?" + new URLSearchParams(options), { method: "POST" })).json();
      }
      show(answer.hits);
      message.textContent = answer.hits.length === 0 ? "Nothing fits; leave out a condition, or use other words." : `${answer.hits.length} sounds`;
    } catch (error) {
      message.textContent = (error as Error).message;
    }
    page.status("");
  }

  function show(hits: Hit[]): void {
    const best = Math.max(...hits.map(hit => hit.score), 1e-9);
    results.replaceChildren(...hits.map(hit => {
      const name = hit.file.split("/").at(-1)!;
      return el("li", {},
        el("button", { class: "play", onclick: () => void play(hit), "aria-label": `Play ${name} from ${clock(hit.start)}` }, "▶"),
        el("div", {}, el("strong", { title: hit.file }, name), el("span", { class: "hint" }, ` ${clock(hit.start)}–${clock(hit.end)} of ${clock(hit.duration)}`),
          hit.labels?.length ? el("span", { class: "hint" }, ` · ${hit.labels.map(tag => readable(tag.label)).join(", ")}`) : null,
          el("div", { class: "bar", role: "img", "aria-label": `Score ${hit.score.toFixed(2)}` }, el("i", { style: `width:${Math.max(0, 100 * hit.score / best)}%` })),
          el("div", { class: "where", "aria-hidden": "true" }, el("i", { style: `left:${100 * hit.start / hit.duration}%;width:${Math.max(1, 100 * (hit.end - hit.start) / hit.duration)}%` }))),
        el("span", { class: "score" }, hit.score.toFixed(2)),
        el("button", { class: "small", onclick: () => void run(hit), "aria-label": `Sounds like ${name}` }, "like this"));
    }));
  }

  async function play(hit: Hit): Promise<void> {
    const source = address("/v1/index/sound", { file: hit.file });
    if (player.src === source && !player.paused && player.currentTime >= hit.start && player.currentTime < hit.end) { player.pause(); return; }
    stopAt = hit.end;
    if (player.src !== source) player.src = source;
    player.currentTime = hit.start;
    try { await player.play(); } catch { message.textContent = "This browser cannot play the file; open it with another program."; }
  }
}
