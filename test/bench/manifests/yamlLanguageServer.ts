/** yaml-language-server, as a library in this process: from an edit to the diagnostics. */
import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../../scripts/lib/project.ts';
import type { Schema } from '../../../src/core/yaml/schema.ts';
import type { Catalog } from '../../../src/manifests/pool.ts';
import { definitionsFor } from './peers.ts';

interface TextDocument {
  readonly uri: string;
}

interface Library {
  readonly TextDocument: { create(uri: string, language: string, version: number, text: string): TextDocument };
  getLanguageService(options: unknown): {
    configure(settings: unknown): void;
    doValidation(document: TextDocument, isKubernetes: boolean): Promise<readonly unknown[]>;
  };
}

/** Validates a text as often as it is called: a new version of one document each time. Returns how many problems there are. */
export type Validate = (text: string) => Promise<number>;

/** Installs it, pinned in test/peers, below the folder, and gives it all kinds of the catalog. */
export async function yamlLanguageServer(catalog: Catalog, folder: string): Promise<Validate> {
  await mkdir(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    await cp(join(root, 'test/peers/yaml-language-server', file), join(folder, file));
  await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder });
  const module = join(folder, 'node_modules/yaml-language-server/out/src/index.js');
  const server = (await import(module)) as Library;
  const service = server.getLanguageService({
    schemaRequestService: (uri: string) => Promise.reject(new Error(`nothing is fetched: ${uri}`)),
    workspaceContext: { resolveRelativePath: (path: string) => path },
  });
  const { definitions, kinds } = definitionsFor(catalog);
  const schema = { definitions, oneOf: kinds.map(({ name }): Schema => ({ $ref: `#/definitions/${name}` })) };
  service.configure({
    validate: true,
    isKubernetes: true,
    schemas: [{ uri: 'file:///all.json', fileMatch: ['*.yaml'], schema }],
  });
  let version = 0;
  return async (text) => {
    const document = server.TextDocument.create('file:///bench.yaml', 'yaml', ++version, text);
    return (await service.doValidation(document, true)).length;
  };
}
