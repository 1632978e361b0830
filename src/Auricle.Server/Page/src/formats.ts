// What the page writes into files.

export interface Cue { start: number; end: number; text: string }

function time(seconds: number, point: string): string {
  const milliseconds = Math.round(seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(milliseconds / 3_600_000))}:${two(Math.floor(milliseconds / 60_000) % 60)}:${two(Math.floor(milliseconds / 1000) % 60)}${point}${String(milliseconds % 1000).padStart(3, "0")}`;
}

export function vtt(cues: Cue[]): string {
  const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return "WEBVTT\n\n" + cues.map(cue => `${time(cue.start, ".")} --> ${time(cue.end, ".")}\n${escape(cue.text)}\n`).join("\n");
}

export function srt(cues: Cue[]): string {
  return cues.map((cue, i) => `${i + 1}\n${time(cue.start, ",")} --> ${time(cue.end, ",")}\n${cue.text}\n`).join("\n");
}

export function csv(rows: (string | number)[][]): string {
  // A cell that begins like a formula would be run by a spreadsheet.
  const cell = (value: string | number): string => {
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map(row => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** 16-bit mono samples as a wav file. */
export function wav(pieces: Int16Array[], rate: number): Blob {
  const bytes = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  const header = new DataView(new ArrayBuffer(44));
  const ascii = (place: number, text: string): void => [...text].forEach((letter, i) => header.setUint8(place + i, letter.charCodeAt(0)));
  ascii(0, "RIFF"); header.setUint32(4, 36 + bytes, true); ascii(8, "WAVEfmt ");
  header.setUint32(16, 16, true); header.setUint16(20, 1, true); header.setUint16(22, 1, true);
  header.setUint32(24, rate, true); header.setUint32(28, rate * 2, true); header.setUint16(32, 2, true); header.setUint16(34, 16, true);
  ascii(36, "data"); header.setUint32(40, bytes, true);
  return new Blob([header, ...pieces.map(piece => piece.slice().buffer)], { type: "audio/wav" });
}
