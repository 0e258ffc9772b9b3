/** What became different between two schemas of one server. */
import { type DescMessage, type DescMethod, toBinary } from '@bufbuild/protobuf';
import { DescriptorProtoSchema, EnumDescriptorProtoSchema, MethodDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Schema } from './schema.ts';

/** Full name of a service or method (`shop.v1.Orders.Place`) → what happened to it. */
export type Changes = ReadonlyMap<string, 'new' | 'changed' | 'gone'>;

/** Marks of before stay: the person may not have seen them. */
export function changesBetween(before: { readonly schema: Schema; readonly changes: Changes }, now: Schema): Changes {
  const changes = new Map([...before.changes].filter(([, change]) => change !== 'gone'));
  const [old, current] = [methodsOf(before.schema), methodsOf(now)];
  const [oldServices, services] = [before.schema, now].map(
    (schema) => new Set(schema.services.map(({ typeName }) => typeName)),
  ) as [Set<string>, Set<string>];
  for (const name of services) if (!oldServices.has(name)) changes.set(name, 'new');
  for (const name of oldServices) if (!services.has(name)) changes.set(name, 'gone');
  for (const [name, method] of current) {
    const known = old.get(name);
    if (known === undefined) changes.set(name, 'new');
    else if (!changes.has(name) && signature(known) !== signature(method)) changes.set(name, 'changed');
  }
  for (const [name, method] of old) {
    if (!current.has(name) && services.has(method.parent.typeName)) changes.set(name, 'gone');
  }
  return changes;
}

const methodsOf = ({ services }: Schema): Map<string, DescMethod> =>
  new Map(services.flatMap(({ typeName, methods }) => methods.map((each) => [`${typeName}.${each.name}`, each])));

/** The method with every type it can hold, so that a change deep inside shows. */
function signature(method: DescMethod): string {
  const messages = new Set<DescMessage>([method.input, method.output]);
  const enums = new Map<string, string>();
  // A Set grows under its own iteration.
  for (const message of messages) {
    for (const { message: below, enum: type } of message.fields) {
      if (below !== undefined) messages.add(below);
      if (type !== undefined) enums.set(type.typeName, text(toBinary(EnumDescriptorProtoSchema, type.proto)));
    }
  }
  const types = [...messages].map((each) => `${each.typeName} ${text(toBinary(DescriptorProtoSchema, each.proto))}`);
  return [text(toBinary(MethodDescriptorProtoSchema, method.proto)), ...types.sort(), ...enums.values()].join('\n');
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
