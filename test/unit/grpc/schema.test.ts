import assert from 'node:assert/strict';
import { create } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { protoText } from '../../../src/grpc/protoText.ts';
import { type Schema, findMethod, linkSchema } from '../../../src/grpc/schema.ts';

describe('linking a schema', () => {
  /** A file with one service of its name that takes and gives Empty. */
  const file = (name: string, ...imports: string[]): FileDescriptorProto =>
    create(FileDescriptorProtoSchema, {
      name: `${name}.proto`,
      package: 'shop',
      syntax: 'proto3',
      dependency: ['google/protobuf/empty.proto', ...imports.map((other) => `${other}.proto`)],
      service: [
        {
          name,
          method: [
            {
              name: 'Do',
              inputType: '.google.protobuf.Empty',
              outputType: '.google.protobuf.Empty',
              serverStreaming: true,
            },
          ],
        },
      ],
    });

  const link = (...files: FileDescriptorProto[]): Schema =>
    linkSchema(
      files.map((one) => one.service[0]!.name).map((name) => `shop.${name}`),
      new Map(files.map((one) => [one.name, one])),
    );

  const outcome = ({ services, broken }: Schema): unknown => ({
    services: services.map((one) => one.typeName),
    broken,
  });

  it('takes files in any order, and well-known imports that nobody sent', () => {
    assert.deepEqual(outcome(link(file('A', 'B', 'C'), file('B', 'C'), file('C'))), {
      services: ['shop.A', 'shop.B', 'shop.C'],
      broken: [],
    });
  });

  it('loses only what depends on a missing file, and says which', () => {
    const reason = 'B.proto imports Gone.proto, which the server does not publish.';
    assert.deepEqual(outcome(link(file('A', 'B'), file('B', 'Gone'), file('C'))), {
      services: ['shop.C'],
      broken: [
        { service: 'shop.A', reason },
        { service: 'shop.B', reason },
      ],
    });
  });

  it('loses only a file that does not hold together', () => {
    const bad = file('Bad');
    bad.service[0]!.method[0]!.inputType = '.shop.Missing';
    const { services, broken } = link(bad, file('C'));
    assert.deepEqual(
      [services.map((one) => one.typeName), broken.map(({ service }) => service)],
      [['shop.C'], ['shop.Bad']],
    );
    assert.match(broken[0]!.reason, /Missing/);
  });

  it('ends with files that import each other', () => {
    const { services, broken } = link(file('A', 'B'), file('B', 'A'), file('C'));
    assert.deepEqual(
      [services.map((one) => one.typeName), broken.map(({ service }) => service)],
      [['shop.C'], ['shop.A', 'shop.B']],
    );
  });

  it('finds a method by both spellings', () => {
    const schema = link(file('A'));
    const names = ['shop.A/Do', 'shop.A.Do', '/shop.A/Do', 'shop.A/Undo', 'Do', ''];
    assert.deepEqual(
      names.map((name) => findMethod(schema, name)?.name),
      ['Do', 'Do', 'Do', undefined, undefined, undefined],
    );
  });

  it('writes a symbol as .proto text', () => {
    const schema = link(file('A'));
    assert.deepEqual(
      ['shop.A', 'shop.A/Do', 'google.protobuf.Value', 'google.protobuf.NullValue', 'none'].map((name) =>
        protoText(schema, name),
      ),
      [
        'service shop.A {\n  rpc Do(google.protobuf.Empty) returns (stream google.protobuf.Empty);\n}',
        'rpc Do(google.protobuf.Empty) returns (stream google.protobuf.Empty);',
        [
          'message google.protobuf.Value {',
          '  oneof kind {',
          '    google.protobuf.NullValue null_value = 1;',
          '    double number_value = 2;',
          '    string string_value = 3;',
          '    bool bool_value = 4;',
          '    google.protobuf.Struct struct_value = 5;',
          '    google.protobuf.ListValue list_value = 6;',
          '  }',
          '}',
        ].join('\n'),
        'enum google.protobuf.NullValue {\n  NULL_VALUE = 0;\n}',
        undefined,
      ],
    );
  });
});
