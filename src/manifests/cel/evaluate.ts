/**
 * The rules of a custom resource's schema (`x-kubernetes-validations`), evaluated as the API server does when an object is
 * created: only on values that fit their schema, with defaults filled in.
 */
import { messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { CelRule, Schema, Severity } from '../../core/yaml/schema.ts';
import { quoted, type Range } from '../../core/yaml/text.ts';
import type { YamlEntry, YamlMap, YamlNode } from '../../core/yaml/tree.ts';
import { isNull } from '../../core/yaml/types.ts';
import { pathTo, propertyOf } from '../../core/yaml/walk.ts';
import type { Dialect } from '../../core/yaml/schema.ts';
import { CelFault, kubernetesEnvironment, inOurWords, withAnyHas } from './library.ts';
import { escaped, plainToCel, scalarValue } from './values.ts';

export interface CelFinding {
  readonly code: 'refused' | 'rule-not-evaluated';
  readonly severity: Severity;
  readonly range: Range;
  readonly message: string;
  readonly path: string;
}

/**
 * Items of lists that the rules of one object may look at: a count, not a clock, so that the editor and the terminal say
 * the same on any machine. It takes a tenth of a second.
 */
const mostSteps = 200_000;

type Program = (bindings: Record<string, unknown>) => unknown;

const environment = lazyEnvironment();
/** A rule that cannot be read is an Error here: it is judged by nobody. */
const compiled = new Map<string, Program | Error>();

function lazyEnvironment(): () => ReturnType<typeof kubernetesEnvironment> {
  let made: ReturnType<typeof kubernetesEnvironment> | undefined;
  return () => (made ??= kubernetesEnvironment());
}

/** Undefined when the expression can be evaluated here; else why not. */
export function compileProblem(expression: string): string | undefined {
  const program = compile(expression);
  return program instanceof Error ? program.message : undefined;
}

function compile(expression: string): Program | Error {
  const known = compiled.get(expression);
  if (known !== undefined) return known;
  let program: Program | Error;
  try {
    const own = inOurWords(expression);
    const parsed = checked(own) ?? checked(withAnyHas(own));
    program = (parsed as Program | undefined) ?? new Error(firstLine(environment().parse(own).check().error));
  } catch (error) {
    program = error instanceof Error ? error : new Error(String(error));
  }
  compiled.set(expression, program);
  return program;
}

function checked(expression: string): unknown {
  const parsed = environment().parse(expression);
  return parsed.check().valid ? parsed : undefined;
}

/** Everything the rules of the schema object to, and which of them could not be evaluated. Never throws. */
export function evaluateRules(root: YamlNode, schema: Schema, dialect: Dialect, text: string): CelFinding[] {
  const evaluation = new Evaluation(dialect, text);
  evaluation.value(root, schema, { steps: [] });
  return evaluation.findings;
}

interface Place {
  readonly steps: readonly (string | number)[];
  readonly key?: Range;
}

class OutOfSteps extends Error {}

class Evaluation {
  readonly findings: CelFinding[] = [];
  readonly #dialect: Dialect;
  readonly #text: string;
  #steps = 0;

  constructor(dialect: Dialect, text: string) {
    this.#dialect = dialect;
    this.#text = text;
  }

  /** The value of a node, its rules evaluated, those of what is in it first. */
  value(node: YamlNode, schema: Schema, place: Place): unknown {
    if (isNull(node)) return schema.nullable ? null : undefined;
    const value =
      node.kind === 'map'
        ? this.#map(node, schema, place)
        : node.kind === 'list'
          ? this.#list(
              node.items.map((item, i) =>
                this.value(item, schema.items ?? {}, { ...place, steps: [...place.steps, i] }),
              ),
            )
          : scalarValue(node, schema);
    for (const rule of schema['x-kubernetes-validations'] ?? []) this.#judge(rule, value, node, place);
    return value;
  }

  #map(node: YamlMap, schema: Schema, { steps }: Place): Record<string, unknown> {
    const result = Object.create(null) as Record<string, unknown>;
    const { additionalProperties: more, properties = {} } = schema;
    for (const { key, keyRange, value } of node.entries) {
      const field = propertyOf(schema, key, this.#dialect);
      const below = { steps: [...steps, key], key: keyRange };
      const own = field ?? (typeof more === 'object' ? more : undefined);
      if (own === undefined) continue; // Rules cannot see what the schema does not declare.
      const read = this.value(value, own.$ref === undefined ? own : metadata, below);
      if (read !== undefined) result[field === undefined ? key : escaped(key)] = read;
    }
    for (const [key, field] of Object.entries(properties))
      if (field.default !== undefined && !(escaped(key) in result))
        result[escaped(key)] = plainToCel(field.default, field);
    return result;
  }

  /** A list that counts how often it is looked into: the only thing in CEL that can repeat. */
  #list(items: unknown[]): unknown[] {
    return new Proxy(items, {
      get: (target, name, receiver) => {
        if (typeof name === 'string' && ++this.#steps > mostSteps) throw new OutOfSteps();
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
  }

  #judge(rule: CelRule, self: unknown, node: YamlNode, place: Place): void {
    // Rules on a change ask for what was there before; a manifest knows only what shall be.
    if (/\boldSelf\b/.test(rule.rule)) return;
    const program = compile(rule.rule);
    if (program instanceof Error) {
      this.#skipped(rule, program.message, node, place);
      return;
    }
    try {
      if (program({ self }) !== true) this.#refuse(rule, this.#messageOf(rule, self), node, place);
    } catch (error) {
      // The server refuses, too: "… evaluating rule: " and this.
      if (isFault(error)) this.#refuse(rule, rule.message?.trim() ?? rule.rule.trim(), node, place);
      else this.#skipped(rule, this.#steps > mostSteps ? t('it takes too long') : firstLine(error), node, place);
    }
  }

  /** As the server: the message's expression, else the message, else the rule itself. */
  #messageOf(rule: CelRule, self: unknown): string {
    const program = rule.messageExpression === undefined ? undefined : compile(rule.messageExpression);
    if (program !== undefined && !(program instanceof Error)) {
      try {
        const message = program({ self });
        if (typeof message === 'string' && message.trim() !== '' && !message.includes('\n')) return message;
      } catch {
        // The server, too, falls back to the message then.
      }
    }
    return rule.message?.trim() ?? `failed rule: ${rule.rule.trim()}`;
  }

  #refuse(rule: CelRule, message: string, node: YamlNode, place: Place): void {
    const at = locate(node, place, fieldSteps(rule.fieldPath));
    this.findings.push({
      code: 'refused',
      severity: 'error',
      range: this.#mark(at.node, at.place),
      message,
      path: pathTo(at.place.steps),
    });
  }

  #skipped(rule: CelRule, reason: string, node: YamlNode, place: Place): void {
    const message = t('A rule of the schema was not evaluated ({0}): {1}', firstLine(reason), quoted(rule.rule));
    this.findings.push({
      code: 'rule-not-evaluated',
      severity: 'hint',
      range: this.#mark(node, place),
      message,
      path: pathTo(place.steps),
    });
  }

  #mark(node: YamlNode | undefined, place: Place): Range {
    if (node === undefined) return place.key ?? { start: 0, end: 0 };
    const { start, end } = node.range;
    if (start < end && !this.#text.slice(start, end).includes('\n')) return node.range;
    return place.key ?? (node.kind === 'map' ? (node.entries[0]?.keyRange ?? node.range) : node.range);
  }
}

/** What rules may know of an object's metadata. */
const metadata: Schema = { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } };

/** Errors that the server meets, too, when it evaluates the rule on this value. */
const faults = new Set([
  'no_such_key',
  'index_out_of_bounds',
  'index_out_of_range',
  'division_by_zero',
  'modulo_by_zero',
  'numeric_overflow',
  'invalid_duration',
  'invalid_timestamp',
]);

const isFault = (error: unknown): boolean =>
  error instanceof CelFault || (error instanceof Error && faults.has(String((error as { code?: unknown }).code)));

const firstLine = (error: unknown): string => (typeof error === 'string' ? error : messageOf(error)).split('\n')[0]!;

/** `.spec.name`, `.items['a.b']`: a path below the value. */
const fieldSteps = (path = ''): string[] =>
  [...path.matchAll(/\.([^.[\]]+)|\['([^']*)'\]/g)].map(([, name, quotedName]) => name ?? quotedName!);

function locate(from: YamlNode, start: Place, steps: readonly string[]): { node: YamlNode | undefined; place: Place } {
  let node: YamlNode | undefined = from;
  let place = start;
  for (const step of steps) {
    const entry: YamlEntry | undefined =
      node?.kind === 'map' ? node.entries.find(({ key }) => key === step) : undefined;
    const key = entry?.keyRange ?? place.key ?? (node?.kind === 'map' ? node.entries[0]?.keyRange : undefined);
    place = { steps: [...place.steps, step], ...(key && { key }) };
    node = entry?.value;
  }
  return { node, place };
}
