import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import type { Schema } from '../../../src/core/yaml/schema.ts';
import { composeLine, projectOf, runCompose } from '../../../src/docker/compose/project.ts';
import { isComposeFile, loadComposeSchema, validateCompose } from '../../../src/docker/compose/validate.ts';

const never = new AbortController().signal;

describe('Compose files', () => {
  let schema: Schema;
  before(async () => (schema = await loadComposeSchema(join(root, 'schemas'))));
  const found = (text: string): string[] =>
    validateCompose(text, schema).map(({ line, column, code }) => `${line}:${column} ${code}`);

  it('are known by their names', () => {
    const names = [
      'compose.yaml',
      'docker-compose.yml',
      'docker-compose.override.yml',
      'compose-test.yaml',
      'composer.yml',
      'my-compose.yaml',
      'compose.json',
    ];
    assert.deepEqual(names.filter(isComposeFile), names.slice(0, 4));
  });

  it('are right with anchors, merges, variables, extensions and tags', () => {
    const text = `name: shop
x-common: &common
  restart: unless-stopped
  x-note: mine
services:
  users:
    <<: *common
    image: shop/users:\${TAG:-dev}
    build: { context: ., args: { SERVICE: users } }
    ports: ["\${PORT:-50051}:50051", 8080, { target: 80, published: "8081" }]
    deploy:
      replicas: \${REPLICAS}
    environment: [A=b]
    volumes: !override [data:/data]
    depends_on: { db: { condition: service_healthy } }
    healthcheck: { test: [CMD, /app, health], interval: 5s }
  db: { image: "postgres:17", privileged: !reset null }
volumes: { data: {} }
`;
    assert.deepEqual(validateCompose(text, schema), []);
  });

  it('are wrong at the very place', () => {
    const text = 'services:\n  users:\n    imagee: shop/users\n    ports: 8080\n    restart: [no]\nvolume: {}\n';
    assert.deepEqual(found(text), [
      '2:4 compose-unknown-field',
      '3:11 compose-wrong-type',
      '4:13 compose-wrong-type',
      '5:0 compose-unknown-field',
    ]);
    const [first] = validateCompose(text, schema);
    assert.deepEqual(first?.fix?.edits, [{ line: 2, column: 4, endLine: 2, endColumn: 10, text: 'image' }]);
  });

  it('that are no YAML say where', () => {
    assert.deepEqual(found('services:\n  a: {image: x\n').length > 0, true);
    assert.deepEqual(found(''), []);
  });
});

describe('a Compose project', () => {
  it('is what its containers name', () => {
    const label = (name: string): string => `com.docker.compose.${name}`;
    const Labels = {
      [label('project')]: 'shop',
      [label('project.working_dir')]: '/home/me/shop',
      [label('project.config_files')]: '/home/me/shop/compose.yaml,/home/me/shop/more.yaml',
    };
    const project = projectOf({ Config: { Labels } });
    assert.deepEqual(composeLine(project!, 'down'), [
      ...['compose', '--project-name', 'shop', '--project-directory', '/home/me/shop'],
      ...['--file', '/home/me/shop/compose.yaml', '--file', '/home/me/shop/more.yaml', 'down'],
    ]);
    assert.equal(projectOf({ Config: { Labels: {} } }), undefined);
  });

  it('is acted on by the plugin, else by docker-compose, else it is said what is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-compose-'));
    const heard = join(folder, 'heard');
    const program = (name: string, script: string): void => {
      writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} "$@" >> ${heard}\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    };
    const said: string[] = [];
    const how = { env: { PATH: `${folder}:/usr/bin:/bin` }, signal: never, say: (line: string) => said.push(line) };
    const project = { files: ['/a.yaml'] };
    try {
      await assert.rejects(runCompose(project, 'up', { ...how, env: { PATH: folder } }), { kind: 'toolMissing' });
      program('docker-compose', 'echo from the old one');
      await runCompose(project, 'up', how);
      program('docker', 'if [ "$2" = --file ]; then echo first; echo "no such image" >&2; exit 5; fi');
      await assert.rejects(runCompose(project, 'restart', how), { kind: 'invalid', message: /no such image/ });
      assert.deepEqual(readFileSync(heard, 'utf8').trim().split('\n'), [
        'docker-compose --file /a.yaml up --detach --remove-orphans',
        'docker compose version --short',
        'docker compose --file /a.yaml restart',
      ]);
      assert.ok(said.includes('from the old one') && said.includes('first'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
