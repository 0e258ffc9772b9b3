/** A file of requests (`*.grpc.yaml`) read: its requests with their places in the text, and all that is wrong with it. */
import schema from '../../../schemas/requests.schema.json' with { type: 'json' };
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { parseYaml } from '../../core/yaml/parse.ts';
import { itemsAt, keysAt, numberAt, scalarAt, stringsAt, textAt, valueAt } from '../../core/yaml/read.ts';
import { type Schema, jsonSchemaDialect } from '../../core/yaml/schema.ts';
import type { LineIndex, Range } from '../../core/yaml/text.ts';
import { type YamlNode, entryOf } from '../../core/yaml/tree.ts';
import { walk } from '../../core/yaml/walk.ts';

export const requestsSchema = schema as unknown as Schema;
export const requestsDialect = { ...jsonSchemaDialect(requestsSchema), closed: 'listed' as const };
/** `yes` is a text here, as in every newer format. */
export const requestsRules = 'yaml1.2';

export type RequestKind = 'grpc' | 'http' | 'graphql';

export interface DocumentProblem {
  readonly range: Range;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** One request. Texts still hold their variables. */
export interface RequestEntry {
  readonly index: number;
  readonly name: string;
  readonly kind: RequestKind;
  /** The method, `GET url`, or the URL. */
  readonly what: string;
  readonly target: string | undefined;
  readonly metadata: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
  readonly deadline: number | undefined;
  /** Variable → path. */
  readonly capture: ReadonlyMap<string, string>;
  /** The whole entry. */
  readonly node: YamlNode;
  /** Where the entry begins: of its first line. */
  readonly range: Range;
}

export interface RequestDocument {
  readonly text: string;
  readonly lines: LineIndex;
  readonly target: string | undefined;
  readonly variables: ReadonlyMap<string, string>;
  readonly environments: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly deadline: number | undefined;
  readonly requests: readonly RequestEntry[];
  readonly problems: readonly DocumentProblem[];
}

/** Never throws: what is wrong is in `problems`, and requests that can be read are there. */
export function readRequests(text: string): RequestDocument {
  const { lines, documents } = parseYaml(text, requestsRules);
  const problems: DocumentProblem[] = documents
    .flatMap((document) => document.problems)
    .map(({ range, message }) => ({ range, message, severity: 'error' }));
  const root = documents.find((document) => document.root !== undefined)?.root;
  if (root !== undefined) {
    for (const { range, message, severity } of walk(root, requestsSchema, requestsDialect, text)) {
      problems.push({ range, message, severity: severity === 'error' ? 'error' : 'warning' });
    }
  }
  const requests: RequestEntry[] = [];
  for (const [index, node] of itemsAt(root, 'requests').entries()) {
    const entry = readEntry(node, index, problems);
    if (entry !== undefined) requests.push(entry);
  }
  problems.push(...repeated(requests));
  const environments = new Map(
    keysAt(root, 'environments').map((name) => [name, valuesAt(valueAt(root, 'environments', name))]),
  );
  return {
    text,
    lines,
    target: textAt(root, 'target'),
    variables: valuesAt(valueAt(root, 'variables')),
    environments,
    metadata: stringsAt(root, 'metadata'),
    deadline: numberAt(root, 'deadline'),
    requests,
    problems,
  };
}

const kinds = ['grpc', 'http', 'graphql'] as const;

function readEntry(node: YamlNode, index: number, problems: DocumentProblem[]): RequestEntry | undefined {
  const written = kinds.filter((kind) => entryOf(node, kind) !== undefined);
  const [kind, other] = written;
  const range = rangeOf(node);
  if (kind === undefined || other !== undefined) {
    const message =
      other === undefined
        ? t('A request needs one of grpc, http and graphql.')
        : t('A request is one of grpc, http and graphql, not {0} and {1}.', kind!, other);
    const place = other === undefined ? range : entryOf(node, other)!.keyRange;
    problems.push({ range: place, severity: 'error', message });
    return undefined;
  }
  const what = textAt(node, kind);
  if (what === undefined) return undefined;
  for (const [field, owners] of belonging) {
    const entry = entryOf(node, field);
    if (entry === undefined || owners.includes(kind)) continue;
    const message = t('{0} has no meaning for a request of the kind {1}.', field, kind);
    problems.push({ range: entry.keyRange, severity: 'warning', message });
  }
  return {
    index,
    name: textAt(node, 'name') ?? what,
    kind,
    what,
    target: textAt(node, 'target'),
    metadata: stringsAt(node, 'metadata'),
    headers: stringsAt(node, 'headers'),
    deadline: numberAt(node, 'deadline'),
    capture: stringsAt(node, 'capture'),
    node,
    range,
  };
}

/** Fields that only some kinds have. */
const belonging: readonly (readonly [string, readonly RequestKind[]])[] = [
  ['message', ['grpc']],
  ['messages', ['grpc']],
  ['metadata', ['grpc']],
  ['headers', ['http', 'graphql']],
  ['body', ['http']],
  ['query', ['graphql']],
  ['arguments', ['graphql']],
];

/** Two of one name could not be told apart in a report. */
function repeated(requests: readonly RequestEntry[]): DocumentProblem[] {
  const seen = new Set<string>();
  return requests.flatMap(({ name, node, range }) => {
    const again = seen.has(name);
    seen.add(name);
    if (!again) return [];
    const place = entryOf(node, 'name')?.value.range ?? range;
    return [{ range: place, severity: 'warning', message: t('There is another request called {0}.', name) }];
  });
}

function rangeOf(node: YamlNode): Range {
  const first = node.kind === 'map' ? node.entries[0] : undefined;
  return first === undefined ? node.range : { start: first.keyRange.start, end: node.range.end };
}

function valuesAt(node: YamlNode | undefined): Map<string, string> {
  return new Map(
    keysAt(node).flatMap((name) => {
      const value = scalarAt(node, name);
      return value === undefined || value === null ? [] : [[name, String(value)] as const];
    }),
  );
}

/** The request of that name or number (from 1). Throws Failure `notFound`. */
export function requestNamed({ requests }: RequestDocument, name: string): RequestEntry {
  const found =
    requests.find((entry) => entry.name === name) ?? requests.find(({ index }) => String(index + 1) === name);
  if (found === undefined) throw new Failure('invalid', t('There is no request called {0}.', name));
  return found;
}

/** Throws Failure `invalid` with the first error and its place. */
export function demandSound({ problems, lines }: RequestDocument, file: string): void {
  const error = problems.find(({ severity }) => severity === 'error');
  if (error === undefined) return;
  const { line, column } = lines.positionAt(error.range.start);
  throw new Failure('invalid', `${file}:${line + 1}:${column + 1}: ${error.message}`);
}
