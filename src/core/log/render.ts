/** An entry as a line for a terminal. */
import { withoutColours } from './clean.ts';
import type { LogEntry } from './entry.ts';
import { renderJson } from './json.ts';

export interface RenderOptions {
  /** Takes JSON lines apart; other lines stay as they are. */
  readonly json: boolean;
  /** Shows the server's time of each line. */
  readonly times: boolean;
}

/** Colours of the terminal's own palette, so that they fit every theme; no red, which means an error. */
const palette = [36, 35, 32, 33, 34, 96, 95, 92, 93, 94] as const;

/** Gives each source its colour, by the order in which they appear. */
export class LogRenderer {
  readonly #colours = new Map<string, number>();

  render(entry: LogEntry, { json, times }: RenderOptions): string {
    const source = entry.source === '' ? '' : `\u001b[${this.#colour(entry.source)}m${entry.source}\u001b[0m `;
    if (entry.remark === true) return `${source}\u001b[2m${entry.text}\u001b[0m`;
    const time = times && entry.time !== undefined ? `\u001b[90m${new Date(entry.time).toISOString()}\u001b[0m ` : '';
    return `${source}${time}${(json ? renderJson(entry.text) : undefined) ?? entry.text}`;
  }

  #colour(source: string): number {
    let colour = this.#colours.get(source);
    if (colour === undefined) {
      colour = palette[this.#colours.size % palette.length]!;
      // New pods come for as long as a log is followed.
      if (this.#colours.size >= 1000) this.#colours.clear();
      this.#colours.set(source, colour);
    }
    return colour;
  }
}

/** Whether the entry has the text, upper and lower case alike; remarks always stay. */
export function matchesSearch({ text, source, remark }: LogEntry, wanted: string): boolean {
  if (wanted === '' || remark === true) return true;
  return `${source} ${withoutColours(text)}`.toLowerCase().includes(wanted.toLowerCase());
}
