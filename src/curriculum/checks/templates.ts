/** Values that are drawn for one run, and texts they are put into: `${name}`. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Random } from '../random.ts';
import { milliseconds } from './specs.ts';

/** `nonce`: 16 hexadecimal digits; a pair: a whole number between the two. */
export type Draws = Readonly<Record<string, 'nonce' | readonly [low: number, high: number]>>;

/** JSON, as a request or an expectation has it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export class Values {
  readonly #values: Map<string, string | number>;

  constructor(known: Iterable<readonly [name: string, value: string | number]> = []) {
    this.#values = new Map(known);
  }

  /** A name that is known already gets another value. */
  draw(draws: Draws, random: Random): this {
    for (const [name, draw] of Object.entries(draws)) {
      this.#values.set(name, draw === 'nonce' ? random.nonce() : random.between(...draw));
    }
    return this;
  }

  /** The same values, for one who keeps what nobody else shall see. */
  copy(): Values {
    return new Values(this.#values);
  }

  set(name: string, value: string | number): void {
    this.#values.set(name, value);
  }

  /** Keeps what stands at a path into JSON, `items.0.id`, when that is a text or a number. */
  keep(name: string, json: unknown, path: string): void {
    const value = path
      .split('.')
      .reduce<unknown>((at, part) => (at as Record<string, unknown> | null | undefined)?.[part], json);
    if (typeof value === 'string' || typeof value === 'number') this.set(name, value);
  }

  /** All of them, as texts. */
  get texts(): Record<string, string> {
    return Object.fromEntries([...this.#values].map(([name, value]) => [name, String(value)]));
  }

  /** A number, or the sum of numbers and values: `100 + ${budget}`. */
  count(count: number | string): number {
    const parts = this.fill(String(count)).split('+');
    return known(
      parts.reduce((sum, part) => sum + Number(part), 0),
      count,
    );
  }

  /** `500ms`, or with a value: `${base}ms`. */
  milliseconds(text: string): number {
    return known(milliseconds(this.fill(text)), text);
  }

  /** The text with every `${name}` that is known in its place. */
  fill(text: string): string {
    return text.replaceAll(/\$\{([a-z][a-z0-9-]*)\}/g, (whole, name: string) =>
      String(this.#values.get(name) ?? whole),
    );
  }

  /** As `fill`, through all of it; a text that is one name and nothing else becomes the value, so that a number stays one. */
  fillJson(json: Json): Json {
    if (typeof json === 'string') {
      const name = /^\$\{([a-z][a-z0-9-]*)\}$/.exec(json)?.[1];
      return (name === undefined ? undefined : this.#values.get(name)) ?? this.fill(json);
    }
    if (Array.isArray(json)) return json.map((one: Json) => this.fillJson(one));
    if (typeof json === 'object' && json !== null) {
      return Object.fromEntries(Object.entries(json).map(([key, value]) => [this.fill(key), this.fillJson(value)]));
    }
    return json;
  }
}

/** A name that nobody draws would make every comparison hold. */
function known(value: number, text: number | string): number {
  if (!Number.isNaN(value)) return value;
  throw new Failure('invalid', t('{0} is no number. That is a fault of the lesson, not of your code.', text));
}
