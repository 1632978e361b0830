import WaveSurfer from "wavesurfer.js";
import Regions from "wavesurfer.js/dist/plugins/regions.js";
import Spectrogram from "wavesurfer.js/dist/plugins/spectrogram.js";
import Timeline from "wavesurfer.js/dist/plugins/timeline.js";
import { send, type Caption, type TagResult } from "./api";
import { clock, download, el, readable } from "./dom";
import { familyOf, icon } from "./families";
import { cues, type Item } from "./files";
import { srt, vtt, wav } from "./formats";
import type { Page } from "./main";
import type { Wanted } from "./options";

const lanes = 10;
const closest = 20, widest = 400; // pixels a second

const mean = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** One sound: its wave and spectrogram, what was heard and when, and a player. */
export function soundView(page: Page, item: Item, wanted: Wanted, back: () => void): { element: HTMLElement; close(): void } {
  const canvas = el("div", { class: "wave", role: "img", "aria-label": "Wave and spectrogram" });
  const overlay = el("div", { class: "words", "aria-hidden": "true" });
  const tagLanes = el("div", { class: "lanes" });
  const place = el("span", { class: "clock" }, "0:00");
  const play = el("button", { class: "primary", onclick: () => void surfer?.playPause(), disabled: true }, "Play");
  const seek = el("input", { type: "range", min: "0", max: "1000", value: "0", "aria-label": "Place in the sound", oninput: () => surfer?.seekTo(Number(seek.value) / 1000) });
  const speed = el("select", { id: "speed", onchange: () => surfer?.setPlaybackRate(Number(speed.value)) }, ...["0.5", "1", "1.5", "2"].map(value => el("option", { value, selected: value === "1" }, `${value} ×`)));
  const zoomIn = el("button", { onclick: () => zoom(1.5), "aria-label": "Zoom in" }, "+");
  const zoomOut = el("button", { onclick: () => zoom(1 / 1.5), "aria-label": "Zoom out" }, "−");
  const describe = el("button", { disabled: true, onclick: () => void describeSelection() }, "Describe the selection");
  const selection = el("p", { class: "hint" }, "Drag over the wave to select a part.");
  const told = el("p", { class: "caption", "aria-live": "polite" });
  const family = el("span");
  const note = el("p", { class: "hint", hidden: true });
  const candidates = el("ol", { class: "candidates" });
  const segments = el("ol", { class: "segments" });
  const selected = el("p", { class: "selected", "aria-live": "polite" });
  const labels = el("input", { type: "search", id: "own-labels", placeholder: "rain, applause, frying", autocomplete: "off" });
  const verdict = el("p", { class: "hint", "aria-live": "polite" });
  let surfer: WaveSurfer | undefined;
  let pixels = 0;
  let region: { start: number; end: number } | undefined;
  let decoded: AudioBuffer | null = null;

  const element = el("div", {},
    el("div", { class: "row" }, el("h2", {}, item.name), el("span", { class: "hint" }, item.result ? clock(item.result.duration, true) : ""), el("button", { onclick: back }, "Close")),
    el("div", { class: "row" }, play, place, seek, el("label", { for: "speed" }, "Speed"), speed, zoomOut, zoomIn),
    el("div", { class: "picture" }, overlay, canvas), tagLanes, note,
    el("div", { class: "row" }, family, told),
    item.result && el("div", { class: "row" },
      el("button", { onclick: () => void navigator.clipboard.writeText(item.result!.caption) }, "Copy"),
      el("button", { onclick: () => download(stem() + ".vtt", vtt(cues(item.result!)), "text/vtt") }, "vtt"),
      el("button", { onclick: () => download(stem() + ".srt", srt(cues(item.result!)), "application/x-subrip") }, "srt"),
      el("button", { onclick: () => download(stem() + ".json", JSON.stringify(item.result, null, 1), "application/json") }, "json"), describe, selection),
    selected, candidates, segments,
    el("form", { class: "row", onsubmit: (event: Event) => { event.preventDefault(); void classify(); } },
      el("label", { for: "own-labels" }, "Which of these is it?"), labels, el("button", { type: "submit" }, "Compare"), verdict));
  element.addEventListener("keydown", event => {
    if (event.key === " " && !(event.target as Element).closest("button, input, select, a, summary")) { event.preventDefault(); void surfer?.playPause(); }
    if (event.key === "+") zoom(1.5);
    if (event.key === "-") zoom(1 / 1.5);
  });
  element.tabIndex = -1;
  showResult();
  void showWave();
  void showTags();
  return { element, close: () => { surfer?.destroy(); surfer = undefined; } };

  function stem(): string { return item.name.replace(/\.[^.]*$/, ""); }

  function showResult(): void {
    const result = item.result;
    if (!result) {
      told.textContent = item.error ?? (item.state === "cancelled" ? "Cancelled." : "Listening…");
      told.classList.toggle("error", item.error !== undefined);
      return;
    }
    told.textContent = result.caption;
    family.replaceChildren(icon(familyOf(result.tags, result.caption)));
    if (result.warnings.length > 0) { note.hidden = false; note.textContent = result.warnings.join(" "); }
    candidates.replaceChildren(...(result.candidates.length > 1 ? result.candidates.map(candidate => el("li", {}, candidate.caption, el("span", { class: "hint" }, ` ${candidate.score.toFixed(2)}`))) : []));
    segments.replaceChildren(...result.segments.map(segment => el("li", {},
      el("button", { class: "plain", onclick: () => surfer?.setTime(segment.start), "aria-label": `Go to ${clock(segment.start)}` }, `${clock(segment.start)}–${clock(segment.end)}`), ` ${segment.caption}`)));
  }

  /** Words over the time where they were heard; sentences of stretches where there are no words. */
  function showWords(length: number): void {
    const result = item.result;
    if (!result) return;
    const words = result.words ?? [];
    // Words that were heard at nearly the same time stand together.
    const near = Math.max(0.3, 0.06 * length);
    const phrases: { text: string; times: number[] }[] = [];
    for (const word of words) {
      const last = phrases.at(-1);
      if (last && Math.abs(word.time - mean(last.times)) < near) { last.text += ` ${word.word}`; last.times.push(word.time); }
      else phrases.push({ text: word.word, times: [word.time] });
    }
    if (phrases.length === 0) {
      overlay.replaceChildren(...cues(result).map(part => el("span", { style: `left:${100 * part.start / length}%;width:${100 * Math.max(0.01, part.end - part.start) / length}%`, title: part.text }, part.text)));
      return;
    }
    // Each stands at its time, in the first row that has room; towards the end of the sound it moves to the left.
    const [letter, margin, row] = [8, 16, 1.4];
    const across = overlay.clientWidth || 800;
    const ends: number[] = [];
    overlay.replaceChildren(...phrases.map(phrase => ({ ...phrase, time: mean(phrase.times) })).sort((x, y) => x.time - y.time).map(phrase => {
      const wide = letter * phrase.text.length + margin;
      const left = Math.max(0, Math.min(across * phrase.time / length, across - wide));
      let place = ends.findIndex(end => end <= left);
      if (place < 0) place = ends.push(0) - 1;
      ends[place] = left + wide;
      return el("span", { style: `left:${100 * left / across}%;top:${row * place}rem`, title: clock(phrase.time, true) }, phrase.text);
    }));
    overlay.style.height = overlay.parentElement!.style.paddingTop = `${row * ends.length + 0.2}rem`;
  }

  async function showWave(): Promise<void> {
    const regions = Regions.create();
    const colours = getComputedStyle(document.documentElement);
    const made = WaveSurfer.create({
      container: canvas, height: 96, sampleRate: 32000, normalize: true, waveColor: colours.getPropertyValue("--wave").trim(), progressColor: colours.getPropertyValue("--accent").trim(),
      cursorColor: colours.getPropertyValue("--text").trim(), cursorWidth: 2, minPxPerSec: 0,
      plugins: [regions, Timeline.create({ height: 18 }), Spectrogram.create({ labels: false, height: 128, scale: "mel", frequencyMax: 16000, fftSamples: 1024, colorMap: "roseus" } as never)],
    });
    surfer = made;
    made.on("ready", length => {
      play.disabled = false;
      decoded = made.getDecodedData();
      showWords(length);
      regions.enableDragSelection({ color: "rgb(46 160 67 / 25%)" });
    });
    made.on("play", () => { play.textContent = "Pause"; });
    made.on("pause", () => { play.textContent = "Play"; });
    made.on("timeupdate", time => {
      place.textContent = `${clock(time, true)} / ${clock(made.getDuration(), true)}`;
      seek.value = String(Math.round(1000 * time / made.getDuration()));
      seek.setAttribute("aria-valuetext", clock(time, true));
    });
    regions.on("region-created", created => {
      for (const other of regions.getRegions()) if (other !== created) other.remove();
      region = { start: created.start, end: created.end };
      describe.disabled = false;
      selection.textContent = `Selected ${clock(created.start, true)} to ${clock(created.end, true)}.`;
    });
    regions.on("region-updated", changed => {
      region = { start: changed.start, end: changed.end };
      selection.textContent = `Selected ${clock(changed.start, true)} to ${clock(changed.end, true)}.`;
    });
    try {
      await made.loadBlob(item.file);
    } catch {
      if (surfer !== made) return;
      note.hidden = false;
      note.textContent = "This browser cannot play the file, so there is no wave; what the server heard in it stands below.";
    }
  }

  async function showTags(): Promise<void> {
    try {
      const result = await send<TagResult>("/v1/tags", item.file, item.name, { timeline: "true", top: String(lanes), ...(wanted.model() ? { model: wanted.model() } : {}) }, item.cancel.signal);
      const times = result.timeline ?? [];
      if (times.length === 0) return;
      const likely = result.tags.slice(0, lanes).filter(tag => tag.probability >= 0.03 || times.some(moment => moment.tags.some(other => other.label === tag.label)));
      if (likely.length === 0) { tagLanes.replaceChildren(el("p", { class: "hint" }, "No label of the model is likely here.")); return; }
      const step = times.length > 1 ? times[1].time - times[0].time : result.duration;
      tagLanes.replaceChildren(...likely.map(tag => el("div", { class: "lane" },
        el("span", { class: "lane-name" }, `${readable(tag.label)} ${Math.round(100 * tag.probability)} %`),
        el("span", { class: "lane-time", "aria-hidden": "true", onclick: (event: MouseEvent) => surfer?.seekTo(event.offsetX / (event.currentTarget as HTMLElement).clientWidth) },
          ...times.map(moment => ({ moment, probability: moment.tags.find(other => other.label === tag.label)?.probability ?? 0 })).filter(({ probability }) => probability > 0)
            .map(({ moment, probability }) => el("i", { style: `left:${100 * Math.max(0, moment.time - step / 2) / result.duration}%;width:${100 * step / result.duration}%;opacity:${(0.15 + 0.85 * probability).toFixed(2)}` }))))));
    } catch { /* a model without tags has no lanes */ }
  }

  /** The probabilities of labels that the model was never trained for. */
  async function classify(): Promise<void> {
    verdict.textContent = "Listening…";
    try {
      const result = await send<TagResult>("/v1/classifications", item.file, item.name, { labels: labels.value, ...(wanted.model() ? { model: wanted.model() } : {}) });
      verdict.textContent = result.tags.map(tag => `${tag.label} ${Math.round(100 * tag.probability)} %`).join(", ");
    } catch (error) {
      verdict.textContent = (error as Error).message;
    }
  }

  function zoom(by: number): void {
    if (!surfer) return;
    const fit = canvas.clientWidth / Math.max(0.01, surfer.getDuration());
    pixels = Math.min(widest, Math.max(fit, (pixels || fit) * by));
    surfer.zoom(pixels <= fit * 1.01 ? 0 : Math.max(closest, pixels));
    overlay.hidden = pixels > fit * 1.01;
  }

  async function describeSelection(): Promise<void> {
    if (!region || !decoded) return;
    selected.textContent = "Listening…";
    const [first, last] = [Math.floor(region.start * decoded.sampleRate), Math.ceil(region.end * decoded.sampleRate)];
    const samples = new Int16Array(Math.max(0, Math.min(last, decoded.length) - first));
    for (let channel = 0; channel < decoded.numberOfChannels; channel++) {
      const data = decoded.getChannelData(channel);
      for (let i = 0; i < samples.length; i++) samples[i] += Math.round(Math.max(-1, Math.min(1, data[first + i])) * 32767 / decoded.numberOfChannels);
    }
    try {
      const values = await wanted.values(wav([samples], decoded.sampleRate));
      const result = await send<Caption>("/v1/captions", wav([samples], decoded.sampleRate), `${stem()} ${clock(region.start)}.wav`, values);
      selected.textContent = `${clock(region.start, true)} to ${clock(region.end, true)}: ${result.caption}`;
    } catch (error) {
      selected.textContent = (error as Error).message;
    }
    page.status("");
  }
}
