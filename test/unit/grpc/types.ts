/** A small schema for the unit tests, written as descriptors. */
import { create, createFileRegistry, createRegistry } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import { bundledFiles } from '../../../src/grpc/schema.ts';

const field = (name: string, number: number, type: Type, more: object = {}): object => ({
  name,
  number,
  type,
  label: Label.OPTIONAL,
  jsonName: name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
  ...more,
});

const file = create(FileDescriptorProtoSchema, {
  name: 'shop.proto',
  package: 'shop',
  syntax: 'proto3',
  dependency: ['google/protobuf/any.proto', 'google/protobuf/timestamp.proto', 'google/protobuf/wrappers.proto'],
  enumType: [
    {
      name: 'State',
      value: [
        { name: 'NEW', number: 0 },
        { name: 'PAID', number: 1 },
      ],
    },
  ],
  messageType: [
    {
      name: 'Order',
      field: [
        field('id', 1, Type.INT64),
        field('user_name', 2, Type.STRING),
        field('state', 3, Type.ENUM, { typeName: '.shop.State' }),
        field('items', 4, Type.MESSAGE, { typeName: '.shop.Item', label: Label.REPEATED }),
        field('card', 5, Type.STRING, { oneofIndex: 0 }),
        field('voucher', 6, Type.STRING, { oneofIndex: 0 }),
        field('created', 7, Type.MESSAGE, { typeName: '.google.protobuf.Timestamp' }),
        field('extra', 8, Type.MESSAGE, { typeName: '.google.protobuf.Any' }),
        field('parent', 9, Type.MESSAGE, { typeName: '.shop.Order' }),
        field('price', 10, Type.FLOAT),
        field('data', 11, Type.BYTES),
        field('totals', 12, Type.MESSAGE, { typeName: '.shop.Order.TotalsEntry', label: Label.REPEATED }),
        field('limit', 13, Type.MESSAGE, { typeName: '.google.protobuf.UInt64Value' }),
      ],
      oneofDecl: [{ name: 'payment' }],
      nestedType: [
        {
          name: 'TotalsEntry',
          field: [field('key', 1, Type.STRING), field('value', 2, Type.INT64)],
          options: { mapEntry: true },
        },
      ],
    },
    { name: 'Item', field: [field('sku', 1, Type.STRING), field('count', 2, Type.INT32)] },
  ],
});

const registry = createFileRegistry(file, (name) => bundledFiles.get(name));

/** `shop.Order`, `shop.Item` and the well-known types. */
export const types = createRegistry(...bundledFiles.values(), ...registry.files);
export const order = types.getMessage('shop.Order')!;
