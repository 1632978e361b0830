import { address, type Tag } from "./api";
import { clock, download, el, keep, readable, setting } from "./dom";
import { alarmOf, familyOf, icon } from "./families";
import { vtt, wav } from "./formats";
import type { Page, View } from "./main";

interface Heard { type: "caption" | "problem"; start: number; end: number; caption: string; score: number; tags: Tag[]; detail?: string }
interface Entry { start: number; end: number; caption: string; count: number; at: Date; tags: Tag[]; element: HTMLElement }

const shownSeconds = 10;

/** Listens to the microphone, and says what the surroundings sound like. */
export function listen(page: Page): View {
  const entries: Entry[] = [];
  let state: "idle" | "asking" | "on" | "paused" = "idle";
  let context: AudioContext | undefined, input: MediaStream | undefined, socket: WebSocket | undefined;
  let sent = 0, rate = 48_000;
  let recording: Int16Array[] = [];
  const peaks: number[] = [];

  const main = el("button", { class: "primary big", onclick: () => void (state === "idle" ? start() : state === "on" ? pause() : resume()) }, "Start listening");
  const stop = el("button", { hidden: true, onclick: end }, "Stop");
  const timer = el("span", { class: "clock" }, "0:00");
  const device = el("select", { id: "device" }, el("option", { value: "" }, "the usual microphone"));
  const model = el("select", { id: "live-model" });
  const size = el("input", { type: "range", id: "size", min: "24", max: "72", value: setting("size", "32"), oninput: () => resize() });
  const alarms = el("input", { type: "checkbox", id: "alarms", checked: setting("alarms", "1") === "1", onchange: () => keep("alarms", alarms.checked ? "1" : "0") });
  const record = el("input", { type: "checkbox", id: "record" });
  const meter = el("meter", { min: 0, max: 1, low: 0.02, high: 0.7, optimum: 0.3, value: 0, "aria-label": "Level" });
  const wave = el("canvas", { width: 800, height: 80, class: "moving", "aria-hidden": "true" });
  const newest = el("p", { class: "newest", "aria-live": "polite" });
  const family = el("span");
  const alarm = el("p", { class: "alarm", role: "alert", "aria-live": "assertive" });
  const log = el("ol", { class: "log", "aria-label": "Earlier captions" });
  const problem = el("p", { class: "error", role: "alert" });
  const review = el("div", { class: "row" });
  const element = el("div", { class: "view listen" }, el("h1", {}, "Listen"),
    el("p", { class: "hint" }, /^(localhost|127\.|\[::1\])/.test(location.hostname)
      ? "Sound goes to the server on this machine and nowhere else."
      : `Sound from your microphone is sent to ${location.hostname}, and kept there only as long as it is being heard.`),
    el("div", { class: "row" }, main, stop, timer, meter), wave, problem, alarm,
    el("div", { class: "row" }, family), newest,
    el("div", { class: "row" },
      el("button", { onclick: () => download("transcript.txt", entries.map(entry => `${entry.at.toLocaleTimeString()}  ${entry.caption}${entry.count > 1 ? ` (${entry.count} times)` : ""}\n`).join(""), "text/plain") }, "Save as text"),
      el("button", { onclick: () => download("transcript.vtt", vtt(entries.map(entry => ({ start: entry.start, end: entry.end, text: entry.caption }))), "text/vtt") }, "Save as vtt"),
      el("button", { onclick: () => { entries.length = 0; log.replaceChildren(); newest.textContent = ""; family.replaceChildren(); } }, "Clear")),
    review, log,
    el("details", { class: "options" }, el("summary", {}, "Options"), el("div", { class: "grid" },
      el("label", { for: "device" }, "Microphone", device), el("label", { for: "live-model" }, "Model", model), el("label", { for: "size" }, "Size of captions", size)),
      el("p", {}, alarms, el("label", { for: "alarms" }, " Flash the frame for alarms, crying, glass, knocking")),
      el("p", {}, record, el("label", { for: "record" }, " Keep the recording, to hear it again when listening stops"))));

  addEventListener("models", () => {
    model.replaceChildren(...page.models.filter(item => item.roles.includes("captions")).map(item => el("option", { value: item.id }, item.id)));
  });
  resize();
  return { title: "Listen", element };

  function resize(): void {
    element.style.setProperty("--caption", `${size.value}px`);
    keep("size", size.value);
  }

  async function start(): Promise<void> {
    problem.textContent = "";
    review.replaceChildren();
    recording = [];
    if (!navigator.mediaDevices) {
      problem.textContent = "The browser gives no microphone to this page, because it did not come from this machine or over https. Open it at localhost, or start the server with a certificate.";
      return;
    }
    state = "asking";
    try {
      input = await navigator.mediaDevices.getUserMedia({ audio: { deviceId: device.value || undefined, channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
      context = new AudioContext();
      await context.audioWorklet.addModule("/microphone.js");
    } catch (error) {
      state = "idle";
      const name = (error as Error).name;
      problem.textContent = name === "NotAllowedError" ? "The microphone was refused. Allow it for this page in the browser's address bar, then start again."
        : name === "NotFoundError" ? "There is no microphone. Connect one, then start again." : `The microphone cannot be opened (${(error as Error).message}). Close other programs that use it, then start again.`;
      release();
      return;
    }
    rate = context.sampleRate;
    sent = 0;
    connect();
    const source = context.createMediaStreamSource(input);
    const node = new AudioWorkletNode(context, "microphone");
    node.port.onmessage = event => heard(event.data as Float32Array);
    source.connect(node);
    await devices();
    state = "on";
    main.textContent = "Pause";
    stop.hidden = false;
    page.status("listening");
    draw();
  }

  function connect(): void {
    const offset = sent / rate;
    const opened = new WebSocket(address("/v1/live", { rate: String(rate), ...(model.value ? { model: model.value } : {}) }, "ws"));
    socket = opened;
    opened.onmessage = event => {
      const said = JSON.parse(event.data) as Heard;
      if (said.type === "problem") { problem.textContent = said.detail ?? ""; end(); return; }
      problem.textContent = "";
      show({ ...said, start: said.start + offset, end: said.end + offset });
    };
    opened.onclose = () => {
      if (socket !== opened || state === "idle") return;
      problem.textContent = "The server is away; listening goes on when it is back.";
      setTimeout(() => { if (socket === opened && state !== "idle") connect(); }, 2000);
    };
  }

  function heard(samples: Float32Array): void {
    const pcm = Int16Array.from(samples, sample => Math.max(-32768, Math.min(32767, Math.round(sample * 32767))));
    let peak = 0;
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
    peaks.push(peak);
    if (peaks.length > shownSeconds * 20) peaks.shift();
    meter.value = peak;
    if (state !== "on") return;
    sent += pcm.length;
    timer.textContent = clock(sent / rate);
    if (record.checked) recording.push(pcm);
    if (socket?.readyState === WebSocket.OPEN) socket.send(pcm);
  }

  function show(said: Heard): void {
    const last = entries.at(-1);
    family.replaceChildren(icon(familyOf(said.tags, said.caption)));
    if (newest.textContent !== said.caption) newest.textContent = said.caption;
    const tag = alarms.checked ? alarmOf(said.tags) : undefined;
    alarm.textContent = tag ? `Attention: ${readable(tag.label)}` : "";
    document.documentElement.classList.toggle("flash", tag !== undefined);
    if (tag) navigator.vibrate?.([200, 100, 200]);
    if (last && last.caption === said.caption) {
      last.count++;
      last.end = said.end;
      last.element.querySelector(".count")!.textContent = ` × ${last.count}`;
      return;
    }
    const entry: Entry = { start: last ? Math.max(said.start, Math.min(last.end, said.end)) : said.start, end: said.end, caption: said.caption, count: 1, at: new Date(), tags: said.tags, element: el("li", {}) };
    entry.element.append(el("time", {}, entry.at.toLocaleTimeString()), ` ${entry.caption}`, el("span", { class: "count hint" }));
    entries.push(entry);
    log.prepend(entry.element);
  }

  function pause(): void {
    state = "paused";
    main.textContent = "Go on";
    page.status("paused");
  }

  function resume(): void {
    state = "on";
    main.textContent = "Pause";
    page.status("listening");
  }

  function end(): void {
    state = "idle";
    main.textContent = "Start listening";
    stop.hidden = true;
    page.status("");
    document.documentElement.classList.remove("flash");
    release();
    if (recording.length === 0) return;
    const sound = wav(recording, rate);
    const name = `recording ${new Date().toISOString().slice(0, 19).replaceAll(":", ".")}.wav`;
    review.replaceChildren(
      el("audio", { controls: true, src: URL.createObjectURL(sound), "aria-label": "The recording" }),
      el("button", { onclick: () => page.open(new File([sound], name, { type: "audio/wav" })) }, "Describe it whole"),
      el("button", { onclick: () => download(name, sound, "audio/wav") }, "Save"),
      el("button", { onclick: () => { review.replaceChildren(); recording = []; } }, "Drop"));
  }

  function release(): void {
    const open = socket;
    socket = undefined;
    open?.close();
    input?.getTracks().forEach(track => track.stop());
    void context?.close();
    context = input = undefined;
  }

  async function devices(): Promise<void> {
    const chosen = device.value;
    const found = (await navigator.mediaDevices.enumerateDevices()).filter(item => item.kind === "audioinput" && item.deviceId !== "");
    device.replaceChildren(el("option", { value: "" }, "the usual microphone"), ...found.map(item => el("option", { value: item.deviceId }, item.label || "a microphone")));
    device.value = chosen;
  }

  function draw(): void {
    if (state === "idle") return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const brush = wave.getContext("2d")!;
    brush.clearRect(0, 0, wave.width, wave.height);
    if (!still && element.isConnected) {
      brush.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
      const width = wave.width / (shownSeconds * 20);
      peaks.forEach((peak, i) => brush.fillRect((shownSeconds * 20 - peaks.length + i) * width, wave.height / 2 * (1 - peak), Math.max(1, width - 1), Math.max(1, wave.height * peak)));
    }
    requestAnimationFrame(draw);
  }
}
