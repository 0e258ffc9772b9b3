/**
 * The published table of faults, made of the titles of the tests and of how these ended. Results of each folder of
 * `test/faults` are kept in `test-output/faults.json`, so that folders can be run one after the other.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type PageLanguage, pageIn } from './page.ts';
import { root } from './project.ts';

/** One test, as `test/support/reporter.cjs` leaves it. */
export interface FaultRow {
  /** Below the project's root. */
  readonly file: string;
  readonly suites: readonly string[];
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly milliseconds: number;
}

/** What a folder came to when it was last run. */
export interface FolderRun {
  readonly folder: string;
  /** ISO 8601. */
  readonly date: string;
  readonly host: string;
  /** Whether rows that take minutes or hours ran at their full length. */
  readonly long: boolean;
  readonly rows: readonly FaultRow[];
}

const pages = { 'media/faults.md': 'en', 'media/faults.zh-cn.md': 'zh-cn' } as const;
const kept = join(root, 'test-output', 'faults.json');

/** Takes up what a run left, in place of what its folders came to before. */
export async function keepRows(path: string): Promise<void> {
  const rows = JSON.parse(await readFile(path, 'utf8')) as readonly FaultRow[];
  const date = new Date().toISOString().slice(0, 10);
  const host = `${process.platform} ${process.arch}, ${cpus().length} cores, node ${process.versions.node}`;
  const long = process.env['GANTRY_LONG'] === '1';
  const runs = new Map((await runsKept()).map((run) => [run.folder, run]));
  for (const [folder, of] of Map.groupBy(rows, ({ file }) => file.split('/')[2] ?? '')) {
    runs.set(folder, { folder, date, host, long, rows: of });
  }
  await mkdir(join(root, 'test-output'), { recursive: true });
  await writeFile(kept, JSON.stringify([...runs.values()]));
}

const runsKept = async (): Promise<readonly FolderRun[]> =>
  JSON.parse(await readFile(kept, 'utf8').catch(() => '[]')) as readonly FolderRun[];

/** Writes the pages of all that is kept. */
export async function writeReport(): Promise<void> {
  const runs = await runsKept();
  for (const [path, language] of Object.entries(pages)) await writeFile(join(root, path), await report(runs, language));
}

/** In the order in which a person meets them. */
const folders: Readonly<Record<string, Record<PageLanguage, string>>> = {
  foundation: { en: 'Gantry as a whole', 'zh-cn': '整体' },
  kubernetes: { en: 'Clusters: reading', 'zh-cn': '集群：读取' },
  'kubernetes-actions': {
    en: 'Clusters: changing, logs, shells, forwards',
    'zh-cn': '集群：更改、日志、终端、端口转发',
  },
  docker: { en: 'Containers', 'zh-cn': '容器' },
  grpc: { en: 'gRPC', 'zh-cn': 'gRPC' },
  manifests: { en: 'Manifests', 'zh-cn': '清单' },
  cluster: { en: 'Local clusters', 'zh-cn': '本地集群' },
  curriculum: { en: 'Curriculum', 'zh-cn': '课程' },
};

const words = {
  en: {
    title: 'What is broken, and what a person sees',
    intro:
      'Written by `npm run faults -- all --report`, from the titles of the tests in `test/faults` and how they ended. Each test breaks something real, shows that it is broken, and looks at what the person is shown. Before the colon stands what is broken, after it what is seen.',
    columns: ['Fault', 'Result'],
    states: { passed: 'holds', failed: '**FAILED**', skipped: 'not run' },
    counts: (rows: number, passed: number, failed: number, skipped: number) =>
      `${rows} faults: ${passed} hold, ${failed} failed, ${skipped} not run.`,
    ran: (date: string, host: string, seconds: number, long: boolean) =>
      `${date}, ${host}, ${seconds} s${long ? ', long rows at full length' : ''}.`,
  },
  'zh-cn': {
    title: '什么被破坏，用户看到什么',
    intro:
      '由 `npm run faults -- all --report` 根据 `test/faults` 中测试的标题（英文原文）及其结果生成。每个测试都会破坏真实的部分，证明它确实被破坏，再查看展示给用户的内容。冒号之前是被破坏的部分，之后是看到的结果。',
    columns: ['故障', '结果'],
    states: { passed: '通过', failed: '**失败**', skipped: '未运行' },
    counts: (rows: number, passed: number, failed: number, skipped: number) =>
      `共 ${rows} 个故障：${passed} 个通过，${failed} 个失败，${skipped} 个未运行。`,
    ran: (date: string, host: string, seconds: number, long: boolean) =>
      `${date}，${host}，${seconds} 秒${long ? '，长测试按完整时长运行' : ''}。`,
  },
} as const;

/** The whole text of a page. */
export function report(runs: readonly FolderRun[], language: PageLanguage): Promise<string> {
  const said = words[language];
  const order = Object.keys(folders);
  const known = runs.toSorted((a, b) => order.indexOf(a.folder) - order.indexOf(b.folder));
  const rows = known.flatMap((run) => run.rows);
  const count = (state: FaultRow['state']): number => rows.filter((row) => row.state === state).length;
  const sections = known.flatMap(({ folder, date, host, long, rows: own }) => {
    const seconds = Math.round(own.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000);
    const tables = [...Map.groupBy(own, ({ suites }) => suites.join(', '))].flatMap(([suite, of]) => [
      `### ${suite}`,
      table(
        said.columns,
        of.map(({ title, state }) => [marked(title), said.states[state]]),
      ),
    ]);
    return [`## ${folders[folder]?.[language] ?? folder}`, said.ran(date, host, seconds, long), ...tables];
  });
  const counts = said.counts(rows.length, count('passed'), count('failed'), count('skipped'));
  return pageIn(language, () => [`# ${said.title}`, said.intro, counts, ...sections].join('\n\n'));
}

/** Titles say what is broken, then, after a colon, what the person sees. */
function marked(title: string): string {
  const text = title.replaceAll(/[|\\`*_<>]/g, (sign) => `\\${sign}`);
  const colon = text.indexOf(': ');
  return colon < 0 ? text : `**${text.slice(0, colon)}**: ${text.slice(colon + 2)}`;
}

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
