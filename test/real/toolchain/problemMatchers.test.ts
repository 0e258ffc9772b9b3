/** The problem matchers of package.json, on what the tools themselves say of files that are wrong. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { run } from '../../../src/core/processes.ts';
import { bufProgram, helmProgram, kustomizeProgram, withKubectl } from '../../support/peers.ts';

interface Matcher {
  readonly name: string;
  readonly severity: string;
  readonly pattern: { readonly regexp: string; readonly kind?: string } & Partial<Record<string, number>>;
}

describe('problem matchers', function () {
  this.timeout(40 * 60_000);
  const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    contributes: { problemMatchers: Matcher[] };
  };
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-matchers-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  /** What a matcher finds in a text, line by line as VS Code does: `file:line:column severity message`. */
  function problems(name: string, text: string): string[] {
    const { severity, pattern } = contributes.problemMatchers.find((matcher) => matcher.name === name)!;
    const expression = new RegExp(pattern.regexp);
    return text.split(/\r?\n/).flatMap((line) => {
      const found = expression.exec(line);
      if (found === null) return [];
      const part = (of: string): string | undefined => found[(pattern as Record<string, number>)[of] ?? -1];
      const place = ['file', 'line', 'column'].map(part).filter((text) => text !== undefined);
      return [`${place.join(':')} ${part('severity') ?? severity} ${part('message')}`];
    });
  }

  async function said(program: string, args: readonly string[], env = process.env): Promise<string> {
    const { stdout, stderr } = await run(program, args, { cwd: folder, env });
    return `${stdout}\n${stderr}`;
  }

  it('read protoc and buf', async () => {
    write('a.proto', 'syntax = "proto3";\npackage a;\nmessage A {\n  Missing b = 1;\n}\n');
    write('b.proto', 'syntax = "proto3";\npackage a;\nimport "google/protobuf/empty.proto";\n');
    const protoc = await said('protoc', ['-I=.', '--descriptor_set_out=unused', 'a.proto']);
    assert.deepEqual(problems('gantry-protoc', protoc), ['a.proto:4:3 error "Missing" is not defined.']);
    const unused = await said('protoc', ['-I=.', '--descriptor_set_out=unused', 'b.proto']);
    assert.deepEqual(problems('gantry-protoc', unused), [
      'b.proto:3:1 warning Import google/protobuf/empty.proto is unused.',
    ]);
    write('buf.yaml', 'version: v2\n');
    const [first] = problems('gantry-protoc', await said(await bufProgram(), ['lint', '.']));
    assert.match(first!, /^a\.proto:4:3 error .*Missing/);
  });

  it('read helm', async () => {
    write('chart/Chart.yaml', 'apiVersion: v2\nname: web\nversion: 0.1.0\n');
    const helm = async (template: string): Promise<string> => {
      write('chart/templates/a.yaml', template);
      return said(await helmProgram(), ['template', 'chart']);
    };
    assert.deepEqual(problems('gantry-helm', await helm('a: b\nc: {{ foo }}\n')), [
      'templates/a.yaml:2 error function "foo" not defined',
    ]);
    const [none] = problems('gantry-helm', await helm('a: {{ .Values.x.y }}\n'));
    assert.match(none!, /^templates\/a\.yaml:1:13 error executing .*nil pointer/);
    const [broken] = problems('gantry-helm-yaml', await helm('a: b\n c: d: e\n'));
    assert.match(broken!, /^templates\/a\.yaml:2 error .*mapping values/);
  });

  it('read kustomize and kubectl', async () => {
    write('base/kustomization.yaml', 'resources: [a.yaml]\n');
    write('base/a.yaml', 'a: b\n c: d: e\n');
    const text = 'yaml: line 2: mapping values are not allowed in this context';
    const kustomize = await said(await kustomizeProgram(), ['build', 'base']);
    assert.deepEqual(problems('gantry-kustomize', kustomize), [`a.yaml:2 error ${text}`]);
    const args = ['apply', '--dry-run=client', '--validate=false', '-f', 'base/a.yaml'];
    const kubectl = await said('kubectl', args, await withKubectl(process.env));
    assert.deepEqual(problems('gantry-kubectl', kubectl), [
      `base/a.yaml:2 error error converting YAML to JSON: ${text}`,
    ]);
    // As an API server refuses it.
    const refused = 'Error from server (BadRequest): error when creating "base/a.yaml": no such field';
    assert.deepEqual(problems('gantry-kubectl-object', refused), ['base/a.yaml error no such field']);
  });

  it('read what a build of an image prints', () => {
    const printed = [
      '#9 2.114 ./cmd/web/main.go:12:2: undefined: x',
      'Dockerfile:2',
      '--------------------',
      '   2 | >>> RUNN true',
      'ERROR: failed to solve: dockerfile parse error on line 2: unknown instruction: RUNN',
    ].join('\n');
    assert.deepEqual(problems('gantry-docker-go', printed), ['cmd/web/main.go:12:2 error undefined: x']);
    assert.deepEqual(problems('gantry-docker', printed), ['Dockerfile:2 error Dockerfile:2']);
  });
});
