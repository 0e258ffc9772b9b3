/**
 * Command lines of grpcurl: read, written back, and turned into what a call here needs. The flags are those of grpcurl
 * 1.9.4 (`cmd/grpcurl/grpcurl.go`).
 */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { ConnectionOptions } from './connection.ts';
import type { MetadataEntries } from './events.ts';
import type { Selection } from './protos/library.ts';

const switches = ['help', 'version', 'plaintext', 'insecure', 'alts', 'expand-headers', 'allow-unknown-fields', 'format-error', 'emit-defaults', 'msg-template', 'v', 'vv', 'unix', 'use-reflection'] as const; // prettier-ignore
const valued = ['cacert', 'cert', 'key', 'alts-handshaker-service', 'alts-target-service-account', 'authority', 'user-agent', 'd', 'format', 'connect-timeout', 'keepalive-time', 'max-time', 'max-msg-sz', 'protoset-out', 'proto-out-dir', 'servername', 'H', 'rpc-header', 'reflect-header', 'protoset', 'proto', 'import-path'] as const; // prettier-ignore

type Switch = (typeof switches)[number];
type Valued = (typeof valued)[number];

/** One line, flag by flag in its order, so that writing it back changes nothing. */
export interface GrpcurlLine {
  readonly flags: readonly { readonly name: Switch | Valued; readonly value: string | undefined }[];
  /** What stands beside the flags: address, verb or symbol, symbol. */
  readonly words: readonly string[];
}

/**
 * Reads the arguments of grpcurl, without the program's name. Throws Failure `invalid`.
 * @param anywhere flags may also stand after and between the words; grpcurl itself stops at the first word.
 */
export function parseGrpcurl(args: readonly string[], anywhere = false): GrpcurlLine {
  const words: string[] = [];
  const flags: GrpcurlLine['flags'][number][] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    // As Go's flag package reads them: the first word that is no flag ends them.
    const [, name, , attached] = /^--?([a-zA-Z][^=]*)(=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) {
      if (anywhere) {
        words.push(arg);
        continue;
      }
      if (arg !== '--') rest.unshift(arg);
      break;
    }
    if (isOneOf(switches, name)) flags.push({ name, value: attached });
    else if (isOneOf(valued, name)) {
      const value = attached ?? rest.shift();
      if (value === undefined) throw new Failure('invalid', t('{0} needs a value.', arg));
      flags.push({ name, value });
    } else {
      throw new Failure('invalid', t('There is no option {0}.', arg));
    }
  }
  return { flags, words: [...words, ...rest] };
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}

/** The arguments again. */
export function grpcurlArguments({ flags, words }: GrpcurlLine): string[] {
  const written = flags.flatMap(({ name, value }) => {
    if (value === undefined) return [`-${name}`];
    return isOneOf(switches, name) ? [`-${name}=${value}`] : [`-${name}`, value];
  });
  return [...written, ...words];
}

/** What a line means for a call here. */
export interface GrpcurlCall {
  readonly target: string;
  /** `package.Service/Method`; undefined where the line only lists or describes. */
  readonly method: string | undefined;
  readonly connection: ConnectionOptions;
  readonly metadata: MetadataEntries;
  readonly reflectMetadata: MetadataEntries;
  /** JSON; undefined for none and for `-d @`. */
  readonly data: string | undefined;
  /** Seconds. */
  readonly deadline: number | undefined;
  /** The files its schema lies in; undefined where the server is asked. */
  readonly files?: Selection | undefined;
}

/** Flags whose effect cannot be had here. */
const unsupported: readonly string[] = ['alts', 'alts-handshaker-service', 'alts-target-service-account'];

/** Flags that change a call and that a panel has nothing for. */
const beyondPanel: readonly string[] = ['expand-headers', 'allow-unknown-fields', 'reflect-header', 'connect-timeout'];

/** What of a line is lost when a panel is filled from it, as it stands there: `-expand-headers`, `-d @`. */
export const lostInPanel = ({ flags }: GrpcurlLine): string[] => [
  ...new Set(
    flags
      .filter(({ name, value }) => (name === 'd' ? value === '@' : beyondPanel.includes(name) && value !== 'false'))
      .map(({ name }) => (name === 'd' ? '-d @' : `-${name}`)),
  ),
];

/**
 * Throws Failure `invalid` for a line without an address, and for flags that cannot be honoured.
 * @param scheme what an address without `-plaintext` means: TLS as grpcurl has it, or to be found out.
 */
export function callOfGrpcurl(line: GrpcurlLine, scheme: 'tls' | 'found' = 'tls'): GrpcurlCall {
  for (const { name, value } of line.flags) {
    if (unsupported.includes(name) || (name === 'format' && value !== 'json')) {
      throw new Failure('invalid', t('{0} cannot be used here.', `-${name}`));
    }
  }
  const last = (name: Switch | Valued): string | undefined => line.flags.findLast((flag) => flag.name === name)?.value;
  const has = (name: Switch): boolean => {
    const flag = line.flags.findLast((other) => other.name === name);
    return flag !== undefined && flag.value !== 'false';
  };
  const headers = (...names: string[]): MetadataEntries =>
    line.flags.filter(({ name }) => names.includes(name)).map(({ value }) => parseHeader(value ?? ''));
  const [address, second, third] = line.words;
  if (address === undefined || address === 'list' || address === 'describe') {
    throw new Failure('invalid', t('The line names no server: an address such as localhost:50051 is missing.'));
  }
  const method = second === 'list' || second === 'describe' ? undefined : (second ?? third);
  const data = last('d');
  return {
    target: targetText(address, has('unix'), has('plaintext') ? 'http://' : scheme === 'tls' ? 'tls:' : ''),
    method: method?.replace(/^(.+)\.([^./]+)$/, (whole, service: string, name: string) =>
      whole.includes('/') ? whole : `${service}/${name}`,
    ),
    connection: connectionOf(last, has),
    metadata: headers('H', 'rpc-header'),
    reflectMetadata: headers('H', 'reflect-header'),
    data: data === '@' ? undefined : data,
    deadline: number(last('max-time')),
    ...filesOf(line, has('use-reflection')),
  };
}

/** With files grpcurl asks the server only when told to. A relative .proto is looked for in the import paths first. */
function filesOf({ flags }: GrpcurlLine, reflects: boolean): Pick<GrpcurlCall, 'files'> {
  const values = (name: Valued): string[] => flags.filter((flag) => flag.name === name).map(({ value }) => value ?? '');
  const [protos, sets, roots] = [values('proto'), values('protoset'), values('import-path')];
  if (reflects || protos.length + sets.length === 0) return {};
  return { files: { paths: [...protos, ...sets], ...(roots.length === 0 ? {} : { roots }) } };
}

function targetText(address: string, unix: boolean, scheme: string): string {
  if (/^(unix:|tls:|dns:|https?:)/.test(address)) return address;
  return unix ? `unix:${address}` : scheme + address;
}

function connectionOf(
  last: (name: Switch | Valued) => string | undefined,
  has: (name: Switch) => boolean,
): ConnectionOptions {
  const bytes = number(last('max-msg-sz'));
  const keepalive = number(last('keepalive-time'));
  const texts = { ca: last('cacert'), cert: last('cert'), key: last('key'), authority: last('authority'), serverName: last('servername'), userAgent: last('user-agent') }; // prettier-ignore
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined && value !== '')),
    ...(has('insecure') ? { skipVerify: true } : {}),
    ...(bytes === undefined ? {} : { maxMessageBytes: bytes }),
    ...(keepalive === undefined ? {} : { keepalive }),
  };
}

function number(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value >= 0)) throw new Failure('invalid', t('“{0}” is no number.', text));
  return value === 0 ? undefined : value;
}

/** `name: value`. Throws Failure `invalid`. */
export function parseHeader(header: string): [string, string] {
  const colon = header.indexOf(':');
  if (colon < 1) throw new Failure('invalid', t('“{0}” is no metadata: write it as {1}.', header, '-H "name: value"'));
  return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()];
}

/** The line that makes a call with grpcurl. */
export function lineOfCall(call: GrpcurlCall & { readonly method: string }): GrpcurlLine {
  const { connection, deadline } = call;
  const flags: GrpcurlLine['flags'][number][] = [];
  const add = (name: Switch | Valued, value?: string): void => void flags.push({ name, value });
  const secure = /^(tls:|https:\/\/)/.test(call.target);
  const unix = call.target.startsWith('unix:');
  if (!secure && connection.ca === undefined) add('plaintext');
  if (unix) add('unix');
  for (const [name, value] of [
    ['cacert', connection.ca],
    ['cert', connection.cert],
    ['key', connection.key],
    ['authority', connection.authority],
    ['servername', connection.serverName],
    ['user-agent', connection.userAgent],
    ['max-msg-sz', connection.maxMessageBytes],
    ['keepalive-time', connection.keepalive],
    ['max-time', deadline],
  ] as const) {
    if (value !== undefined) add(name, String(value));
  }
  if (connection.skipVerify === true) add('insecure');
  for (const path of call.files?.paths ?? []) add(path.endsWith('.proto') ? 'proto' : 'protoset', path);
  for (const root of call.files?.roots ?? []) add('import-path', root);
  for (const [name, value] of call.metadata) add('H', `${name}: ${value}`);
  if (call.data !== undefined) add('d', call.data);
  const address = call.target.replace(/^(tls:|https?:\/\/|unix:)/, '');
  return { flags, words: [address, call.method] };
}

/** Words of a shell line: quotes, escapes and continued lines; nothing is expanded. Throws Failure `invalid`. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const pattern = /\\\r?\n|\s+|'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|(['"\\])|[^\s'"\\]+/g;
  for (const [text, single, double, escaped, open] of line.trim().matchAll(pattern)) {
    if (open !== undefined) throw new Failure('invalid', t('A quote in the line is never closed.'));
    if (/^\\\r?\n$/.test(text)) continue;
    if (/^\s/.test(text)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    const part = single ?? double?.replace(/\\(["\\$`])/g, '$1').replace(/\\\r?\n/g, '') ?? escaped ?? text;
    word = (word ?? '') + part;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** A whole line as it is copied from a terminal or a document: `grpcurl …`. Throws Failure `invalid`. */
export function readGrpcurlLine(line: string): GrpcurlLine {
  const [program = '', ...args] = shellWords(line.replace(/^\s*\$\s+/, ''));
  if (!/(^|[\\/])grpcurl(\.exe)?$/.test(program)) {
    throw new Failure('invalid', t('The line does not begin with grpcurl.'));
  }
  return parseGrpcurl(args);
}
