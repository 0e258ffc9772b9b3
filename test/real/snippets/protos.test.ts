/** The proto snippets, compiled by protoc, and what it made of them linked by our own loader. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { readSnippets, type Snippet } from '../../../scripts/lib/snippets.ts';
import { needSystemPackages } from '../../../scripts/lib/systemPackages.ts';
import { Failure } from '../../../src/core/failure.ts';
import { run } from '../../../src/core/processes.ts';
import { linkSchema } from '../../../src/grpc/schema.ts';
import { expandSnippet } from '../../support/snippetSyntax.ts';

/** A whole file: what is for the inside of a file, or of a service, gets what it would stand among. */
function wholeFile({ body }: Snippet): string {
  const text = expandSnippet(body.join('\n'));
  if (text.startsWith('syntax')) return text;
  const named = [...text.matchAll(/(?:\((?:stream )?|repeated )([A-Z]\w+)/g)].map(([, name]) => name!);
  const missing = [...new Set(named)].filter((name) => !new RegExp(`\\b(?:message|enum) ${name}\\b`).test(text));
  const inside = /^ *rpc /m.test(text) ? `service Fragment {\n${text}}\n` : text;
  return `syntax = "proto3";\npackage fragment;\n${inside}\n${missing.map((name) => `message ${name} {}\n`).join('')}`;
}

describe('proto snippets', function () {
  this.timeout(5 * 60_000);
  let folder: string | undefined;
  before(async function () {
    try {
      await needSystemPackages(['protobuf-compiler', 'libprotobuf-dev'], console.error);
      await run('protoc', ['--version']);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'toolMissing' || process.env['CI'] === 'true') throw error;
      console.warn(`skipped: ${error.message}`);
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'gantry-protos-'));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** Compiles one file; rejects with what protoc says. */
  async function compile(text: string) {
    writeFileSync(join(folder!, 'snippet.proto'), text);
    const args = ['--include_imports', '--descriptor_set_out=set.bin', '--fatal_warnings', 'snippet.proto'];
    const { code, stderr } = await run('protoc', args, { cwd: folder! });
    if (code !== 0) throw new Error(stderr);
    return fromBinary(FileDescriptorSetSchema, readFileSync(join(folder!, 'set.bin')));
  }

  for (const snippet of readSnippets('proto')) {
    it(`${snippet.name}: compiles, and its types link`, async () => {
      const { file } = await compile(wholeFile(snippet));
      const own = file.at(-1)!;
      const names = own.service.map(({ name }) => `${own.package}.${name}`);
      const { services, broken, types } = linkSchema(names, new Map(file.map((one) => [one.name, one])));
      assert.deepEqual([broken, services.map(({ typeName }) => typeName)], [[], names]);
      assert.ok(own.messageType.every(({ name }) => types.getMessage(`${own.package}.${name}`) !== undefined));
    });
  }

  it('one with a fault is refused', async () => {
    await assert.rejects(compile('syntax = "proto3";\nmessage A { B b = 1; }\n'), /"B" is not defined/);
  });
});
