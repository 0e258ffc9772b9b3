/** Sends the requests of a file, one after the other, and says of each whether it was answered as expected. */
import { Failure, isAbort, toFailure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { entryOf } from '../../core/yaml/tree.ts';
import type { CallRequest } from '../domain.ts';
import type { CallEvent, MetadataEntries } from '../events.ts';
import { type Reach, withDefaults } from '../servers.ts';
import { type Variables, expand } from '../variables.ts';
import { type Answer, type Complaint, answerValue, judge } from './answer.ts';
import type { RequestDocument, RequestEntry } from './document.ts';
import type { HttpRequest } from './httpCall.ts';
import { type Value, jsonText, valueAtPath, valueOfJson } from './values.ts';

export interface RunDeps {
  call(request: CallRequest, signal: AbortSignal): AsyncIterable<CallEvent>;
  http(request: HttpRequest, signal: AbortSignal): Promise<Answer>;
  locate(target: string, signal: AbortSignal): Promise<Reach>;
  /** Variables of the settings, of the environment and secrets; the file's own come first. */
  readonly variables: Variables;
}

export interface RunOptions {
  /** Of the file. */
  readonly environment?: string | undefined;
  /** Over all others. */
  readonly variables?: ReadonlyMap<string, string>;
  /** Seconds for requests that say none. */
  readonly deadline: number;
  /** No request ends by its deadline: somebody looks at the server with a debugger. */
  readonly patient?: boolean;
}

export type RunEvent =
  | { readonly kind: 'started'; readonly entry: RequestEntry }
  | { readonly kind: 'call'; readonly entry: RequestEntry; readonly event: CallEvent }
  | { readonly kind: 'ended'; readonly entry: RequestEntry; readonly outcome: Outcome };

export interface Outcome {
  /** Undefined when nothing answered. */
  readonly answer: Answer | undefined;
  /** Why not everything is as expected; empty when it is. */
  readonly complaints: readonly Complaint[];
  /** Where it was sent. */
  readonly target: string;
}

/** Seconds that stand for no deadline: longer than anybody looks at a breakpoint. */
const patience = 24 * 3600;

/** Never throws, but ends early when aborted. */
export async function* runRequests(
  document: RequestDocument,
  entries: readonly RequestEntry[],
  deps: RunDeps,
  options: RunOptions,
  signal: AbortSignal,
): AsyncGenerator<RunEvent> {
  const run = new Run(document, deps, options);
  for (const entry of entries) {
    if (signal.aborted) return;
    yield { kind: 'started', entry };
    yield* run.one(entry, signal);
  }
}

class Run {
  readonly #document: RequestDocument;
  readonly #deps: RunDeps;
  readonly #options: RunOptions;
  readonly #captured = new Map<string, string>();

  constructor(document: RequestDocument, deps: RunDeps, options: RunOptions) {
    this.#document = document;
    this.#deps = deps;
    this.#options = options;
  }

  async *one(entry: RequestEntry, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const state = { target: entry.target ?? this.#document.target ?? '', answer: undefined as Answer | undefined };
    const ended = (complaints: readonly Complaint[]): RunEvent => ({
      kind: 'ended',
      entry,
      outcome: { answer: state.answer, complaints, target: state.target },
    });
    try {
      if (entry.kind === 'grpc') {
        for await (const event of this.#grpc(entry, state, signal)) yield { kind: 'call', entry, event };
      } else state.answer = await this.#http(entry, state, signal);
      const { answer } = state;
      if (answer === undefined) throw new Failure('internal', t('There was no answer.'));
      const complaints = await judge(entry, answer, this.#document.text, (text) => this.#expand(text));
      yield ended([...complaints, ...this.#capture(entry, answer)]);
    } catch (error) {
      if (signal.aborted || isAbort(error)) {
        yield ended([{ range: entry.range, message: t('Cancelled.') }]);
        return;
      }
      const place = error instanceof PlacedFailure ? error.range : entry.range;
      yield ended([{ range: place, message: toFailure(error).message }]);
    }
  }

  async *#grpc(
    entry: RequestEntry,
    state: { target: string; answer: Answer | undefined },
    signal: AbortSignal,
  ): AsyncGenerator<CallEvent> {
    state.target = await this.#target(entry);
    const messages = await this.#messages(entry);
    const metadata = await this.#metadata(entry);
    const method = await this.#expand(entry.what);
    const received: Value[] = [];
    let headers: MetadataEntries = [];
    const request = {
      target: state.target,
      method,
      messages: each(messages),
      metadata,
      deadline: this.#deadline(entry),
    };
    for await (const event of this.#deps.call(request, signal)) {
      yield event;
      if (event.kind === 'headers') headers = event.metadata;
      if (event.kind === 'message') received.push(valueOfJson(event.json) ?? event.json);
      if (event.kind === 'failed') {
        const field = entryOf(entry.node, 'message') ?? entryOf(entry.node, 'messages');
        const place = event.place === undefined ? entry.range : (field?.value.range ?? entry.range);
        throw new PlacedFailure(event.failure.message, place);
      }
      if (event.kind === 'trailers') {
        state.answer = {
          status: event.codeName,
          details: event.explanation?.sentence ?? event.details,
          messages: received,
          headers: recordOf(headers),
          trailers: recordOf(event.metadata),
          milliseconds: event.timing.total,
        };
      }
    }
  }

  async #http(entry: RequestEntry, state: { target: string }, signal: AbortSignal): Promise<Answer> {
    const [, verb = 'GET', rest = ''] =
      entry.kind === 'graphql' ? ['', 'POST', entry.what] : (/^(?:([A-Z]+)\s+)?(\S+)$/.exec(entry.what.trim()) ?? []);
    const path = await this.#expand(rest);
    const { url, connection, metadata } = await this.#url(entry, path, signal);
    state.target = url;
    const { text: source } = this.#document;
    const headers: Record<string, string> = Object.fromEntries(metadata);
    for (const [name, value] of entry.headers) headers[name.toLowerCase()] = await this.#expand(value);
    let body: string | undefined;
    if (entry.kind === 'graphql') {
      const query = entryOf(entry.node, 'query')?.value;
      const args = entryOf(entry.node, 'arguments')?.value;
      const text = query?.kind === 'scalar' ? String(query.value) : '';
      const variables = args === undefined ? '{}' : await jsonText(args, source, (each) => this.#expand(each));
      // Variables of GraphQL begin with a dollar, too: its text goes as it is.
      body = `{"query": ${JSON.stringify(text)}, "variables": ${variables}}`;
    } else {
      const given = entryOf(entry.node, 'body')?.value;
      if (given?.kind === 'scalar' && typeof given.value === 'string') body = await this.#expand(given.value);
      else if (given !== undefined) {
        body = await jsonText(given, source, (each) => this.#expand(each));
        headers['content-type'] ??= 'application/json';
      }
    }
    if (entry.kind === 'graphql') headers['content-type'] ??= 'application/json';
    const ending = AbortSignal.timeout(Math.min(2 ** 31 - 1, this.#deadline(entry) * 1000));
    try {
      return await this.#deps.http({ method: verb, url, headers, body, connection }, AbortSignal.any([signal, ending]));
    } catch (error) {
      if (ending.aborted && !signal.aborted) {
        throw new Failure('timeout', t('{0} did not answer within {1} s.', url, this.#deadline(entry)), error);
      }
      throw error;
    }
  }

  /** A path alone is asked of the target. */
  async #url(
    entry: RequestEntry,
    path: string,
    signal: AbortSignal,
  ): Promise<{ url: string; connection: HttpRequest['connection']; metadata: MetadataEntries }> {
    if (!path.startsWith('/')) return { url: path, connection: {}, metadata: [] };
    const { target, connection, metadata } = await this.#deps.locate(await this.#target(entry), signal);
    if (target.host === undefined) {
      throw new Failure('invalid', t('{0} is no server that HTTP can be spoken with.', target.text));
    }
    const host = target.host.includes(':') ? `[${target.host}]` : target.host;
    return { url: `${target.tls ? 'https' : 'http'}://${host}:${target.port}${path}`, connection, metadata };
  }

  async #target(entry: RequestEntry): Promise<string> {
    const written = entry.target ?? this.#document.target;
    if (written === undefined) {
      throw new Failure('invalid', t('The request says no server: add target to it or to the file.'));
    }
    return this.#expand(written);
  }

  async #messages({ node }: RequestEntry): Promise<string[]> {
    const [one, several] = [entryOf(node, 'message')?.value, entryOf(node, 'messages')?.value];
    const nodes = several?.kind === 'list' ? several.items : one === undefined ? [] : [one];
    if (nodes.length === 0 && several === undefined) return ['{}'];
    return Promise.all(
      nodes.map((each) =>
        each.kind === 'scalar' && typeof each.value === 'string' && each.value.trim().startsWith('{')
          ? this.#expand(each.value)
          : jsonText(each, this.#document.text, (text) => this.#expand(text)),
      ),
    );
  }

  async #metadata(entry: RequestEntry): Promise<MetadataEntries> {
    const expanded = async (entries: ReadonlyMap<string, string>): Promise<MetadataEntries> =>
      Promise.all([...entries].map(async ([name, value]) => [name, await this.#expand(value)] as const));
    return withDefaults(await expanded(entry.metadata), await expanded(this.#document.metadata));
  }

  #deadline(entry: RequestEntry): number {
    if (this.#options.patient === true) return patience;
    return entry.deadline ?? this.#document.deadline ?? this.#options.deadline;
  }

  /** What later requests need. A value that is not there is a complaint: they would fail for no visible reason. */
  #capture(entry: RequestEntry, answer: Answer): Complaint[] {
    const complaints: Complaint[] = [];
    for (const [name, path] of entry.capture) {
      const value = valueAtPath(answerValue(answer), path);
      if (value === undefined || value === null) {
        const range = entryOf(entryOf(entry.node, 'capture')?.value, name)?.value.range ?? entry.range;
        complaints.push({ range, message: t('There is no {0} to keep as {1}.', path, name) });
      } else this.#captured.set(name, typeof value === 'string' ? value : JSON.stringify(value));
    }
    return complaints;
  }

  #expand(text: string): Promise<string> {
    const { variables: given, environment } = this.#options;
    const { variables, environments } = this.#document;
    const chosen = environment === undefined ? undefined : environments.get(environment);
    const outer = this.#deps.variables;
    return expand(text, {
      ...outer,
      value: (name) =>
        given?.get(name) ?? this.#captured.get(name) ?? chosen?.get(name) ?? variables.get(name) ?? outer.value(name),
    });
  }
}

/** A failure with its place in the file. */
class PlacedFailure extends Failure {
  readonly range: Complaint['range'];

  constructor(message: string, range: Complaint['range']) {
    super('invalid', message);
    this.range = range;
  }
}

const recordOf = (entries: MetadataEntries): Record<string, string> =>
  Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
