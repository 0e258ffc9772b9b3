/** Where a running check writes down what it asserted and what it saw. */
import type { Item } from './items.ts';
import type { Evidence, Facts, Subject } from './model.ts';

/** Where evidence points to: a file below the lab's folder, line and column from 0. */
export function placeOf(where: string): { readonly file: string; readonly line: number; readonly column: number } {
  const [file = '', line = '1', column = '1'] = where.split(':');
  return { file, line: Number(line) - 1, column: Number(column) - 1 };
}

/** The same with the file that the lesson names for it, where the check knew none better than the one that Start opens. */
export function placed(evidence: Evidence, { open, places }: Pick<Item, 'open' | 'places'>): Evidence {
  const { id, where } = evidence;
  return where === open ? { ...evidence, where: places[id] ?? places[id.split('.')[0]!] ?? open } : evidence;
}

/** Characters of what a program printed that evidence shows. */
const shownOutput = 400;

/** The last lines of what a program printed, whole ones unless there is but one. */
export function lastLines(output: string): string {
  const text = output.trim();
  const end = text.slice(-shownOutput);
  return end === text ? text : end.slice(end.indexOf('\n') + 1);
}

export class EvidenceRecord {
  readonly #check: string;
  readonly #subject: Subject | undefined;
  #evidence: Evidence[] = [];
  #facts: Record<string, string> = {};

  /**
   * @param check prefix of every id.
   * @param subject what every assertion is about.
   */
  constructor(check: string, subject?: Subject) {
    this.#check = check;
    this.#subject = subject;
  }

  /** For a check within this one: it writes into the same list, under its own prefix. */
  within(check: string): EvidenceRecord {
    return this.#sharing(new EvidenceRecord(check));
  }

  /** For assertions of the same check that are about one thing. */
  about(subject: Subject): EvidenceRecord {
    return this.#sharing(new EvidenceRecord(this.#check, subject));
  }

  #sharing(inner: EvidenceRecord): EvidenceRecord {
    inner.#evidence = this.#evidence;
    inner.#facts = this.#facts;
    return inner;
  }

  get evidence(): readonly Evidence[] {
    return this.#evidence;
  }

  get facts(): Facts {
    return this.#facts;
  }

  get failed(): boolean {
    return this.#evidence.some(({ ok }) => !ok);
  }

  /** Notes one executed assertion; returns whether it held. */
  assert(id: string, ok: boolean, { next, ...evidence }: Omit<Evidence, 'id' | 'ok'>): boolean {
    const advice = ok || next === undefined ? {} : { next };
    const subject = this.#subject === undefined ? {} : { subject: this.#subject };
    this.#evidence.push({ id: `${this.#check}.${id}`, ok, ...evidence, ...advice, ...subject });
    return ok;
  }

  /** Takes over what another record of the same check holds. */
  adopt(other: EvidenceRecord): void {
    this.#evidence.push(...other.evidence);
    Object.assign(this.#facts, other.facts);
  }

  /** Notes something that a hint can be chosen by. */
  fact(name: string, value: string): void {
    this.#facts[`${this.#check}.${name}`] = value;
  }
}
