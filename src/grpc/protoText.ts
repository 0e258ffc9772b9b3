/** A symbol of a schema as it would stand in a .proto file. */
import type { DescEnum, DescField, DescMessage, DescMethod, DescService } from '@bufbuild/protobuf';
import { type Schema, findMethod } from './schema.ts';
import { typeText } from './types.ts';

/** Text of a service, method, message or enum by its full name; undefined when the schema has no such symbol. */
export function protoText(schema: Schema, name: string): string | undefined {
  const symbol = schema.types.get(name) ?? findMethod(schema, name);
  switch (symbol?.kind) {
    case 'service':
      return serviceText(symbol);
    case 'rpc':
      return rpcText(symbol);
    case 'message':
      return messageText(symbol);
    case 'enum':
      return enumText(symbol);
    default:
      return undefined;
  }
}

const block = (head: string, lines: readonly string[]): string =>
  lines.length === 0 ? `${head} {}` : `${head} {\n${lines.map((line) => line.replace(/^/gm, '  ')).join('\n')}\n}`;

const serviceText = (service: DescService): string =>
  block(`service ${service.typeName}`, service.methods.map(rpcText));

function rpcText(method: DescMethod): string {
  const { methodKind } = method;
  const stream = (streams: boolean): string => (streams ? 'stream ' : '');
  const input = stream(methodKind === 'client_streaming' || methodKind === 'bidi_streaming') + method.input.typeName;
  const output = stream(methodKind === 'server_streaming' || methodKind === 'bidi_streaming') + method.output.typeName;
  return `rpc ${method.name}(${input}) returns (${output});`;
}

const messageText = (message: DescMessage): string =>
  block(
    `message ${message.typeName}`,
    message.members.map((member) =>
      member.kind === 'oneof' ? block(`oneof ${member.name}`, member.fields.map(fieldText)) : fieldText(member),
    ),
  );

const fieldText = (field: DescField): string => `${typeText(field)} ${field.name} = ${field.number};`;

const enumText = (type: DescEnum): string =>
  block(
    `enum ${type.typeName}`,
    type.values.map((value) => `${value.name} = ${value.number};`),
  );
