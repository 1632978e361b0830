// Families of sounds, which have an icon each, and the labels that are alarms. An icon never stands without its words.

import { el } from "./dom";
import type { Tag } from "./api";

type Family = { name: string; words: RegExp; path: string };

const families: Family[] = [
  { name: "alarm", words: /alarm|siren|smoke_detector|buzzer|horn|bell|doorbell|knock|glass|scream|baby_cry|crying_baby|beep/, path: "M12 3a6 6 0 0 0-6 6v5l-2 3h16l-2-3V9a6 6 0 0 0-6-6Zm-2 16a2 2 0 0 0 4 0" },
  { name: "animal", words: /dog|cat|bird|rooster|hen|cow|sheep|goat|horse|pig|frog|insect|cricket|crow|owl|duck|goose|lion|wolf|bee|fly|animal|bark|meow|chirp|turkey|roar|snake|whale|mosquito/, path: "M8 11a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm8 0a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM5 15a2 2 0 1 0 0-4m14 4a2 2 0 1 0 0-4m-7 1c-3 0-5 3-5 5s2 2 5 2 5 0 5-2-2-5-5-5Z" },
  { name: "music", words: /music|guitar|piano|drum|violin|flute|trumpet|sing|song|organ|harp|cello|choir|bass|cymbal|accordion|whistl|harmonica|xylophone/, path: "M9 18a3 3 0 1 1-3-3 3 3 0 0 1 3 3Zm0 0V5l11-2v12m0 0a3 3 0 1 1-3-3" },
  { name: "human", words: /speech|speak|voice|man|woman|child|baby|laugh|cough|sneez|clap|footstep|walk|run|breath|snor|crowd|talk|whisper|shout|hiccup|burp|chew|drink|applause|cheer/, path: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7 10a7 7 0 0 1 14 0" },
  { name: "water", words: /water|rain|drip|pour|wave|ocean|sea|river|stream|splash|bubble|boil|shower|swim|flush|toilet|faucet|tap_run|sink/, path: "M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11Z" },
  { name: "weather", words: /thunder|wind|storm|hail|snow|fire|crackl|leaves/, path: "M7 15a4 4 0 0 1 1-7.900 5 5 0 0 1 9.500 1.500A3.500 3.500 0 0 1 17 15m-5-2-2 4h4l-2 4" },
  { name: "machine", words: /engine|car|truck|motor|train|plane|helicopter|vehicle|drill|saw|machine|fan|vacuum|printer|tool|hammer|chain|mower|traffic|bus|boat|tractor|washing|air_condition|compressor|hum|keyboard|mouse_click|typing/, path: "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm0-12v3m0 12v3m9-9h-3M6 12H3m15.400-6.400-2.100 2.100M7.700 16.300l-2.100 2.100m12.800 0-2.100-2.100M7.700 7.700 5.600 5.600" },
];
const domestic: Family = { name: "domestic", words: /./, path: "M4 11 12 4l8 7v9h-5v-6H9v6H4Z" };

export function familyOf(tags: Tag[], caption: string): Family {
  const text = (tags[0]?.label ?? caption.replaceAll(" ", "_")).toLowerCase();
  return families.find(family => family.words.test(text)) ?? domestic;
}

const alarms = /smoke|fire_alarm|siren|baby_cry|crying_baby|glass|knock|doorbell|alarm|scream/;

export function alarmOf(tags: Tag[]): Tag | undefined { return tags.find(tag => tag.probability >= 0.3 && alarms.test(tag.label.toLowerCase().replaceAll(" ", "_"))); }

export function icon(family: Family): HTMLElement {
  const shell = el("span", { class: "family" });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", family.path);
  svg.append(path);
  shell.append(svg, el("span", {}, family.name));
  return shell;
}
