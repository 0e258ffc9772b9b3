/**
 * The Go snippets, expanded with their defaults, each a package beside its behaviour test in a copy of
 * test/fixtures/snippets: one module, one `go vet`, one `go test`.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { readSnippets, type Snippet } from '../../../scripts/lib/snippets.ts';
import { run } from '../../../src/core/processes.ts';
import { needGo } from '../../support/grpcServers.ts';
import { expandSnippet } from '../../support/snippetSyntax.ts';

const fixture = join(root, 'test/fixtures/snippets');
const snippets = readSnippets('go');
/** `gt-rate-limit` → `ratelimit`. */
const packageOf = ({ prefix }: Snippet): string => prefix.replace('gt-', '').replaceAll('-', '');

describe('Go snippets', function () {
  this.timeout(600_000); // The first build compiles grpc-go.
  let folder: string | undefined;
  /** Package → `pass`, `fail` or `skip`, as `go test` says. */
  const outcomes = new Map<string, string>();
  let output = '';

  before(async function () {
    await needGo(this);
    folder = mkdtempSync(join(tmpdir(), 'gantry-snippets-'));
    cpSync(fixture, folder, { recursive: true });
    for (const snippet of snippets) writePackage(folder, snippet);
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('are formatted as gofmt does', async () => {
    const { stdout, stderr } = await run('gofmt', ['-d', '.'], { cwd: folder! });
    assert.equal(stdout + stderr, '');
  });

  it('satisfy go vet', async () => {
    const { code, stderr } = await run('go', ['vet', '-trimpath', '-mod=readonly', './...'], { cwd: folder! });
    assert.equal(code, 0, stderr);
  });

  it('are tested in one module', async () => {
    const { stdout, stderr } = await run('go', ['test', '-trimpath', '-mod=readonly', '-vet=off', '-json', './...'], {
      cwd: folder!,
    });
    for (const event of stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map(readEvent)) {
      output += event.Output ?? '';
      if (event.Test === undefined && ['pass', 'fail', 'skip'].includes(event.Action)) {
        outcomes.set(event.Package!.split('/').at(-1)!, event.Action);
      }
    }
    assert.equal(outcomes.size, snippets.length, output + stderr);
  });

  for (const snippet of snippets) {
    it(`${snippet.name}: does what it says`, () => assert.equal(outcomes.get(packageOf(snippet)), 'pass', output));
  }

  it('have a behaviour test each, and none is left over', () => {
    const tested = readdirSync(fixture, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.deepEqual(
      tested.map(({ name }) => name).sort(),
      // A test is its own proof.
      snippets
        .filter((snippet) => !isTest(snippet))
        .map(packageOf)
        .sort(),
    );
  });
});

interface TestEvent {
  readonly Action: string;
  readonly Package?: string;
  readonly Test?: string;
  readonly Output?: string;
}

const readEvent = (line: string): TestEvent => JSON.parse(line) as TestEvent;

const isTest = ({ imports = [] }: Snippet): boolean => imports.includes('testing');

function writePackage(folder: string, snippet: Snippet): void {
  const name = packageOf(snippet);
  const place = join(folder, name);
  if (!existsSync(place)) mkdirSync(place);
  const { imports = [], body } = snippet;
  const standard = imports.filter((path) => !path.includes('.'));
  const modules = imports.filter((path) => path.includes('.'));
  const groups = [standard, modules].filter((group) => group.length > 0);
  const listed = groups.map((group) => group.map((path) => `\t"${path}"`).join('\n')).join('\n\n');
  const text = `package ${name}\n\nimport (\n${listed}\n)\n\n${expandSnippet(body.join('\n')).trimEnd()}\n`;
  writeFileSync(join(place, isTest(snippet) ? 'snippet_test.go' : 'snippet.go'), text);
}
