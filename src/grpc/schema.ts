/** What is known of a server's types: built from descriptor files, as far as they hold together. */
import {
  type DescFile,
  type DescMethod,
  type DescService,
  type Registry,
  createFileRegistry,
  createRegistry,
} from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  file_google_protobuf_any,
  file_google_protobuf_api,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_type,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt';

import { messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { commentsOf } from './comments.ts';
import { shippedTypes } from './shippedDescriptors.ts';

export interface Schema {
  /** Services whose types are all known, in the order the server lists them. */
  readonly services: readonly DescService[];
  /** Services that cannot be called, with a sentence why. */
  readonly broken: readonly { readonly service: string; readonly reason: string }[];
  /** Every type, the server's own first, then google.rpc and the well-known ones: what an Any may hold. */
  readonly types: Registry;
  /** Full name of a service, method, message, field, enum or value → what its source says before it. */
  readonly comments: ReadonlyMap<string, string>;
}

/** Files any server may import without publishing them. */
export const bundledFiles: ReadonlyMap<string, DescFile> = new Map(
  [
    file_google_protobuf_any,
    file_google_protobuf_api,
    file_google_protobuf_descriptor,
    file_google_protobuf_duration,
    file_google_protobuf_empty,
    file_google_protobuf_field_mask,
    file_google_protobuf_source_context,
    file_google_protobuf_struct,
    file_google_protobuf_timestamp,
    file_google_protobuf_type,
    file_google_protobuf_wrappers,
    ...[...shippedTypes.files].filter((file) => file.proto.package === 'google.rpc'),
  ].map((file) => [file.proto.name, file]),
);

/**
 * Links `files` file by file, imports first, so that a file that does not hold together costs only what depends on it.
 * `unavailable` has the reason for services that the source could not even describe.
 */
export function linkSchema(
  names: readonly string[],
  files: ReadonlyMap<string, FileDescriptorProto>,
  unavailable: ReadonlyMap<string, string> = new Map(),
  gone = (file: string, name: string): string => t('{0} imports {1}, which the server does not publish.', file, name),
): Schema {
  const linked = new Map<string, DescFile>();
  const faults = new Map<string, string>();
  for (const name of importsFirst(files)) {
    try {
      linked.set(name, linkFile(files.get(name)!, linked, faults, gone));
    } catch (error) {
      faults.set(name, messageOf(error));
    }
  }
  const types = createRegistry(...bundledFiles.values(), ...linked.values());
  const services: DescService[] = [];
  const broken: { service: string; reason: string }[] = [];
  for (const name of names) {
    const service = types.getService(name);
    if (service !== undefined) services.push(service);
    else broken.push({ service: name, reason: unavailable.get(name) ?? faultOf(name, files, faults) });
  }
  return { services, broken, types, comments: commentsOf(files.values()) };
}

function linkFile(
  file: FileDescriptorProto,
  linked: ReadonlyMap<string, DescFile>,
  faults: ReadonlyMap<string, string>,
  gone: (file: string, name: string) => string,
): DescFile {
  for (const name of file.dependency) {
    if (linked.has(name) || bundledFiles.has(name)) continue;
    throw new Error(faults.get(name) ?? gone(file.name, name));
  }
  const registry = createFileRegistry(file, (name) => linked.get(name) ?? bundledFiles.get(name));
  return registry.getFile(file.name)!;
}

/** Why no file gave this service. */
function faultOf(
  service: string,
  files: ReadonlyMap<string, FileDescriptorProto>,
  faults: ReadonlyMap<string, string>,
): string {
  for (const [name, file] of files) {
    const prefix = file.package === '' ? '' : `${file.package}.`;
    if (file.service.some((other) => prefix + other.name === service)) {
      return faults.get(name) ?? t('{0} could not be read.', name);
    }
  }
  return t('The server lists it, but publishes no description of it.');
}

/** Names ordered so that each file's imports stand before it. Files that import each other come in some order. */
function importsFirst(files: ReadonlyMap<string, FileDescriptorProto>): string[] {
  const ordered = new Set<string>();
  const entered = new Set<string>();
  // An own stack: a chain of imports may be longer than the call stack.
  for (const root of files.keys()) {
    const stack = [root];
    while (stack.length > 0) {
      const name = stack.at(-1)!;
      const first = !entered.has(name);
      entered.add(name);
      const waiting = first
        ? files.get(name)!.dependency.filter((other) => files.has(other) && !entered.has(other))
        : [];
      if (waiting.length > 0) stack.push(...waiting);
      else ordered.add(stack.pop()!);
    }
  }
  return [...ordered];
}

export function findService(schema: Schema, name: string): DescService | undefined {
  return schema.services.find(({ typeName }) => typeName === name);
}

/** The method of `package.Service/Method` or `package.Service.Method`; undefined when the schema has none. */
export function findMethod(schema: Schema, name: string): DescMethod | undefined {
  const [, service = '', method = ''] = /^\/?(.+)[/.]([^/.]+)$/.exec(name) ?? [];
  return findService(schema, service)?.methods.find((candidate) => candidate.name === method);
}
