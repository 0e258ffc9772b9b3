/** `gantry grpc …`, with grpcurl's flags where both have them. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { type CliCommand, type CliIo, type Exit, exit, table } from '../core/cli.ts';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { kindText } from './describe.ts';
import type { GivenReach, Grpc } from './domain.ts';
import type { CallEvent, MetadataEntries } from './events.ts';
import { callOfGrpcurl, parseGrpcurl } from './grpcurl.ts';
import { JsonProblem, parseJsonDocuments, positionOf } from './json.ts';
import { runFiles, runUsage } from './requests/cli.ts';
import type { Schema } from './schema.ts';

export function grpcCommands(domain: () => Promise<Grpc>): CliCommand[] {
  /** Connections would keep the program alive. */
  const using = async (work: (grpc: Grpc) => Promise<Exit>): Promise<Exit> => {
    const grpc = await domain();
    try {
      return await work(grpc);
    } finally {
      await grpc.close();
    }
  };
  return [
    {
      name: 'grpc list',
      usage: 'TARGET [SERVICE] [--json]',
      summary: () => t('Services of a gRPC server, or the methods of one.'),
      run: (args, io) => using((grpc) => list(grpc, parseArguments(args, [1, 2]), io)),
    },
    {
      name: 'grpc describe',
      usage: 'TARGET SYMBOL',
      summary: () => t('A service, method, message or enum of a gRPC server, as .proto text.'),
      run: (args, io) => using((grpc) => describeSymbol(grpc, parseArguments(args, [2, 2]), io)),
    },
    {
      name: 'grpc call',
      usage: "TARGET SERVICE/METHOD [-d JSON|@-|@FILE] [-H 'NAME: VALUE'] [-cacert FILE] [--deadline SECONDS] [--json]",
      summary: () => t('Calls a method and prints what it answers; several JSON values are sent as a stream.'),
      run: (args, io) => using((grpc) => call(grpc, parseArguments(args, [2, 2]), io)),
    },
    {
      name: 'grpc run',
      usage: runUsage,
      summary: () => t('Sends the requests of files (*.grpc.yaml) and says which were answered as expected.'),
      run: (args, io) => using((grpc) => runFiles(grpc, args, io)),
    },
  ];
}

interface Arguments {
  readonly words: readonly string[];
  readonly data: string | undefined;
  readonly reach: GivenReach;
  readonly metadata: MetadataEntries;
  readonly deadline: number | undefined;
  readonly json: boolean;
}

/**
 * grpcurl's flags and two of our own, anywhere, with one dash or two.
 * @param count least and most words beside the flags.
 */
export function parseArguments(args: readonly string[], [least, most]: readonly [number, number]): Arguments {
  const rest = [...args];
  const json = takeFlag(rest, 'json') !== undefined;
  const deadline = takeFlag(rest, 'deadline', true);
  const line = parseGrpcurl(rest, true);
  const { words } = line;
  if (words.length < least) throw new Failure('invalid', t('Something is missing: see {0}.', 'gantry --help'));
  if (words.length > most) throw new Failure('invalid', t('“{0}” is one word too many.', words[most]!));
  const call = callOfGrpcurl(line, 'found');
  return {
    words: [call.target, ...words.slice(1)],
    data: line.flags.findLast(({ name }) => name === 'd')?.value,
    reach: {
      connection: call.connection,
      metadata: call.reflectMetadata,
      ...(call.files === undefined ? {} : { files: call.files }),
    },
    metadata: call.metadata,
    deadline: deadline === undefined ? call.deadline : parseSeconds(deadline),
    json,
  };
}

/** Takes a flag of ours out of the arguments; its value, or an empty text for one that has none. */
function takeFlag(args: string[], name: string, hasValue = false): string | undefined {
  const at = args.findIndex((arg) => new RegExp(`^--?${name}(=|$)`).test(arg));
  if (at < 0) return undefined;
  const [flag = ''] = args.splice(at, 1);
  if (flag.includes('=')) return flag.slice(flag.indexOf('=') + 1);
  if (!hasValue) return '';
  const [value] = args.splice(at, 1);
  if (value === undefined) throw new Failure('invalid', t('{0} needs a value.', flag));
  return value;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0)) throw new Failure('invalid', t('“{0}” is no number of seconds.', text));
  return seconds;
}

async function list(grpc: Grpc, { words, json, reach }: Arguments, io: CliIo): Promise<Exit> {
  const [target, name] = words as [string, string?];
  grpc.configure(target, reach);
  const schema = await grpc.schema(target);
  if (name === undefined) return listServices(schema, json, io);
  const methods = (await grpc.methods(target)).filter((method) => method.service === name);
  if (methods.length === 0) throw noSymbol(target, name);
  if (json) io.out(JSON.stringify(methods));
  else {
    const rows = methods.map((each) => [`${each.service}/${each.method}`, kindText(each.methodKind)]);
    for (const line of table(rows)) io.out(line);
  }
  return exit.done;
}

function listServices(schema: Schema, json: boolean, io: CliIo): Exit {
  const services = schema.services.map(({ typeName }) => typeName);
  if (json) {
    io.out(JSON.stringify({ services, broken: schema.broken }));
    return exit.done;
  }
  for (const service of services) io.out(service);
  for (const { service, reason } of schema.broken) io.err(`${service}: ${reason}`);
  return exit.done;
}

async function describeSymbol(grpc: Grpc, { words, reach }: Arguments, io: CliIo): Promise<Exit> {
  const [target, name] = words as [string, string];
  grpc.configure(target, reach);
  const schema = await grpc.schema(target);
  const { protoText } = await import('./protoText.ts');
  const text = protoText(schema, name);
  if (text === undefined) throw noSymbol(target, name);
  io.out(text);
  return exit.done;
}

const noSymbol = (target: string, name: string): Failure => new Failure('notFound', t('{0} has no {1}.', target, name));

async function call(grpc: Grpc, { words, data, reach, metadata, deadline, json }: Arguments, io: CliIo): Promise<Exit> {
  const [target, method] = words as [string, string];
  grpc.configure(target, reach);
  const text = await readData(data ?? '{}', io);
  const messages = splitMessages(text);
  const request = { target, method, messages: each(messages.map((message) => message.text)), metadata };
  let code: Exit = exit.unable;
  for await (const event of grpc.call(deadline === undefined ? request : { ...request, deadline }, io.signal)) {
    if (event.kind === 'failed') throw placed(event, text, messages);
    if (json) io.out(JSON.stringify(event));
    else print(event, io);
    if (event.kind === 'trailers') code = event.code === 0 ? exit.done : exit.problems;
  }
  return code;
}

function print(event: CallEvent, io: CliIo): void {
  if (event.kind === 'message') io.out(event.json);
  if (event.kind === 'stalled') io.err(event.sentence);
  if (event.kind !== 'trailers' || event.code === 0) return;
  io.err(`${event.codeName}: ${event.details}`);
  for (const detail of event.decodedDetails) io.err(detail);
  if (event.explanation !== undefined) io.err(event.explanation.sentence);
}

/** The failure with line and column where it is the request that is wrong. */
function placed(
  { failure, place }: CallEvent & { kind: 'failed' },
  text: string,
  messages: readonly { readonly start: number }[],
): Failure {
  if (place === undefined) return new Failure(failure.kind, failure.message);
  return atPlace(text, (messages[place.message]?.start ?? 0) + place.start, failure.message);
}

function atPlace(text: string, offset: number, message: string): Failure {
  const { line, column } = positionOf(text, offset);
  return new Failure('invalid', t('Request, line {0}, column {1}: {2}', line, column, message));
}

function splitMessages(text: string): readonly { readonly text: string; readonly start: number }[] {
  try {
    return parseJsonDocuments(text).map(({ start, end }) => ({ text: text.slice(start, end), start }));
  } catch (error) {
    throw error instanceof JsonProblem ? atPlace(text, error.start, error.message) : error;
  }
}

async function readData(data: string, io: CliIo): Promise<string> {
  if (data === '@' || data === '@-') return readAll(process.stdin);
  if (!data.startsWith('@')) return data;
  try {
    return await readFile(resolve(io.cwd, data.slice(1)), 'utf8');
  } catch (error) {
    throw new Failure('invalid', t('{0} cannot be read: {1}', data.slice(1), messageOf(error)), error);
  }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
