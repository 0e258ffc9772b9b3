/** What a service is made of: a .proto file with all it imports, its services, and requests to try them with. */
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { type FileDescriptorProto, MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { sampleRequest } from '../samples.ts';
import { bundledFiles, type Schema } from '../schema.ts';
import { readProto } from './find.ts';
import { filesNamed, type ProtoLibrary } from './library.ts';
import { linkLoaded } from './link.ts';

export interface ContractMethod {
  readonly name: string;
  readonly clientStreams: boolean;
  /** The contract says that nothing comes of asking twice. */
  readonly repeatable: boolean;
  /** A request as JSON. */
  readonly sample: string;
}

export interface ContractService {
  /** `shop.v1.OrdersService`. */
  readonly name: string;
  readonly methods: readonly ContractMethod[];
}

export interface Contract {
  /** The name by which others import the file. */
  readonly main: string;
  /** Import name → text of the file and of its imports that belong to whoever wrote it. */
  readonly sources: ReadonlyMap<string, string>;
  /** Of the file and all its imports, each after what it imports. */
  readonly files: readonly FileDescriptorProto[];
  /** Those of the file itself. */
  readonly services: readonly ContractService[];
}

/**
 * Reads a file. Its imports begin at the folder that its package tells: `a.v1` lies in `a/v1`.
 * @throws Failure when it cannot be read, does not compile, or has no service.
 */
export async function readContract(library: ProtoLibrary, file: string, signal: AbortSignal): Promise<Contract> {
  const path = resolve(file);
  const head = await readProto(path, { home: dirname(path), borrowed: false, module: undefined });
  if (head === undefined) throw new Failure('notFound', t('There is no .proto file {0}.', file));
  const root = rootOf(path, head.package);
  const loaded = await library.load({ paths: [path], roots: [root] }, signal);
  if (loaded.untrusted) throw new Failure('forbidden', loaded.notes[0]!);
  const [reason] = loaded.broken.values();
  if (reason !== undefined) throw new Failure('invalid', reason);
  const main = relative(root, path).replaceAll('\\', '/');
  const named = filesNamed(loaded, [main]);
  const files = inOrder(main, (name) => named.get(name) ?? bundledFiles.get(name)?.proto);
  const services = servicesOf(linkLoaded(loaded), main);
  if (services.length === 0) throw new Failure('invalid', t('{0} declares no service.', file));
  return { main, files, services, sources: await sourcesOf(root, files) };
}

function rootOf(path: string, packageName: string): string {
  const folder = dirname(path);
  const steps = packageName.split('.').filter((step) => step !== '');
  const root = resolve(folder, ...steps.map(() => '..'));
  return relative(root, folder).replaceAll('\\', '/') === steps.join('/') ? root : folder;
}

function inOrder(main: string, find: (name: string) => FileDescriptorProto | undefined): FileDescriptorProto[] {
  const ordered = new Map<string, FileDescriptorProto>();
  const visit = (name: string): void => {
    const file = find(name);
    if (file === undefined || ordered.has(name)) return;
    for (const imported of file.dependency) visit(imported);
    ordered.set(name, file);
  };
  visit(main);
  return [...ordered.values()];
}

const servicesOf = ({ services }: Schema, main: string): ContractService[] =>
  services
    .filter(({ file }) => file.proto.name === main)
    .map(({ typeName, methods }) => ({
      name: typeName,
      methods: methods.map(({ name, methodKind, idempotency, input }) => ({
        name,
        clientStreams: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
        repeatable: idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN,
        sample: sampleRequest(input),
      })),
    }));

/** What lies below the root; the rest is everybody's, and there is Go code of it already. */
async function sourcesOf(root: string, files: readonly FileDescriptorProto[]): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const { name } of files) {
    const text = await readFile(join(root, name), 'utf8').catch(() => undefined);
    if (text !== undefined && !name.startsWith('google/')) sources.set(name, text);
  }
  return sources;
}
