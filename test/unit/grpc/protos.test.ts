/** Schemas in files, read with no program at all: names inferred, descriptors made by the parser. */
import assert from 'node:assert/strict';
import { create, toBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Failure } from '../../../src/core/failure.ts';
import { changesBetween } from '../../../src/grpc/changes.ts';
import { findProtos } from '../../../src/grpc/protos/find.ts';
import { linkLoaded } from '../../../src/grpc/protos/link.ts';
import { nameFiles } from '../../../src/grpc/protos/naming.ts';
import { scanProto } from '../../../src/grpc/protos/scan.ts';
import { never } from '../../support/grpcCalls.ts';
import { type ProtoFolder, makeLibrary, makeProtoFolder } from '../../support/protoFolders.ts';

describe('what a .proto file says of itself', () => {
  it('is found between comments, strings and messages', () => {
    const source = `// import "no.proto";
      /* package no; */ syntax = "proto3"; package shop . v1;
      import public "a.proto"; import weak 'b/c.proto'; option go_package = "import \\"x\\";";
      message M { string import = 1; } service S { rpc A(M) returns (M) {} }
      import "last.proto";`;
    assert.deepEqual(scanProto(source.replace('shop . v1', 'shop.v1')), {
      syntax: 'proto3',
      package: 'shop.v1',
      imports: ['a.proto', 'b/c.proto', 'last.proto'],
    });
  });
});

describe('schemas in files', () => {
  let folder: ProtoFolder;
  beforeEach(async () => (folder = await makeProtoFolder()));
  afterEach(() => folder.remove());

  const proto = (name: string, body: string, ...imports: string[]): string =>
    `syntax = "proto3"; package ${name};\n${imports.map((path) => `import "${path}";\n`).join('')}${body}`;

  /** Name → path below the folder, for each unit. */
  async function named(): Promise<unknown> {
    const { protos } = await findProtos([folder.path], never);
    const { units, missing } = await nameFiles(protos, async () => undefined);
    return {
      units: units.map(({ files }) =>
        Object.fromEntries([...files].map(([name, { path }]) => [name, relative(folder.path, path)])),
      ),
      missing: [...missing.keys()],
    };
  }

  it('are named as others import them, and beside those', async () => {
    await folder.write({
      'api/protos/shop/a.proto': proto('shop', 'message A {}', 'shop/b.proto'),
      'api/protos/shop/b.proto': proto('shop', 'message B {}'),
      'api/protos/shop/c.proto': proto('other', 'message C {}'),
    });
    assert.deepEqual(await named(), {
      units: [
        {
          'shop/a.proto': 'api/protos/shop/a.proto',
          'shop/b.proto': 'api/protos/shop/b.proto',
          'shop/c.proto': 'api/protos/shop/c.proto',
        },
      ],
      missing: [],
    });
  });

  it('are named by their Go module where imports begin with its path', async () => {
    await folder.write({
      'go.mod': 'module example.com/shop/v2\n\ngo 1.26\n',
      'api/a.proto': proto('shop', 'message A {}', 'example.com/shop/types/b.proto'),
      'types/b.proto': proto('shop', 'message B {}'),
    });
    assert.deepEqual(await named(), {
      units: [{ 'example.com/shop/api/a.proto': 'api/a.proto', 'example.com/shop/types/b.proto': 'types/b.proto' }],
      missing: [],
    });
  });

  it('are compiled apart where two projects have files of one name', async () => {
    await folder.write({
      'one/main.proto': proto('one', 'message A { common.X x = 1; }', 'common/x.proto'),
      'one/common/x.proto': proto('common', 'message X { string one = 1; }'),
      'two/main.proto': proto('two', 'message A { common.X x = 1; }', 'common/x.proto'),
      'two/common/x.proto': proto('common', 'message X { string two = 1; }'),
    });
    const loaded = await makeLibrary(folder.path).load({}, never);
    const fields = loaded.groups.map(({ files }) => files.get('common/x.proto')?.messageType[0]?.field[0]?.name);
    assert.deepEqual([fields, [...loaded.broken]], [['one', 'two'], []]);
  });

  it('lose only what depends on a missing import, and say which that is', async () => {
    await folder.write({
      'a.proto': proto('shop', 'message A {}', 'gone.proto'),
      'b.proto': proto('shop', 'message B {}', 'a.proto'),
      'c.proto': proto('shop', 'service C { rpc Do(D) returns (D); } message D {}'),
    });
    const loaded = await makeLibrary(folder.path).load({}, never);
    assert.deepEqual(
      {
        services: linkLoaded(loaded).services.map(({ typeName }) => typeName),
        broken: [...loaded.broken].map(([path, reason]) => [relative(folder.path, path), reason]),
      },
      {
        services: ['shop.C'],
        broken: [
          ['a.proto', 'a.proto imports gone.proto, which was not found.'],
          ['b.proto', 'a.proto imports gone.proto, which was not found.'],
        ],
      },
    );
  });

  it('end where a file imports itself or two import each other', async () => {
    await folder.write({
      'a.proto': proto('shop', 'message A {}', 'a.proto'),
      'b.proto': proto('shop', 'message B {}', 'c.proto'),
      'c.proto': proto('shop', 'message C {}', 'b.proto'),
    });
    assert.equal((await makeLibrary(folder.path).load({}, never)).protos.length, 3);
  });

  it('find the types of google that nobody has', async () => {
    await folder.write({
      'a.proto': proto('shop', 'message A { google.type.Money price = 1; }', 'google/type/money.proto', 'google/api/annotations.proto'), // prettier-ignore
    });
    const { broken, groups } = await makeLibrary(folder.path).load({}, never);
    assert.deepEqual([[...broken], groups.length], [[], 1]);
  });

  it('are not compiled where the workspace is not trusted, and say so; descriptor sets are read', async () => {
    await folder.write({ 'a.proto': proto('shop', 'message A {}') });
    const set = create(FileDescriptorSetSchema, { file: [{ name: 'x.proto', service: [{ name: 'X' }] }] });
    await writeFile(join(folder.path, 'x.binpb'), toBinary(FileDescriptorSetSchema, set));
    await writeFile(join(folder.path, 'other.binpb'), 'something else');
    const loaded = await makeLibrary(folder.path, { trusted: () => false }).load({}, never);
    assert.deepEqual(
      [linkLoaded(loaded).services.map(({ typeName }) => typeName), loaded.notes, loaded.untrusted],
      [['X'], ['The .proto files of a workspace are compiled only when you trust it.'], true],
    );
  });

  it('say what a compiler that must be built first waits for, until it does no more', async () => {
    await folder.write({ 'a.proto': proto('a', 'message M {}') });
    const told: (string | undefined)[] = [];
    const library = makeLibrary(folder.path, {
      report: (sentence) => void told.push(sentence),
      program: async (_, report) => {
        report('Building the compiler: 40 %.');
        throw new Failure('toolMissing', 'There is no Go.');
      },
    });
    const { compilers, notes } = await library.load({}, never);
    assert.deepEqual(
      { told, compilers, notes },
      { told: ['Building the compiler: 40 %.', undefined], compilers: ['protobufjs'], notes: ['There is no Go.'] },
    );
  });

  it('are read again only when a file changed', async () => {
    await folder.write({ 'a.proto': proto('shop', 'message A {}') });
    const library = makeLibrary(folder.path);
    const first = await library.load({}, never);
    const same = (await library.load({}, never)) === first && (await library.current({}, never)) === first;
    await folder.write({ 'a.proto': proto('shop', 'message A { string added = 1; }') });
    const changed = await library.current({}, never);
    await folder.write({ 'b.proto': proto('shop', 'message B {}') });
    assert.deepEqual([same, changed === first, (await library.load({}, never)).protos.length], [true, false, 2]);
  });

  it('become descriptors without a compiler: every kind of field, as a compiler writes it', async () => {
    await folder.write({
      'a.proto': `syntax = "proto3"; package shop;
        message Order {
          string user_name = 1; optional int64 at = 2; repeated Item items = 3; map<string, Item> by_name = 4;
          oneof pay { string card = 5; bool cash = 6; }
          message Item { State state = 1 [deprecated = true]; } enum State { NONE = 0; DONE = 1; }
          reserved 9, 20 to 22; reserved "old";
        }
        service Orders { rpc Watch(stream Order.Item) returns (stream Order) { option deprecated = true; } }`,
    });
    const { groups } = await makeLibrary(folder.path).load({}, never);
    const file = toJson(FileDescriptorProtoSchema, groups[0]!.files.get('a.proto')!);
    assert.deepEqual(file, {
      name: 'a.proto',
      package: 'shop',
      syntax: 'proto3',
      messageType: [
        {
          name: 'Order',
          field: [
            { name: 'user_name', number: 1, label: 'LABEL_OPTIONAL', type: 'TYPE_STRING', jsonName: 'userName' },
            { name: 'at', number: 2, label: 'LABEL_OPTIONAL', type: 'TYPE_INT64', jsonName: 'at', oneofIndex: 1, proto3Optional: true }, // prettier-ignore
            { name: 'items', number: 3, label: 'LABEL_REPEATED', type: 'TYPE_MESSAGE', typeName: '.shop.Order.Item', jsonName: 'items' }, // prettier-ignore
            { name: 'by_name', number: 4, label: 'LABEL_REPEATED', type: 'TYPE_MESSAGE', typeName: '.shop.Order.ByNameEntry', jsonName: 'byName' }, // prettier-ignore
            { name: 'card', number: 5, label: 'LABEL_OPTIONAL', type: 'TYPE_STRING', jsonName: 'card', oneofIndex: 0 },
            { name: 'cash', number: 6, label: 'LABEL_OPTIONAL', type: 'TYPE_BOOL', jsonName: 'cash', oneofIndex: 0 },
          ],
          nestedType: [
            {
              name: 'Item',
              field: [
                { name: 'state', number: 1, label: 'LABEL_OPTIONAL', type: 'TYPE_ENUM', typeName: '.shop.Order.State', jsonName: 'state', options: { deprecated: true } }, // prettier-ignore
              ],
            },
            {
              name: 'ByNameEntry',
              field: [
                { name: 'key', number: 1, label: 'LABEL_OPTIONAL', type: 'TYPE_STRING', jsonName: 'key' },
                { name: 'value', number: 2, label: 'LABEL_OPTIONAL', type: 'TYPE_MESSAGE', typeName: '.shop.Order.Item', jsonName: 'value' }, // prettier-ignore
              ],
              options: { mapEntry: true },
            },
          ],
          enumType: [{ name: 'State', value: [{ name: 'NONE', number: 0 }, { name: 'DONE', number: 1 }] }], // prettier-ignore
          oneofDecl: [{ name: 'pay' }, { name: '_at' }],
          reservedRange: [{ start: 9, end: 10 }, { start: 20, end: 23 }], // prettier-ignore
          reservedName: ['old'],
        },
      ],
      service: [
        {
          name: 'Orders',
          method: [
            {
              name: 'Watch',
              inputType: '.shop.Order.Item',
              outputType: '.shop.Order',
              options: { deprecated: true },
              clientStreaming: true,
              serverStreaming: true,
            },
          ],
        },
      ],
    });
  });

  it('say what changed: methods come and go, and types deep inside them', async () => {
    const write = (item: string, methods: string): Promise<void> =>
      folder.write({
        'a.proto': proto('shop', `service S { ${methods} } message A { B b = 1; } message B { ${item} } message C {}`),
      });
    const rpc = (name: string, type: string): string => `rpc ${name}(${type}) returns (${type});`;
    const library = makeLibrary(folder.path);
    await write('', rpc('Deep', 'A') + rpc('Same', 'C') + rpc('Old', 'C'));
    const before = linkLoaded(await library.load({}, never));
    await write('string x = 1;', rpc('Deep', 'A') + rpc('Same', 'C') + rpc('New', 'C'));
    const after = linkLoaded(await library.load({}, never));
    assert.deepEqual(Object.fromEntries(changesBetween({ schema: before, changes: new Map() }, after)), {
      'shop.S.Deep': 'changed',
      'shop.S.New': 'new',
      'shop.S.Old': 'gone',
    });
  });
});
