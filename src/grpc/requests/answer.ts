/** What a request was answered, whatever its kind, and whether that is what was expected. */
import { t } from '../../core/l10n.ts';
import { numberAt, scalarAt, stringsAt, textAt, valueAt } from '../../core/yaml/read.ts';
import type { Range } from '../../core/yaml/text.ts';
import { type YamlNode, entryOf } from '../../core/yaml/tree.ts';
import { type Value, difference, jsonText, shown, valueAtPath, valueOfJson } from './values.ts';

export interface Answer {
  /** `OK`, `NOT_FOUND`, or the number of the HTTP status. */
  readonly status: string;
  /** Of the status, or the HTTP status' own words. */
  readonly details: string;
  readonly messages: readonly Value[];
  /** In small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly trailers: Readonly<Record<string, string>>;
  readonly milliseconds: number;
}

export interface Complaint {
  /** Of what was expected, in the file. */
  readonly range: Range;
  readonly message: string;
}

/** All that the answer has to be looked at by paths. */
export const answerValue = ({ status, details, messages, headers, trailers }: Answer): Value => ({
  status,
  details,
  message: messages.at(-1) ?? null,
  messages,
  count: messages.length,
  headers,
  trailers,
});

/** Everything in which the answer is not what the entry expects. */
export async function judge(
  entry: { readonly node: YamlNode; readonly range: Range; readonly kind: 'grpc' | 'http' | 'graphql' },
  answer: Answer,
  source: string,
  expand: (text: string) => Promise<string>,
): Promise<Complaint[]> {
  return new Judge(entry.node, answer, source, expand).all(entry);
}

class Judge {
  readonly #expect: YamlNode | undefined;
  readonly #answer: Answer;
  readonly #source: string;
  readonly #expand: (text: string) => Promise<string>;
  readonly #complaints: Complaint[] = [];

  constructor(node: YamlNode, answer: Answer, source: string, expand: (text: string) => Promise<string>) {
    this.#expect = valueAt(node, 'expect');
    this.#answer = answer;
    this.#source = source;
    this.#expand = expand;
  }

  async all({
    range,
    kind,
  }: {
    readonly range: Range;
    readonly kind: 'grpc' | 'http' | 'graphql';
  }): Promise<Complaint[]> {
    this.#status(range, kind);
    await this.#message();
    await this.#messages();
    await this.#headers();
    this.#within();
    const checks = valueAt(this.#expect, 'checks');
    if (checks?.kind === 'list') for (const check of checks.items) await this.#check(check);
    return this.#complaints;
  }

  #status(range: Range, kind: 'grpc' | 'http' | 'graphql'): void {
    const { status, details } = this.#answer;
    const expected = scalarAt(this.#expect, 'status');
    const because = details === '' ? '' : ` (${details})`;
    if (expected !== undefined) {
      if (String(expected) === status) return;
      this.#complain(this.#place('status'), t('The status is {0}, not {1}.', status + because, String(expected)));
    } else if (kind === 'grpc' ? status !== 'OK' : Number(status) >= 400) {
      this.#complain(range, t('The status is {0}.', status + because));
    }
  }

  async #message(): Promise<void> {
    const expected = valueAt(this.#expect, 'message');
    if (expected === undefined) return;
    const wanted = await this.#value(expected);
    this.#compare(wanted, this.#answer.messages.at(-1), 'message', this.#place('message'));
  }

  async #messages(): Promise<void> {
    const expected = valueAt(this.#expect, 'messages');
    if (expected === undefined) return;
    const wanted = await this.#value(expected);
    this.#compare(wanted, this.#answer.messages, 'messages', this.#place('messages'));
  }

  async #headers(): Promise<void> {
    for (const [name, text] of stringsAt(this.#expect, 'headers')) {
      const wanted = await this.#expand(text);
      this.#compare(wanted, this.#answer.headers[name.toLowerCase()], `headers.${name}`, this.#place('headers'));
    }
  }

  #within(): void {
    const seconds = numberAt(this.#expect, 'within');
    const took = this.#answer.milliseconds / 1000;
    if (seconds === undefined || took <= seconds) return;
    this.#complain(this.#place('within'), t('It took {0} s, longer than {1} s.', took.toFixed(3), seconds));
  }

  async #check(check: YamlNode): Promise<void> {
    const path = textAt(check, 'path');
    if (path === undefined) return;
    const actual = valueAtPath(answerValue(this.#answer), path);
    const at = (field: string): Range => entryOf(check, field)?.value.range ?? check.range;
    const equals = entryOf(check, 'equals')?.value;
    if (equals !== undefined) this.#compare(await this.#value(equals), actual, path, at('equals'));
    const matches = textAt(check, 'matches');
    if (matches !== undefined) this.#matches(await this.#expand(matches), actual, path, at('matches'));
    const contains = entryOf(check, 'contains')?.value;
    if (contains !== undefined) this.#contains(await this.#value(contains), actual, path, at('contains'));
    const exists = scalarAt(check, 'exists');
    if (typeof exists === 'boolean' && exists !== (actual !== undefined && actual !== null)) {
      this.#complain(at('exists'), exists ? t('There is no {0}.', path) : t('{0} is {1}.', path, shown(actual)));
    }
    const size = typeof actual === 'object' && actual !== null && 'length' in actual ? Number(actual['length']) : Number(actual ?? Number.NaN); // prettier-ignore
    const [least, most] = [numberAt(check, 'atLeast'), numberAt(check, 'atMost')];
    if (least !== undefined && !(size >= least)) {
      this.#complain(at('atLeast'), t('{0} is {1}, less than {2}.', path, shown(actual), least));
    }
    if (most !== undefined && !(size <= most)) {
      this.#complain(at('atMost'), t('{0} is {1}, more than {2}.', path, shown(actual), most));
    }
  }

  #matches(pattern: string, actual: Value | undefined, path: string, range: Range): void {
    let expression: RegExp;
    try {
      expression = new RegExp(pattern, 'u');
    } catch {
      this.#complain(range, t('“{0}” is no regular expression.', pattern));
      return;
    }
    // A hostile answer must not keep a backtracking expression busy for long.
    const text = (typeof actual === 'string' ? actual : JSON.stringify(actual ?? null)).slice(0, 100_000);
    if (actual === undefined || !expression.test(text)) {
      this.#complain(range, t('{0} is {1}, which does not match {2}.', path, shown(actual), pattern));
    }
  }

  #contains(wanted: Value, actual: Value | undefined, path: string, range: Range): void {
    const holds = Array.isArray(actual)
      ? (actual as readonly Value[]).some((item) => difference(wanted, item, '') === undefined)
      : typeof actual === 'string' && actual.includes(typeof wanted === 'string' ? wanted : JSON.stringify(wanted));
    if (!holds) this.#complain(range, t('{0} is {1}, which does not contain {2}.', path, shown(actual), shown(wanted)));
  }

  #compare(wanted: Value, actual: Value | undefined, path: string, range: Range): void {
    const found = difference(wanted, actual, path);
    if (found === undefined) return;
    this.#complain(range, t('{0} is {1}, not {2}.', found.path, shown(found.actual), shown(found.expected)));
  }

  async #value(node: YamlNode): Promise<Value> {
    return valueOfJson(await jsonText(node, this.#source, this.#expand)) ?? null;
  }

  #place(field: string): Range {
    return entryOf(this.#expect, field)?.value.range ?? this.#expect?.range ?? { start: 0, end: 0 };
  }

  #complain(range: Range, message: string): void {
    this.#complaints.push({ range, message });
  }
}
