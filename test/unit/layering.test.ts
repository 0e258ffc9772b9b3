import assert from 'node:assert/strict';
import { readFileSync, globSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from '../../scripts/lib/project.ts';

const domains = [
  'kubernetes',
  'docker',
  'grpc',
  'manifests',
  'curriculum',
  'cluster',
  'scaffold',
  'snippets',
  'devloop',
];

interface Import {
  readonly from: string;
  /** A path below `src` for our own modules, else the package's name. */
  readonly to: string;
  /** False for `import type` and for `import()`: neither ties modules together when they load. */
  readonly eager: boolean;
}

/** Imports of a module, read from its text. */
function importsOf(file: string, text: string): Import[] {
  const pattern =
    /(?:^|\n)\s*(import|export)\s+(type\s)?[^;'"]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...text.matchAll(pattern)].map(([, , type, from, bare, dynamic]) => {
    const name = (from ?? bare ?? dynamic)!;
    const to = name.startsWith('.') ? relative('src', join('src', dirname(file), name)) : name;
    return { from: file, to, eager: type === undefined && dynamic === undefined };
  });
}

const domainOf = (file: string): string | undefined => domains.find((name) => file.startsWith(`${name}/`));
const isEditor = (file: string): boolean => file === 'extension.ts' || file.split('/').includes('editor');

/** The rules of ARCHITECTURE.md that one import breaks, if any. */
function breach({ from, to, eager }: Import): string | undefined {
  const [domain, target] = [domainOf(from), domainOf(to)];
  if (to === 'vscode' && !isEditor(from)) return 'imports vscode outside editor/';
  if (!isEditor(from) && isEditor(to)) return 'plain code imports editor code';
  if (domain !== undefined && target !== undefined && domain !== target) return 'a domain imports another';
  if (from.startsWith('core/') && (target !== undefined || isEditor(to))) return 'core imports a domain or the editor';
  if (from.startsWith('editor/') && target !== undefined && eager) return 'the shared editor edge imports a domain';
  if (from.startsWith('webview/') && (to.startsWith('node:') || isEditor(to) || to === 'vscode'))
    return 'browser code imports what a browser lacks';
  if (domain !== undefined && ['compose.ts', 'extension.ts', 'cli.ts'].includes(to))
    return 'a domain imports a program';
  return undefined;
}

/** Cycles among modules that need each other to load. */
function cycle(imports: readonly Import[]): string[] | undefined {
  const edges = Map.groupBy(
    imports.filter(({ eager, to }) => eager && to.endsWith('.ts')),
    ({ from }) => from,
  );
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (state.get(file) === 'done') return undefined;
    if (state.get(file) === 'open') return [...path.slice(path.indexOf(file)), file];
    state.set(file, 'open');
    path.push(file);
    for (const { to } of edges.get(file) ?? []) {
      const found = visit(to);
      if (found) return found;
    }
    path.pop();
    state.set(file, 'done');
    return undefined;
  };
  for (const file of edges.keys()) {
    const found = visit(file);
    if (found) return found;
  }
  return undefined;
}

/** Each package that the module needs to load, with the modules that lead to it. */
function packagesOf(file: string, imports: readonly Import[]): string[] {
  const edges = Map.groupBy(
    imports.filter(({ eager }) => eager),
    ({ from }) => from,
  );
  const ways = new Map([[file, file]]);
  for (const [from, way] of ways) {
    // A Map grows under its own iteration.
    for (const { to } of edges.get(from) ?? []) if (!ways.has(to)) ways.set(to, `${way} → ${to}`);
  }
  const isPackage = (to: string): boolean => !/^node:|^vscode$|\.(ts|json)$/.test(to);
  return [...ways].filter(([to]) => isPackage(to)).map(([, way]) => way);
}

describe('layering', () => {
  const imports = globSync('**/*.ts', { cwd: join(root, 'src') }).flatMap((file) =>
    importsOf(file, readFileSync(join(root, 'src', file), 'utf8')),
  );

  it('reads imports of every form', () => {
    const text = `import a from 'x';\nimport type { B } from '../core/b.ts';\nimport './c.ts';\nexport * from './d.ts';\nconst e = import('undici');`;
    assert.deepEqual(
      importsOf('docker/a.ts', text).map(({ to, eager }) => [to, eager]),
      [
        ['x', true],
        ['core/b.ts', false],
        ['docker/c.ts', true],
        ['docker/d.ts', true],
        ['undici', false],
      ],
    );
  });

  it('holds for every module', () => {
    assert.deepEqual(
      imports.flatMap((i) => (breach(i) === undefined ? [] : [`${i.from} → ${i.to}: ${breach(i)}`])),
      [],
    );
  });

  it('has no import cycle', () => {
    assert.equal(cycle(imports), undefined);
  });

  it('loads no package in windows that use nothing of Gantry', () => {
    assert.deepEqual(packagesOf('extension.ts', imports), []);
  });

  it('catches each planted breach', () => {
    const planted: [string, string][] = [
      ['docker/store.ts', 'vscode'],
      ['docker/store.ts', 'docker/editor/register.ts'],
      ['docker/store.ts', 'grpc/engine.ts'],
      ['core/lines.ts', 'docker/store.ts'],
      ['editor/tree.ts', 'docker/store.ts'],
      ['webview/grpc/main.ts', 'node:fs'],
      ['docker/store.ts', 'compose.ts'],
    ];
    for (const [from, to] of planted) assert.notEqual(breach({ from, to, eager: true }), undefined, `${from} → ${to}`);
    const loop = [
      ['a.ts', 'b.ts'],
      ['b.ts', 'c.ts'],
      ['c.ts', 'a.ts'],
    ].map(([from, to]) => ({ from: from!, to: to!, eager: true }));
    assert.deepEqual(cycle(loop), ['a.ts', 'b.ts', 'c.ts', 'a.ts']);
    assert.deepEqual(packagesOf('a.ts', [...loop, { from: 'c.ts', to: 'yaml', eager: true }]), [
      'a.ts → b.ts → c.ts → yaml',
    ]);
  });
});
