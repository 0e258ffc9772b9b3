/**
 * The Go snippets as one module: each, expanded with its defaults, a package beside its behaviour test of
 * test/fixtures/snippets. By overlay there is a second package of each pattern, in `without`, from which the pattern is
 * taken out: its tests must be red.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { importLine, readSnippets, type Snippet } from '../../scripts/lib/snippets.ts';
import { run } from '../../src/core/processes.ts';
import { removals } from './snippetRemovals.ts';
import { expandSnippet } from './snippetSyntax.ts';

export const fixture = join(root, 'test/fixtures/snippets');

/** `gt-rate-limit` → `ratelimit`. */
export const packageOf = ({ prefix }: Snippet): string => prefix.replace('gt-', '').replaceAll('-', '');

/** A test is its own proof: it has no behaviour test beside it. */
export const isTest = ({ imports = [] }: Snippet): boolean => imports.includes('testing');

/** How one Go snippet stands. */
export interface Proof {
  readonly snippet: Snippet;
  /** Compiles and satisfies `go vet`. */
  readonly builds: boolean;
  readonly behaves: boolean;
  /** Whether its tests are red without the pattern; undefined where no pattern can be taken out. */
  readonly redWithout: boolean | undefined;
  /** What its tests wrote. */
  readonly output: string;
}

/** Writes the module into an empty folder. */
export function writeModule(folder: string, snippets: readonly Snippet[] = readSnippets('go')): void {
  cpSync(fixture, folder, { recursive: true });
  const replaced: Record<string, string> = {};
  const overlay = (path: string, text: string): void => {
    // A folder that begins with a dot is none of the module's packages.
    const real = join(folder, '.without', path.replaceAll('/', '_'));
    writeFileSync(real, text);
    replaced[join(folder, 'without', path)] = real;
  };
  mkdirSync(join(folder, '.without'));
  for (const snippet of snippets) {
    const name = packageOf(snippet);
    const whole = expandSnippet(snippet.body.join('\n'));
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, isTest(snippet) ? 'snippet_test.go' : 'snippet.go'), fileOf(snippet, whole));
    const removal = removals[snippet.prefix];
    if (removal === undefined) continue;
    if (whole.split(removal.from).length !== 2) {
      throw new Error(`${snippet.prefix}: "${removal.from}" must stand there once`);
    }
    mkdirSync(join(folder, 'without', name), { recursive: true }); // For vet, which works there.
    overlay(
      `${name}/snippet.go`,
      fileOf(
        snippet,
        whole.replace(removal.from, () => removal.to),
      ),
    );
    overlay(`${name}/main_test.go`, mainOf(name));
    replaced[join(folder, 'without', name, 'behaviour_test.go')] = join(fixture, name, 'behaviour_test.go');
  }
  writeFileSync(join(folder, 'overlay.json'), JSON.stringify({ Replace: replaced }));
}

/** Go remembers only tests that pass, so red is what passes here: the second run of the suite costs nothing. */
const mainOf = (name: string): string => `package ${name}

import (
\t"os"
\t"testing"
)

func TestMain(m *testing.M) {
\tif m.Run() == 0 {
\t\tos.Exit(1)
\t}
\tos.Exit(0)
}
`;

function fileOf(snippet: Snippet, code: string): string {
  const { imports = [] } = snippet;
  const isModule = (path: string): boolean => path.includes('.');
  const groups = [imports.filter((path) => !isModule(path)), imports.filter(isModule)].filter(({ length }) => length);
  const listed = groups.map((group) => group.map((path) => `\t${importLine(path)}`).join('\n')).join('\n\n');
  return `package ${packageOf(snippet)}\n\nimport (\n${listed}\n)\n\n${code.trimEnd()}\n`;
}

interface TestEvent {
  readonly Action: string;
  readonly Package?: string;
  readonly ImportPath?: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** Vets and tests the whole module with the race detector, in one `go test`. `env` names the cluster (`KUBECONFIG`). */
export async function proveModule(folder: string, env: NodeJS.ProcessEnv): Promise<Proof[]> {
  const args = ['test', '-race', '-trimpath', '-mod=readonly', '-vet=all', '-timeout=5m', '-overlay=overlay.json'];
  const { stdout, stderr } = await run('go', [...args, '-json', './...'], { cwd: folder, env });
  const red = new Set<string>();
  const failed = new Set<string>();
  const passed = new Set<string>();
  const unbuilt = new Set<string>();
  const output = new Map<string, string>();
  for (const line of stdout.split('\n').filter((text) => text.startsWith('{'))) {
    const event = JSON.parse(line) as TestEvent;
    const name = (event.Package ?? event.ImportPath ?? '').replace('example.com/snippets/', '').replace(/ \[.*/, '');
    if (event.Output !== undefined) output.set(name, (output.get(name) ?? '') + event.Output);
    if (event.Action === 'build-fail') unbuilt.add(name);
    if (event.Test !== undefined && event.Action === 'fail') red.add(name);
    if (event.Test === undefined && event.Action === 'pass') passed.add(name);
    if (event.Test === undefined && event.Action === 'fail') failed.add(name);
  }
  return readSnippets('go').map((snippet) => {
    const name = packageOf(snippet);
    const builds = !unbuilt.has(name) && (passed.has(name) || red.has(name));
    return {
      snippet,
      builds,
      behaves: passed.has(name) && !failed.has(name),
      redWithout: removals[snippet.prefix] === undefined ? undefined : red.has(`without/${name}`),
      output: output.get(name) ?? stderr,
    };
  });
}

/** A row for each snippet: builds, behaves, red without. */
export function proofTable(proofs: readonly Proof[]): string {
  const mark = (holds: boolean | undefined): string => (holds === undefined ? '–' : holds ? 'yes' : 'NO');
  const rows = proofs.map(({ snippet, builds, behaves, redWithout }) =>
    [snippet.prefix.padEnd(24), ...[builds, behaves, redWithout].map((holds) => mark(holds).padEnd(9))].join(''),
  );
  return [`${'snippet'.padEnd(24)}builds   behaves  red without`, ...rows].join('\n');
}
