/**
 * The functions that Kubernetes adds to the Common Expression Language: k8s.io/apiserver/pkg/cel/library, and of
 * cel-go's extensions those that it turns on. What is not here makes a rule "not evaluated", never wrong.
 */
import { BlockList, isIP } from 'node:net';
import { Environment } from '@marcbachmann/cel-js';
import { lookup } from '../../core/lookup.ts';
import { regularExpression } from '../../core/yaml/bounds.ts';
import { Quantity } from './quantity.ts';

/** What the server, too, answers with an error: the rule then refuses the value. */
export class CelFault extends Error {}

class Url {
  readonly url: URL;
  readonly text: string;
  constructor(text: string) {
    this.text = text;
    this.url = new URL(text.startsWith('/') ? `x://${text}` : text);
  }
}

class Ip {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  get family(): 4 | 6 {
    return isIP(this.text) as 4 | 6;
  }
}

class Cidr {
  readonly ip: Ip;
  readonly bits: number;
  constructor(text: string) {
    const [address, bits] = text.split('/') as [string, string];
    this.ip = new Ip(address);
    this.bits = Number(bits);
  }
}

class Semver {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly pre: string;
  constructor(numbers: readonly [bigint, bigint, bigint], pre: string) {
    this.numbers = numbers;
    this.pre = pre;
  }
}

/** `format.dns1123Label()`: checks a text and says what is wrong with it. */
class NamedFormat {
  readonly name: string;
  readonly pattern: RegExp;
  readonly most: number;
  constructor(name: string, pattern: RegExp, most: number) {
    this.name = name;
    this.pattern = pattern;
    this.most = most;
  }
}

const semverPattern = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** An environment in which `self` and `oldSelf` are known. */
export function kubernetesEnvironment(): Environment {
  const env = new Environment({
    unlistedVariablesAreDyn: true,
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
  });
  types(env);
  has(env);
  lists(env);
  texts(env);
  addresses(env);
  quantities(env);
  versions(env);
  return env;
}

/** What the library's macros are given: nodes of the expression, and what reads them. */
interface Node {
  readonly op: string;
  readonly args: readonly [Node, string];
}
interface Reader {
  check(node: Node, context: unknown): unknown;
  getType(name: string): unknown;
  run(node: Node, context: unknown): unknown;
}

/** The library's own `has` takes names only: `has(self.items[0].name)` becomes a macro of ours. */
export const withAnyHas = (expression: string): string => expression.replace(/\bhas\(/g, 'gantryHas(');

/** The library's `matches` knows neither RE2's way to write flags nor what it has compiled before. */
export const inOurWords = (expression: string): string => expression.replace(/\.matches\(/g, '.gantryMatches(');

function has(env: Environment): void {
  env.registerFunction('gantryHas(ast): bool', (({ args: [field] }: { args: [Node] }) => ({
    typeCheck(checker: Reader, _macro: unknown, context: unknown) {
      if (field.op !== '.') throw new Error('has() invalid argument');
      checker.check(field.args[0], context);
      return checker.getType('bool');
    },
    evaluate(reader: Reader, _macro: unknown, context: unknown) {
      const object = reader.run(field.args[0], context);
      return typeof object === 'object' && object !== null && Object.hasOwn(object, field.args[1]);
    },
  })) as unknown as (...args: unknown[]) => unknown);
}

function types(env: Environment): void {
  for (const [name, ctor] of Object.entries({ Url, Ip, Cidr, Semver, Quantity, NamedFormat }))
    env.registerType(name, ctor);
}

function fault(message: string): never {
  throw new CelFault(message);
}

/** Numbers, texts, times: what the server can put in order. */
type Ordered = bigint | number | string | boolean | Date;

function lists(env: Environment): void {
  const extreme = (items: readonly Ordered[], better: (a: Ordered, b: Ordered) => boolean): Ordered =>
    items.length === 0 ? fault('min/max called on empty list') : items.reduce((a, b) => (better(b, a) ? b : a));
  env.registerFunction('list.isSorted(): bool', (items: Ordered[]) =>
    items.every((item, i) => i === 0 || items[i - 1]! <= item),
  );
  env.registerFunction('list.sum(): dyn', (items: (bigint | number)[]) =>
    items.length === 0 ? 0n : items.reduce((a, b) => (a as bigint) + (b as bigint)),
  );
  env.registerFunction('list.min(): dyn', (items: Ordered[]) => extreme(items, (a, b) => a < b));
  env.registerFunction('list.max(): dyn', (items: Ordered[]) => extreme(items, (a, b) => a > b));
  env.registerFunction('list.indexOf(dyn): int', (items: unknown[], item: unknown) =>
    BigInt(items.findIndex((each) => same(each, item))),
  );
  env.registerFunction('list.lastIndexOf(dyn): int', (items: unknown[], item: unknown) =>
    BigInt(items.findLastIndex((each) => same(each, item))),
  );
  env.registerFunction('list.slice(int, int): list', (items: unknown[], from: bigint, to: bigint) =>
    from < 0n || to > items.length || from > to ? fault('slice out of range') : items.slice(Number(from), Number(to)),
  );
  env.registerFunction('list.distinct(): list', (items: unknown[]) =>
    items.filter((item, i) => items.findIndex((each) => same(each, item)) === i),
  );
  env.registerFunction('list.reverse(): list', (items: unknown[]) => items.toReversed());
  env.registerFunction('list.flatten(): list', (items: unknown[]) => items.flat());
  const contains = (items: readonly unknown[], part: readonly unknown[]): boolean =>
    part.every((item) => items.some((each) => same(each, item)));
  namespace(env, 'sets', {
    'contains(list, list): bool': contains,
    'equivalent(list, list): bool': (a: unknown[], b: unknown[]) => contains(a, b) && contains(b, a),
    'intersects(list, list): bool': (a: unknown[], b: unknown[]) => a.some((item) => contains(b, [item])),
  });
}

/** Functions called as `name.function(…)`: methods of a constant. */
function namespace(
  env: Environment,
  name: string,
  functions: Readonly<Record<string, (...values: never[]) => unknown>>,
): void {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Namespace`;
  const Namespace = class {};
  env.registerType(type, Namespace);
  env.registerConstant(name, type, new Namespace());
  for (const [signature, body] of Object.entries(functions))
    env.registerFunction(`${type}.${signature}`, (_: unknown, ...values: never[]) => body(...values));
}

/** Equality of plain values, numbers of different types compared by what they mean. */
function same(a: unknown, b: unknown): boolean {
  // oxlint-disable-next-line eqeqeq -- an integer and a double that mean the same number are equal.
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null)
    return a === b || (isNumber(a) && isNumber(b) && a == b);
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((each, i) => same(each, b[i]));
  if (a instanceof Date || b instanceof Date) return a instanceof Date && b instanceof Date && +a === +b;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => key in right && same(left[key], right[key]));
}

const isNumber = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint';

function texts(env: Environment): void {
  const expression = (pattern: string): RegExp =>
    regularExpression(pattern) ?? fault(`error parsing regexp: ${pattern}`);
  env.registerFunction(
    'string.find(string): string',
    (text: string, pattern: string) => expression(pattern).exec(text)?.[0] ?? '',
  );
  env.registerFunction('string.gantryMatches(string): bool', (text: string, pattern: string) =>
    expression(pattern).test(text),
  );
  const findAll = (text: string, pattern: string, most = -1n): string[] => {
    const found = [...text.matchAll(new RegExp(expression(pattern), 'gu'))].map(([all]) => all);
    return most < 0n ? found : found.slice(0, Number(most));
  };
  env.registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
    findAll(text, pattern),
  );
  env.registerFunction('string.findAll(string, int): list<string>', findAll);
  env.registerFunction('string.charAt(int): string', (text: string, at: bigint) =>
    at < 0n || at > text.length ? fault(`index out of range: ${at}`) : text.charAt(Number(at)),
  );
  env.registerFunction('string.replace(string, string): string', (text: string, old: string, by: string) =>
    text.replaceAll(old, () => by),
  );
  env.registerFunction(
    'string.replace(string, string, int): string',
    (text: string, old: string, by: string, most: bigint) => {
      const parts = text.split(old);
      const end = most < 0n ? parts.length - 1 : Math.min(Number(most), parts.length - 1);
      return parts.slice(0, end + 1).join(by) + (end + 1 < parts.length ? old + parts.slice(end + 1).join(old) : '');
    },
  );
  env.registerFunction('string.reverse(): string', (text: string) => Array.from(text).toReversed().join(''));
  env.registerFunction('string.format(list): string', formatted);
  env.registerFunction('isURL(string): bool', (text: string) => isUrl(text));
  env.registerFunction('url(string): Url', (text: string) =>
    isUrl(text) ? new Url(text) : fault(`URL parse error during conversion from string: ${text}`),
  );
  env.registerFunction('Url.getScheme(): string', ({ url, text }: Url) =>
    text.startsWith('/') ? '' : url.protocol.slice(0, -1),
  );
  env.registerFunction('Url.getHost(): string', ({ url }: Url) => url.host);
  env.registerFunction('Url.getHostname(): string', ({ url }: Url) => url.hostname.replace(/^\[(.*)\]$/, '$1'));
  env.registerFunction(
    'Url.getPort(): string',
    ({ url, text }: Url) => /:(\d+)(?:[/?#]|$)/.exec(text.replace(/^\w+:\/\//, ''))?.[1] ?? url.port,
  );
  env.registerFunction('Url.getEscapedPath(): string', ({ url, text }: Url) =>
    /^\w[\w+.-]*:\/\/[^/]*$/.test(text) ? '' : url.pathname,
  );
  env.registerFunction('Url.getQuery(): map', ({ url }: Url) =>
    Object.fromEntries([...new Set(url.searchParams.keys())].map((key) => [key, url.searchParams.getAll(key)])),
  );
  formats(env);
}

/** Go's url.ParseRequestURI: an absolute URI, or a path. */
const isUrl = (text: string): boolean =>
  text.startsWith('/')
    ? !/[\s#]/.test(text)
    : /^[A-Za-z][A-Za-z0-9+.-]*:\/\/\S*$/.test(text) && (URL.canParse(text) || /:\/\/(?:[/?]|$)/.test(text));

/** `%s`, `%d` and `%%` of cel-go's format; other verbs are left to the server. */
function formatted(text: string, values: unknown[]): string {
  let next = 0;
  return text.replace(/%([sd%]|\.?\d*[a-zA-Z])/g, (all, verb: string) => {
    if (verb === '%') return '%';
    if (verb !== 's' && verb !== 'd') throw new Error(`the verb ${all} is not known`);
    if (next >= values.length) return fault('index out of range in format');
    return shown(values[next++]);
  });
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (typeof value === 'object' && value !== null && (!('constructor' in value) || value.constructor === Object))
    return `{${Object.entries(value)
      .map(([key, each]) => `${key}: ${shown(each)}`)
      .sort()
      .join(', ')}}`;
  return String(value);
}

const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const namedFormats: Readonly<Record<string, readonly [RegExp, number]>> = lookup({
  dns1123Label: [new RegExp(`^${label}$`), 63],
  dns1123Subdomain: [new RegExp(`^${label}(?:\\.${label})*$`), 253],
  dns1035Label: [/^[a-z](?:[-a-z0-9]*[a-z0-9])?$/, 63],
  qualifiedName: [/^(?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, 317],
  dns1123LabelPrefix: [new RegExp(`^${label}-?$`), 63],
  dns1123SubdomainPrefix: [new RegExp(`^${label}(?:\\.${label})*-?$`), 253],
  dns1035LabelPrefix: [/^[a-z](?:[-a-z0-9]*)$/, 63],
  labelValue: [/^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, 63],
  uuid: [/^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/, 36],
  byte: [/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, Infinity],
  date: [/^\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])$/, 10],
  datetime: [/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/, Infinity],
});

function formats(env: Environment): void {
  const known = Object.fromEntries(
    Object.entries(namedFormats).map(([name, [pattern, most]]) => [name, new NamedFormat(name, pattern, most)]),
  );
  namespace(env, 'format', {
    ...Object.fromEntries(Object.entries(known).map(([name, format]) => [`${name}(): NamedFormat`, () => format])),
    'named(string): optional<NamedFormat>': (name: string) =>
      env.evaluate('optional.of(it)', { it: known[name] }) as unknown,
  });
  env.registerFunction(
    'NamedFormat.validate(string): optional<list<string>>',
    ({ pattern, most, name }: NamedFormat, text: string) =>
      env.evaluate(pattern.test(text) && text.length <= most ? 'optional.none()' : 'optional.of(it)', {
        it: [`must be a ${name}`],
      }) as unknown,
  );
}

function isCidr(text: string): boolean {
  const [address, bits, ...more] = text.split('/');
  const family = isIP(address!);
  return (
    more.length === 0 &&
    family !== 0 &&
    /^(?:0|[1-9]\d{0,2})$/.test(bits ?? '') &&
    Number(bits) <= (family === 4 ? 32 : 128)
  );
}

/** Go writes addresses in one way: lower case, the longest run of zeros left out. */
function canonical({ text, family }: Ip): string {
  return family === 4 ? text : new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

const isPlainIp = (text: string): boolean => isIP(text) !== 0 && !text.includes('%') && !/^::ffff:\d+\./i.test(text);

function within(ip: Ip, { ip: base, bits }: Cidr): boolean {
  const list = new BlockList();
  list.addSubnet(base.text, bits, base.family === 4 ? 'ipv4' : 'ipv6');
  return ip.family === base.family && list.check(ip.text, ip.family === 4 ? 'ipv4' : 'ipv6');
}

const ipOf = (text: string): Ip =>
  isPlainIp(text) ? new Ip(text) : fault(`IP Address "${text}" parse error during conversion from string`);
const cidrOf = (text: string): Cidr =>
  isCidr(text) ? new Cidr(text) : fault('network address parse error during conversion from string');

function addresses(env: Environment): void {
  const inside =
    (...ranges: readonly string[]) =>
    (ip: Ip): boolean =>
      ranges.some((range) => within(ip, new Cidr(range)));
  env.registerFunction('isIP(string): bool', isPlainIp);
  env.registerFunction('ip(string): Ip', ipOf);
  env.registerFunction('Ip.family(): int', ({ family }: Ip) => BigInt(family));
  env.registerFunction('Ip.isUnspecified(): bool', inside('0.0.0.0/32', '::/128'));
  env.registerFunction('Ip.isLoopback(): bool', inside('127.0.0.0/8', '::1/128'));
  env.registerFunction('Ip.isLinkLocalMulticast(): bool', inside('224.0.0.0/24', 'ff02::/16'));
  env.registerFunction('Ip.isLinkLocalUnicast(): bool', inside('169.254.0.0/16', 'fe80::/10'));
  const special = inside(
    '0.0.0.0/32',
    '::/128',
    '127.0.0.0/8',
    '::1/128',
    '224.0.0.0/4',
    'ff00::/8',
    '169.254.0.0/16',
    'fe80::/10',
    '255.255.255.255/32',
  );
  env.registerFunction('Ip.isGlobalUnicast(): bool', (ip: Ip) => !special(ip));
  env.registerFunction('string(Ip): string', canonical);
  env.registerFunction('isCIDR(string): bool', isCidr);
  env.registerFunction('cidr(string): Cidr', cidrOf);
  env.registerFunction('Cidr.containsIP(Ip): bool', (cidr: Cidr, ip: Ip) => within(ip, cidr));
  env.registerFunction('Cidr.containsIP(string): bool', (cidr: Cidr, ip: string) => within(ipOf(ip), cidr));
  const holds = (cidr: Cidr, other: Cidr): boolean => other.bits >= cidr.bits && within(other.ip, cidr);
  env.registerFunction('Cidr.containsCIDR(Cidr): bool', holds);
  env.registerFunction('Cidr.containsCIDR(string): bool', (cidr: Cidr, other: string) => holds(cidr, cidrOf(other)));
  env.registerFunction('Cidr.ip(): Ip', ({ ip }: Cidr) => ip);
  env.registerFunction('Cidr.prefixLength(): int', ({ bits }: Cidr) => BigInt(bits));
  env.registerFunction('string(Cidr): string', ({ ip, bits }: Cidr) => `${canonical(ip)}/${bits}`);
  env.registerOperator('Ip == Ip', (a: Ip, b: Ip) => canonical(a) === canonical(b));
  env.registerOperator('Cidr == Cidr', (a: Cidr, b: Cidr) => canonical(a.ip) === canonical(b.ip) && a.bits === b.bits);
}

function quantities(env: Environment): void {
  const of = (text: string): Quantity => Quantity.parse(text) ?? fault('quantities must match the regular expression');
  env.registerFunction('isQuantity(string): bool', (text: string) => Quantity.parse(text) !== undefined);
  env.registerFunction('quantity(string): Quantity', of);
  env.registerFunction('Quantity.sign(): int', ({ nanos }: Quantity) => BigInt(compare(nanos, 0n)));
  env.registerFunction('Quantity.isInteger(): bool', (one: Quantity) => one.isInteger);
  env.registerFunction('Quantity.asInteger(): int', (one: Quantity) =>
    one.isInteger ? one.integer : fault('cannot convert value to integer'),
  );
  env.registerFunction('Quantity.asApproximateFloat(): double', ({ nanos }: Quantity) => Number(nanos) / 1e9);
  env.registerFunction(
    'Quantity.add(Quantity): Quantity',
    (a: Quantity, b: Quantity) => new Quantity(a.nanos + b.nanos),
  );
  env.registerFunction(
    'Quantity.add(int): Quantity',
    (a: Quantity, b: bigint) => new Quantity(a.nanos + b * 1_000_000_000n),
  );
  env.registerFunction(
    'Quantity.sub(Quantity): Quantity',
    (a: Quantity, b: Quantity) => new Quantity(a.nanos - b.nanos),
  );
  env.registerFunction(
    'Quantity.sub(int): Quantity',
    (a: Quantity, b: bigint) => new Quantity(a.nanos - b * 1_000_000_000n),
  );
  env.registerOperator('Quantity == Quantity', (a: Quantity, b: Quantity) => a.nanos === b.nanos);
  comparable<Quantity>(env, 'Quantity', (a, b) => compare(a.nanos, b.nanos));
}

/** `isLessThan`, `isGreaterThan`, `compareTo`, as quantities and versions have them. */
function comparable<T>(env: Environment, type: string, order: (a: T, b: T) => number): void {
  env.registerFunction(`${type}.isLessThan(${type}): bool`, (a: T, b: T) => order(a, b) < 0);
  env.registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: T, b: T) => order(a, b) > 0);
  env.registerFunction(`${type}.compareTo(${type}): int`, (a: T, b: T) => BigInt(order(a, b)));
}

const compare = <T extends bigint | string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

function semverOf(text: string): Semver | undefined {
  const match = semverPattern.exec(text);
  return match === null
    ? undefined
    : new Semver([BigInt(match[1]!), BigInt(match[2]!), BigInt(match[3]!)], match[4] ?? '');
}

function versions(env: Environment): void {
  env.registerFunction('isSemver(string): bool', (text: string) => semverOf(text) !== undefined);
  env.registerFunction('semver(string): Semver', (text: string) => semverOf(text) ?? fault(`invalid semver: ${text}`));
  env.registerFunction('Semver.major(): int', ({ numbers }: Semver) => numbers[0]);
  env.registerFunction('Semver.minor(): int', ({ numbers }: Semver) => numbers[1]);
  env.registerFunction('Semver.patch(): int', ({ numbers }: Semver) => numbers[2]);
  comparable<Semver>(env, 'Semver', compareVersions);
}

/** A version before its release comes first; of two, the parts between dots decide. */
function compareVersions(a: Semver, b: Semver): number {
  for (const i of [0, 1, 2] as const) if (a.numbers[i] !== b.numbers[i]) return compare(a.numbers[i], b.numbers[i]);
  if (a.pre === '' || b.pre === '') return compare(a.pre === '' ? 1 : 0, b.pre === '' ? 1 : 0);
  const [left, right] = [a.pre.split('.'), b.pre.split('.')];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i]!, right[i]!];
    const [isNumberX, isNumberY] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    const order =
      isNumberX && isNumberY
        ? compare(BigInt(x), BigInt(y))
        : isNumberX === isNumberY
          ? compare(x, y)
          : isNumberX
            ? -1
            : 1;
    if (order !== 0) return order;
  }
  return compare(left.length, right.length);
}
