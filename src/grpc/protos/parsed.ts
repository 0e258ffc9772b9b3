/**
 * Descriptors by the parser of protobufjs, where there is neither buf, protoc nor Go. protobufjs itself would make them
 * of whole packages, without imports, and by compiling code from names in the schema; here they are made file by file
 * out of what it parsed. Left out is what calls do not need: custom options, and editions, which it does not know enough of.
 */
import { create } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as FieldType,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  MethodOptions_IdempotencyLevel as IdempotencyLevel,
  type ServiceDescriptorProto,
  ServiceDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import protobuf from 'protobufjs';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { ProtoHead } from './scan.ts';

/** Full name → what it is. */
export type Symbols = Map<string, 'message' | 'group' | 'enum'>;

/** One parsed file. */
export interface ParsedProto {
  readonly name: string;
  readonly head: ProtoHead;
  readonly root: protobuf.Root;
}

/** Throws Failure `invalid` with what is wrong in the source. */
export function parseProto(name: string, source: string, head: ProtoHead): ParsedProto {
  if (/^\d/.test(head.syntax)) {
    throw new Failure(
      'invalid',
      t('It is written in edition {0}, which takes Go, buf or protoc to read.', head.syntax),
    );
  }
  const root = new protobuf.Root();
  try {
    protobuf.parse(source, root, { keepCase: true });
  } catch (error) {
    throw new Failure('invalid', error instanceof Error ? error.message : String(error), error);
  }
  return { name, head, root };
}

/** Adds what the file declares. */
export function declare({ root }: ParsedProto, symbols: Symbols): void {
  const visit = (space: protobuf.NamespaceBase): void => {
    for (const nested of space.nestedArray) {
      if (nested instanceof protobuf.Type) symbols.set(nested.fullName, isGroup(nested) ? 'group' : 'message');
      if (nested instanceof protobuf.Enum) symbols.set(nested.fullName, 'enum');
      if (nested instanceof protobuf.Namespace) visit(nested);
    }
  };
  visit(root);
}

const isGroup = (type: protobuf.Type): boolean => (type as { group?: boolean }).group === true;

/** The file's descriptor. `symbols` has what it and its imports declare. Throws Failure `invalid`. */
export function describeProto({ name, head, root }: ParsedProto, symbols: Symbols): FileDescriptorProto {
  return new Describer(symbols).file(name, head, spaceOf(root, head.package));
}

function spaceOf(root: protobuf.Root, name: string): protobuf.NamespaceBase {
  const space = name === '' ? root : root.lookup(name);
  return space instanceof protobuf.Namespace ? space : root;
}

const scalars: Readonly<Record<string, FieldType>> = {
  double: FieldType.DOUBLE,
  float: FieldType.FLOAT,
  int64: FieldType.INT64,
  uint64: FieldType.UINT64,
  int32: FieldType.INT32,
  fixed64: FieldType.FIXED64,
  fixed32: FieldType.FIXED32,
  bool: FieldType.BOOL,
  string: FieldType.STRING,
  bytes: FieldType.BYTES,
  uint32: FieldType.UINT32,
  sfixed32: FieldType.SFIXED32,
  sfixed64: FieldType.SFIXED64,
  sint32: FieldType.SINT32,
  sint64: FieldType.SINT64,
};

class Describer {
  readonly #symbols: Symbols;

  constructor(symbols: Symbols) {
    this.#symbols = symbols;
  }

  file(name: string, head: ProtoHead, space: protobuf.NamespaceBase): FileDescriptorProto {
    const { messages, enums, extensions, services } = this.#nested(space);
    return create(FileDescriptorProtoSchema, {
      name,
      package: head.package,
      dependency: [...head.imports],
      syntax: head.syntax === 'proto2' ? '' : head.syntax,
      messageType: messages,
      enumType: enums,
      extension: extensions,
      service: services,
    });
  }

  #nested(space: protobuf.NamespaceBase) {
    const nested = space.nestedArray;
    return {
      messages: nested.filter((one) => one instanceof protobuf.Type).map((one) => this.#message(one)),
      enums: nested.filter((one) => one instanceof protobuf.Enum).map(enumOf),
      extensions: nested.filter((one) => one instanceof protobuf.Field).map((one) => this.#field(one, space)),
      services: nested.filter((one) => one instanceof protobuf.Service).map((one) => this.#service(one)),
    };
  }

  #message(type: protobuf.Type): DescriptorProto {
    const { messages, enums, extensions } = this.#nested(type);
    // A field that is optional in proto3 is written as the only one of a oneof, which comes after the real ones.
    const isReal = (oneof: protobuf.OneOf): boolean => !oneof.fieldsArray.some(isOptional);
    const oneofs = [...type.oneofsArray.filter(isReal), ...type.oneofsArray.filter((one) => !isReal(one))];
    return create(DescriptorProtoSchema, {
      name: type.name,
      field: type.fieldsArray.map((field) => {
        const description = this.#field(field, type);
        const { partOf } = field;
        if (partOf !== null) description.oneofIndex = oneofs.indexOf(partOf);
        return description;
      }),
      nestedType: [
        ...messages,
        ...type.fieldsArray
          .filter((field) => field instanceof protobuf.MapField)
          .map((field) => this.#mapEntry(field, type)),
      ],
      enumType: enums,
      extension: extensions,
      oneofDecl: oneofs.map(({ name }) => ({ name })),
      extensionRange: ranges(type.extensions as unknown[] | undefined),
      reservedRange: ranges(type.reserved),
      reservedName: (type.reserved ?? []).filter((one) => typeof one === 'string'),
      ...(type.getOption('deprecated') === true ? { options: { deprecated: true } } : {}),
    });
  }

  #mapEntry(field: protobuf.MapField, type: protobuf.Type): DescriptorProto {
    return create(DescriptorProtoSchema, {
      name: entryName(field.name),
      field: [
        create(FieldDescriptorProtoSchema, { name: 'key', number: 1, label: Label.OPTIONAL, jsonName: 'key', ...this.#typeOf(field.keyType, type) }), // prettier-ignore
        create(FieldDescriptorProtoSchema, { name: 'value', number: 2, label: Label.OPTIONAL, jsonName: 'value', ...this.#typeOf(field.type, type) }), // prettier-ignore
      ],
      options: { mapEntry: true },
    });
  }

  #field(field: protobuf.Field, scope: protobuf.NamespaceBase): FieldDescriptorProto {
    const { name, id, extend } = field;
    const { rule } = field as { rule?: string };
    const label = rule === 'required' ? Label.REQUIRED : field.repeated || field.map ? Label.REPEATED : Label.OPTIONAL;
    const type = field.map
      ? { type: FieldType.MESSAGE, typeName: `${scope.fullName}.${entryName(name)}` }
      : this.#typeOf(field.type, scope);
    const [packed, deprecated, fallback, jsonName] = ['packed', 'deprecated', 'default', 'json_name'].map((option) =>
      option in (field.options ?? {}) ? (field.options as Record<string, unknown>)[option] : undefined,
    );
    return create(FieldDescriptorProtoSchema, {
      name,
      number: id,
      label,
      ...type,
      jsonName: typeof jsonName === 'string' ? jsonName : jsonNameOf(name),
      ...(extend === undefined ? {} : { extendee: this.#resolve(extend, scope) }),
      ...(isOptional(field) ? { proto3Optional: true } : {}),
      ...(fallback === undefined ? {} : { defaultValue: defaultText(fallback) }),
      ...(packed === undefined && deprecated === undefined
        ? {}
        : {
            options: {
              ...(typeof packed === 'boolean' ? { packed } : {}),
              ...(deprecated === true ? { deprecated: true } : {}),
            },
          }),
    });
  }

  #service(service: protobuf.Service): ServiceDescriptorProto {
    return create(ServiceDescriptorProtoSchema, {
      name: service.name,
      method: service.methodsArray.map((method) => {
        const level = String(method.getOption('idempotency_level')) as keyof typeof IdempotencyLevel;
        const options = {
          ...(method.getOption('deprecated') === true ? { deprecated: true } : {}),
          ...(level in IdempotencyLevel ? { idempotencyLevel: IdempotencyLevel[level] } : {}),
        };
        return {
          name: method.name,
          inputType: this.#resolve(method.requestType, service),
          outputType: this.#resolve(method.responseType, service),
          ...(method.requestStream === true ? { clientStreaming: true } : {}),
          ...(method.responseStream === true ? { serverStreaming: true } : {}),
          ...(Object.keys(options).length === 0 ? {} : { options }),
        };
      }),
      ...(service.getOption('deprecated') === true ? { options: { deprecated: true } } : {}),
    });
  }

  #typeOf(type: string, scope: protobuf.NamespaceBase): { type: FieldType; typeName?: string } {
    if (Object.hasOwn(scalars, type)) return { type: scalars[type]! };
    const typeName = this.#resolve(type, scope);
    const kind = this.#symbols.get(typeName);
    return {
      typeName,
      type: kind === 'enum' ? FieldType.ENUM : kind === 'group' ? FieldType.GROUP : FieldType.MESSAGE,
    };
  }

  /** The innermost scope that has the name's first step decides, as in C++. */
  #resolve(name: string, scope: protobuf.NamespaceBase): string {
    if (name.startsWith('.')) return name;
    for (let space = scope.fullName; ; space = space.slice(0, Math.max(0, space.lastIndexOf('.')))) {
      const full = `${space}.${name}`;
      if (this.#symbols.has(full)) return full;
      if (space === '') break;
    }
    throw new Failure('invalid', t('{0} is used in {1}, but nothing of that name is imported.', name, scope.fullName.slice(1))); // prettier-ignore
  }
}

function enumOf(type: protobuf.Enum): EnumDescriptorProto {
  const options = {
    ...(type.getOption('allow_alias') === true ? { allowAlias: true } : {}),
    ...(type.getOption('deprecated') === true ? { deprecated: true } : {}),
  };
  return create(EnumDescriptorProtoSchema, {
    name: type.name,
    value: Object.entries(type.values).map(([name, number]) => ({
      name,
      number,
      ...(type.valuesOptions?.[name]?.['deprecated'] === true ? { options: { deprecated: true } } : {}),
    })),
    ...(Object.keys(options).length === 0 ? {} : { options }),
  });
}

/** Both ends as written; a descriptor names the first number after the end. */
const ranges = (written: readonly unknown[] | undefined): { start: number; end: number }[] =>
  (written ?? [])
    .filter((range): range is [number, number] => Array.isArray(range))
    .map(([start, end]) => ({ start, end: end + 1 }));

const isOptional = (field: protobuf.Field): boolean => field.getOption('proto3_optional') === true;

/** As every compiler names the message behind `map<…> prices_of = 1`: PricesOfEntry. */
const entryName = (field: string): string => `${camel(`_${field}`)}Entry`;

const camel = (name: string): string => name.replace(/_+([^_])/g, (_, letter: string) => letter.toUpperCase());

/** As protoc makes it: underscores go, and what follows one is a capital. */
const jsonNameOf = (name: string): string => name.replace(/_+([^_]?)/g, (_, letter: string) => letter.toUpperCase());

function defaultText(value: unknown): string {
  if (typeof value !== 'number' || Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}
