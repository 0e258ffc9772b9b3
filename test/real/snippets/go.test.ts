/**
 * The Go snippets, expanded with their defaults, each a package beside its behaviour test in a copy of
 * test/fixtures/snippets: one module, one `go vet`, one `go test`. Beside them, in `without`, the same packages with the
 * pattern taken out, whose tests must be red.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { readSnippets, type Snippet } from '../../../scripts/lib/snippets.ts';
import { run } from '../../../src/core/processes.ts';
import { needGo } from '../../support/go.ts';
import { expandSnippet } from '../../support/snippetSyntax.ts';
import { removals } from './removals.ts';

const fixture = join(root, 'test/fixtures/snippets');
const snippets = readSnippets('go');
/** `gt-rate-limit` → `ratelimit`. */
const packageOf = ({ prefix }: Snippet): string => prefix.replace('gt-', '').replaceAll('-', '');

describe('Go snippets', function () {
  this.timeout(600_000); // The first build compiles grpc-go.
  let folder: string | undefined;
  /** Package → `pass`, `fail` or `skip`, as `go test` says. */
  const outcomes = new Map<string, string>();
  /** The packages in which a test itself failed: a package that does not compile is none of them. */
  const red = new Set<string>();
  let output = '';

  before(async function () {
    await needGo(this);
    folder = mkdtempSync(join(tmpdir(), 'gantry-snippets-'));
    cpSync(fixture, folder, { recursive: true });
    for (const snippet of snippets) {
      writePackage(folder, snippet, expandSnippet(snippet.body.join('\n')));
      if (removals[snippet.prefix] !== undefined) writeWithout(folder, snippet);
    }
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
    const args = ['test', '-trimpath', '-mod=readonly', '-vet=off', '-timeout=2m', '-json', './...'];
    const { stdout, stderr } = await run('go', args, { cwd: folder! });
    for (const event of stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map(readEvent)) {
      const name = event.Package?.replace('example.com/snippets/', '') ?? '';
      if (!name.startsWith('without/')) output += event.Output ?? '';
      if (event.Test === undefined && ['pass', 'fail', 'skip'].includes(event.Action)) outcomes.set(name, event.Action);
      if (event.Test !== undefined && event.Action === 'fail') red.add(name);
    }
    assert.equal(outcomes.size, snippets.length + Object.keys(removals).length, output + stderr);
  });

  for (const snippet of snippets) {
    it(`${snippet.name}: does what it says`, () => assert.equal(outcomes.get(packageOf(snippet)), 'pass', output));
    if (removals[snippet.prefix] === undefined) continue;
    it(`${snippet.name}: is red without the pattern`, () => assert.ok(red.has(`without/${packageOf(snippet)}`)));
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

function writePackage(folder: string, snippet: Snippet, code: string): void {
  const name = packageOf(snippet);
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  const { imports = [] } = snippet;
  const standard = imports.filter((path) => !path.includes('.'));
  const modules = imports.filter((path) => path.includes('.'));
  const groups = [standard, modules].filter((group) => group.length > 0);
  const listed = groups.map((group) => group.map((path) => `\t"${path}"`).join('\n')).join('\n\n');
  const text = `package ${name}\n\nimport (\n${listed}\n)\n\n${code.trimEnd()}\n`;
  writeFileSync(join(place, isTest(snippet) ? 'snippet_test.go' : 'snippet.go'), text);
}

/** The snippet without its pattern, and its test, in `without/PACKAGE`. */
function writeWithout(folder: string, snippet: Snippet): void {
  const { from, to } = removals[snippet.prefix]!;
  const whole = expandSnippet(snippet.body.join('\n'));
  assert.equal(whole.split(from).length, 2, `${snippet.prefix}: "${from}" must stand there once`);
  const name = packageOf(snippet);
  writePackage(
    join(folder, 'without'),
    snippet,
    whole.replace(from, () => to),
  );
  cpSync(join(fixture, name, 'behaviour_test.go'), join(folder, 'without', name, 'behaviour_test.go'));
}
