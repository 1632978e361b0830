// The server's interface, with its sentences for errors.

export interface Tag { label: string; probability: number }
export interface Candidate { caption: string; score: number }
export interface Word { word: string; time: number }
export interface Segment { start: number; end: number; caption: string; score: number; candidates: Candidate[]; tags: Tag[] }
export interface Caption {
  file: string; caption: string; score: number; duration: number; candidates: Candidate[]; segments: Segment[]; tags: Tag[];
  task: string; model: string; version: string; warnings: string[]; words?: Word[] | null;
}
export interface TagResult { duration: number; tags: Tag[]; timeline: { time: number; tags: Tag[] }[] | null; model: string }
export interface Model { id: string; system: string; roles: string[]; tasks: string[]; sampleRate: number | null; placesWords: boolean; isLoaded: boolean }
export interface Hit { file: string; score: number; start: number; end: number; duration: number; labels?: Tag[] | null; copies: string[] }
export interface IndexState { model: string; files: number; failed: number; segments: number; seconds: number; roots: string[] }

// A key comes behind the address (#key=…), where it is sent to nobody, or is typed in; it is kept only while the page is open.
let key = new URLSearchParams(location.hash.slice(1)).get("key") ?? "";

export function setKey(value: string): void { key = value; }

export class Problem extends Error {
  constructor(readonly status: number, sentence: string) { super(sentence); }
}

/** An address that a player or a WebSocket can open, which cannot send headers. */
export function address(path: string, query: Record<string, string> = {}, scheme?: "ws"): string {
  const url = new URL(path, location.href);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  if (key) url.searchParams.set("key", key);
  if (scheme) url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

async function problemOf(response: Response): Promise<Problem> {
  let sentence = `The server answered ${response.status}.`;
  try { sentence = (await response.json()).detail ?? sentence; } catch { /* no sentence came */ }
  return new Problem(response.status, sentence);
}

function away(): Problem { return new Problem(0, "The server cannot be reached; start it again with: auricle serve"); }

export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (key) headers.set("Authorization", `Bearer ${key}`);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error;
    throw away();
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

export const models = async (): Promise<Model[]> => (await (await call("/v1/models")).json()).data;
export const index = async (): Promise<IndexState> => (await call("/v1/index")).json();

/** Sends a sound, and tells how much of it has gone out. */
export function send<T>(path: string, file: Blob, name: string, options: Record<string, string>, signal?: AbortSignal, progress?: (share: number) => void): Promise<T> {
  const form = new FormData();
  for (const [option, value] of Object.entries(options)) form.append(option, value);
  form.append("file", file, name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    if (key) request.setRequestHeader("Authorization", `Bearer ${key}`);
    request.responseType = "json";
    request.upload.onprogress = event => { if (event.lengthComputable) progress?.(event.loaded / event.total); };
    request.onload = () => request.status < 300 ? resolve(request.response as T)
      : reject(new Problem(request.status, request.response?.detail ?? `The server answered ${request.status}.`));
    request.onerror = () => reject(away());
    request.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** Captions of stretches as they come. */
export async function stream(file: Blob, name: string, options: Record<string, string>, heard: (segment: Segment) => void, signal?: AbortSignal): Promise<Caption> {
  const form = new FormData();
  for (const [option, value] of Object.entries({ ...options, stream: "true" })) form.append(option, value);
  form.append("file", file, name);
  const response = await call("/v1/captions", { method: "POST", body: form, signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    text += value ?? "";
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const [event, data] = [/^event: (.*)$/m, /^data: (.*)$/m].map(pattern => pattern.exec(text.slice(0, end))?.[1] ?? "");
      text = text.slice(end + 2);
      if (event === "segment") heard(JSON.parse(data));
      if (event === "problem") throw new Problem(422, JSON.parse(data).detail);
      if (event === "done") return JSON.parse(data);
    }
    if (done) throw away();
  }
}
