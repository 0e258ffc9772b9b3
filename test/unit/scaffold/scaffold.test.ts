import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRequests } from '../../../src/grpc/requests/document.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { root } from '../../../scripts/lib/project.ts';
import { checked, extras, frameworks, type ServiceChoice } from '../../../src/scaffold/model.ts';
import { patchOf } from '../../../src/scaffold/write.ts';
import { scaffold } from '../../support/generatedServices.ts';

const choice: ServiceChoice = { name: 'billing', module: 'example.org/billing', framework: 'nethttp', extras };

const service = (folder: string, chosen: ServiceChoice) =>
  scaffold.service(folder, chosen, new AbortController().signal);

describe('New Service', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-service-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

  it('leaves no name of the template behind', async () => {
    for (const framework of frameworks) {
      const { files } = await service(join(folder, framework), { ...choice, framework });
      const left = [...files].filter(
        ([path, text]) => /orders|gitignore$/.test(path.replace('.gitignore', '')) || /\borders\b/.test(text),
      );
      assert.deepEqual(
        left.map(([path]) => path),
        [],
      );
    }
  });

  it('writes what was chosen and no more', async () => {
    const { fresh } = await service(folder, { ...choice, extras: [] });
    assert.deepEqual(fresh.filter((path) => !path.startsWith('internal/')).sort(), [
      '.dockerignore',
      '.gitignore',
      'Dockerfile',
      'README.md',
      'cmd/billing/main.go',
      'cmd/billing/main_test.go',
      'go.mod',
      'go.sum',
    ]);
  });

  it('brings what a part needs', () => {
    assert.deepEqual(checked({ ...choice, extras: ['skaffold'] }).extras, ['kustomize', 'skaffold']);
  });

  it('refuses what cannot be', () => {
    const wrong: Partial<ServiceChoice>[] = [
      { name: 'Billing' },
      { name: '../up' },
      { name: '-x' },
      { name: '' },
      { module: 'a b' },
      { module: '/abs' },
      { module: 'x/../y' },
      { framework: 'none' as never },
      { extras: ['none' as never] },
    ];
    for (const one of wrong) {
      assert.throws(() => checked({ ...choice, ...one }), { kind: 'invalid' }, JSON.stringify(one));
    }
  });

  it('again into the same folder writes nothing', async () => {
    await service(folder, choice);
    const { fresh, different } = await service(folder, choice);
    assert.deepEqual([fresh, different], [[], []]);
  });

  it('never overwrites: what differs stays and is shown', async () => {
    await service(folder, choice);
    writeFileSync(join(folder, 'Dockerfile'), 'FROM mine\n');
    rmSync(join(folder, 'go.sum'));
    const made = await service(folder, choice);
    assert.deepEqual([made.fresh, made.different, read('Dockerfile')], [['go.sum'], ['Dockerfile'], 'FROM mine\n']);
    const patch = await patchOf(folder, 'Dockerfile', made.files);
    assert.match(patch, /^-FROM mine$/m);
    assert.match(patch, /^\+FROM scratch$/m);
  });

  it('reads and writes nothing through a link, and nothing at all when one stands in the way', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'gantry-outside-'));
    try {
      writeFileSync(join(outside, 'secret'), 'secret');
      mkdirSync(folder, { recursive: true });
      symlinkSync(join(outside, 'secret'), join(folder, 'Dockerfile'));
      await assert.rejects(service(folder, choice), { kind: 'conflict' });
      assert.throws(() => read('go.mod'), { code: 'ENOENT' });
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });

  it('leaves no mark of what is for some frameworks only', async () => {
    for (const framework of frameworks) {
      const { files } = await service(join(folder, framework), { ...choice, framework });
      const marked = [...files].filter(([, text]) => /^\s*#(if|else|end)\b/m.test(text)).map(([path]) => path);
      assert.deepEqual(marked, []);
      const ports = /EXPOSE (.*)/.exec(files.get('Dockerfile')!)![1];
      assert.equal(ports, framework === 'grpc' ? '8080 8081' : '8080');
    }
  });

  it('makes requests to which there is nothing to object', async () => {
    const { files } = await service(folder, { ...choice, framework: 'grpc' });
    assert.deepEqual(readRequests(files.get('requests/billing.grpc.yaml')!).problems, []);
  });

  it('makes manifests to which there is nothing to object', async () => {
    const manifests = createManifests({ schemas: join(root, 'schemas') });
    for (const framework of ['nethttp', 'grpc'] as const) {
      const { files } = await service(join(folder, framework), { ...choice, framework });
      for (const version of await manifests.versions()) {
        for (const [path, text] of files) {
          if (!/^deploy\/(base|overlays)\//.test(path) || path.endsWith('kustomization.yaml')) continue;
          const { findings, checked: objects } = await manifests.validate(text, version);
          assert.deepEqual([findings, objects], [[], 1], `${path} ${version}`);
        }
      }
    }
  });
});
