import { el } from "./dom";
import type { Page } from "./main";

export interface Wanted { element: HTMLElement; model(): string; values(file: Blob): Promise<Record<string, string>> }

// Longer sounds are described stretch by stretch.
const longestWhole = 30;
const stretch = "10";

/** What is asked of a captioner, folded away until it is wanted. */
export function options(page: Page): Wanted {
  const model = el("select", { id: "model" });
  const task = el("select", { id: "task" });
  const number = (id: string, least: string, step: string): HTMLInputElement => el("input", { type: "number", id, min: least, step, placeholder: "the model's own" });
  const [beam, candidates, temperature, topK, seed] = [number("beam", "1", "1"), number("candidates", "1", "1"), number("temperature", "0", "0.1"), number("topk", "1", "1"), number("seed", "0", "1")];
  const how = el("select", { id: "how" }, el("option", { value: "search" }, "the most probable"), el("option", { value: "draw" }, "drawn at random, by a seed"));
  const drawn = el("div", { class: "grid", hidden: true }, field("Temperature", temperature), field("Top k", topK), field("Seed", seed));
  how.addEventListener("change", () => { drawn.hidden = how.value !== "draw"; });
  candidates.value = "3";
  const element = el("details", { class: "options" }, el("summary", {}, "Options"),
    el("div", { class: "grid" }, field("Model", model), field("Style", task), field("Sentences", candidates), field("Beam", beam), field("Sentences are", how)), drawn);

  function fill(): void {
    const chosen = model.value;
    model.replaceChildren(...page.models.filter(item => item.roles.includes("captions")).map(item => el("option", { value: item.id }, `${item.id} (${item.system})`)));
    if (chosen) model.value = chosen;
    styles();
  }

  function styles(): void {
    const tasks = page.models.find(item => item.id === model.value)?.tasks ?? [];
    task.replaceChildren(el("option", { value: "" }, tasks.length > 0 ? "the model's own" : "only one"), ...tasks.map(name => el("option", { value: name }, name)));
    task.disabled = tasks.length === 0;
  }

  model.addEventListener("change", styles);
  addEventListener("models", fill);
  fill();

  return {
    element,
    model: () => model.value,
    async values(file) {
      const values: Record<string, string> = {};
      const put = (name: string, value: string): void => { if (value) values[name] = value; };
      put("model", model.value);
      put("task", task.value);
      put("candidates", candidates.value);
      if (how.value === "draw") {
        put("temperature", temperature.value || "1");
        put("top_k", topK.value);
        put("seed", seed.value || "0");
      } else {
        put("beam", beam.value);
      }
      const seconds = await lengthOf(file);
      if (page.models.find(item => item.id === model.value)?.placesWords) values.timestamps = "true";
      if (seconds === undefined || seconds > longestWhole) values.segments = stretch;
      return values;
    },
  };
}

function field(title: string, control: HTMLElement): HTMLElement { return el("label", { for: control.id }, title, control); }

/** The length of a sound, as far as the browser can tell. */
export function lengthOf(file: Blob): Promise<number | undefined> {
  return new Promise(resolve => {
    const player = new Audio();
    const url = URL.createObjectURL(file);
    const end = (seconds?: number): void => { URL.revokeObjectURL(url); resolve(seconds); };
    player.preload = "metadata";
    player.onloadedmetadata = () => end(Number.isFinite(player.duration) ? player.duration : undefined);
    player.onerror = () => end(undefined);
    player.src = url;
  });
}
