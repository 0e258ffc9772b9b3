/**
 * A server's schema by gRPC server reflection: v1, and where that does not answer v1alpha, whose messages are the same.
 * Source of the protocol: grpc/grpc doc/server-reflection.md.
 */
import { type DescMessage, create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { status } from '@grpc/grpc-js';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Channels, RawEvent } from './channels.ts';
import type { ConnectionOptions } from './connection.ts';
import { Unreachable, explainEnding, explainUnreachable } from './explain.ts';
import type { MetadataEntries } from './events.ts';
import { bundledFiles } from './schema.ts';
import { Sendable } from './sendable.ts';
import { shippedTypes } from './shippedDescriptors.ts';
import type { Target } from './target.ts';

export interface Reflected {
  readonly version: 'v1' | 'v1alpha';
  /** Services in the server's order, reflection itself left out. */
  readonly services: readonly string[];
  readonly files: ReadonlyMap<string, FileDescriptorProto>;
  /** Serialized files by name, to see whether anything changed. */
  readonly bytes: ReadonlyMap<string, Uint8Array>;
  /** Service → why the server could not describe it. */
  readonly unavailable: ReadonlyMap<string, string>;
}

export interface ReflectOptions {
  readonly metadata?: MetadataEntries;
  /** Only these; all when absent. */
  readonly services?: readonly string[];
  readonly connection?: ConnectionOptions;
}

/** Milliseconds reflection may take in all. */
const deadline = 10_000;

/**
 * Asks for the named services, or for all. Throws Failure: `unreachable` when there is no server, `unauthorised` when it
 * wants credentials, `notFound` when it has no reflection.
 */
export async function reflectServer(
  channels: Channels,
  target: Target,
  signal: AbortSignal,
  options: ReflectOptions = {},
): Promise<Reflected> {
  try {
    return await reflectAs(channels, target, signal, options);
  } catch (error) {
    // Who wrote no scheme leaves it to us to find out.
    if (!(error instanceof Unreachable) || error.explanation.cause !== 'needsTls' || target.saysTls) throw error;
    channels.useTls(target);
    return reflectAs(channels, target, signal, options);
  }
}

async function reflectAs(
  channels: Channels,
  target: Target,
  signal: AbortSignal,
  options: ReflectOptions,
): Promise<Reflected> {
  let refusal: Failure | undefined;
  for (const version of ['v1', 'v1alpha'] as const) {
    const session = new Session(channels, target, version, options, signal);
    try {
      return await readAll(session, version, options.services);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // The first refusal tells more: it is about the version that servers have today.
      refusal ??= await failureOf(error, target, channels.isSecure(target));
      if (!error.mayHaveOtherVersion) break;
    } finally {
      await session.close();
    }
  }
  throw refusal!;
}

async function readAll(
  session: Session,
  version: Reflected['version'],
  wanted: readonly string[] | undefined,
): Promise<Reflected> {
  const services = wanted ?? (await listServices(session));
  const bytes = new Map<string, Uint8Array>();
  const files = new Map<string, FileDescriptorProto>();
  const unavailable = new Map<string, string>();
  const add = (serialized: readonly Uint8Array[]): void => {
    for (const one of serialized) {
      const file = fromBinary(FileDescriptorProtoSchema, one);
      if (files.has(file.name)) continue;
      files.set(file.name, file);
      bytes.set(file.name, one);
    }
  };
  for (const service of services) {
    try {
      add(await session.files({ case: 'fileContainingSymbol', value: service }));
    } catch (error) {
      if (error instanceof Refused) throw error;
      unavailable.set(service, messageOf(error));
    }
  }
  await addMissingImports(session, files, add);
  return { version, services, files, bytes, unavailable };
}

async function listServices(session: Session): Promise<string[]> {
  const answer = await session.ask({ case: 'listServices', value: '*' });
  if (answer.case !== 'listServicesResponse') throw new Error(errorText(answer));
  return answer.value.service.map(({ name }) => name).filter((name) => !/^grpc\.reflection\.v1(alpha)?\./.test(name));
}

/** Some servers send one file at a time. What they do not have stays missing; linking says which service that breaks. */
async function addMissingImports(
  session: Session,
  files: ReadonlyMap<string, FileDescriptorProto>,
  add: (serialized: readonly Uint8Array[]) => void,
): Promise<void> {
  const asked = new Set<string>();
  for (;;) {
    const missing = [...files.values()]
      .flatMap((file) => file.dependency)
      .find((name) => !files.has(name) && !bundledFiles.has(name) && !asked.has(name));
    if (missing === undefined) return;
    asked.add(missing);
    try {
      add(await session.files({ case: 'fileByFilename', value: missing }));
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
  }
}

// The messages of the protocol, as far as they are used. Their schema is shipped; these types only name its fields.

type Question = { readonly case: 'listServices' | 'fileContainingSymbol' | 'fileByFilename'; readonly value: string };

type Answer =
  | {
      readonly case: 'listServicesResponse';
      readonly value: { readonly service: readonly { readonly name: string }[] };
    }
  | {
      readonly case: 'fileDescriptorResponse';
      readonly value: { readonly fileDescriptorProto: readonly Uint8Array[] };
    }
  | { readonly case: 'errorResponse'; readonly value: { readonly errorCode: number; readonly errorMessage: string } }
  | { readonly case: undefined };

const requestType = shippedTypes.getMessage('grpc.reflection.v1.ServerReflectionRequest') as DescMessage;
const responseType = shippedTypes.getMessage('grpc.reflection.v1.ServerReflectionResponse') as DescMessage;

/** The stream ended without the answer asked for. */
class Refused extends Error {
  readonly code: status;
  readonly local: boolean;

  constructor(code: status, details: string, local: boolean) {
    super(details);
    this.code = code;
    this.local = local;
  }

  /** Proxies answer an unknown service with UNAVAILABLE or a reset instead of UNIMPLEMENTED. */
  get mayHaveOtherVersion(): boolean {
    if (this.local) return false;
    const codes: readonly status[] = [status.UNIMPLEMENTED, status.UNAVAILABLE, status.INTERNAL, status.UNKNOWN];
    return codes.includes(this.code);
  }
}

/** One reflection stream: questions and answers strictly in turn. */
class Session {
  readonly #abort = new AbortController();
  readonly #events: AsyncGenerator<RawEvent>;
  readonly #questions = new Sendable<Uint8Array>();

  constructor(
    channels: Channels,
    target: Target,
    version: Reflected['version'],
    { metadata = [], connection = {} }: ReflectOptions,
    signal: AbortSignal,
  ) {
    this.#events = channels.call(
      target,
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      this.#questions,
      { metadata, deadline, connection },
      AbortSignal.any([signal, this.#abort.signal]),
    );
  }

  async files(question: Question): Promise<readonly Uint8Array[]> {
    const answer = await this.ask(question);
    if (answer.case !== 'fileDescriptorResponse') throw new Error(errorText(answer));
    return answer.value.fileDescriptorProto;
  }

  async ask(question: Question): Promise<Answer> {
    this.#questions.push(toBinary(requestType, create(requestType, { messageRequest: question })));
    for (;;) {
      const next = await this.#events.next();
      if (next.done === true) throw new Refused(status.UNKNOWN, 'the stream ended', false);
      if (next.value.kind === 'status') {
        throw new Refused(next.value.code, next.value.details, next.value.local);
      }
      if (next.value.kind === 'message') {
        return (fromBinary(responseType, next.value.bytes) as unknown as { messageResponse: Answer }).messageResponse;
      }
    }
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#events.return(undefined);
  }
}

const errorText = (answer: Answer): string =>
  answer.case === 'errorResponse'
    ? t('The server answers: {0}', answer.value.errorMessage || String(answer.value.errorCode))
    : t('The server’s answer is not one to this question.');

async function failureOf(refused: Refused, target: Target, secure: boolean): Promise<Failure> {
  const { code, local, message } = refused;
  if (code === status.CANCELLED) return new Failure('cancelled', t('Cancelled.'));
  if (local && code === status.UNAVAILABLE) return explainUnreachable(target, secure, message);
  if (code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED) {
    return new Failure('unauthorised', t('{0} does not let its services be listed: {1}', target.text, message));
  }
  if (code === status.DEADLINE_EXCEEDED) {
    return new Failure('timeout', t('{0} did not answer within {1} s.', target.text, deadline / 1000));
  }
  const explanation = await explainEnding(target, secure, { code, details: message, local }, {});
  if (explanation !== undefined) return new Unreachable(explanation, message);
  return new Failure(
    'notFound',
    t('{0} does not publish its services. Turn on server reflection in it, in Go with reflection.Register(server).', target.text), // prettier-ignore
    refused,
  );
}
