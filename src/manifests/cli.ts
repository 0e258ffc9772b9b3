/** `gantry validate`. */
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, posix, relative, resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, exit, type Exit } from '../core/cli.ts';
import { errnoOf, Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { replaceRanges } from '../core/yaml/edit.ts';
import { asShown, LineIndex, type Range } from '../core/yaml/text.ts';
import type { Severity } from '../core/yaml/walk.ts';
import { foldersAbove } from './charts.ts';
import { formOf, isWorthLearning } from './detect.ts';
import type { ClusterSchemas } from './clusterSchemas.ts';
import type { Manifests } from './domain.ts';
import type { Finding, Validation } from './findings.ts';
import type { RuleSettings, RuleSeverity } from './practice/catalog.ts';
import { isRuleId, ruleIds } from './practice/ruleIds.ts';
import { slashes } from './fileNames.ts';
import type { Reference } from './references.ts';
import { chartFolderOf, type RenderChart } from './render.ts';
import { type FileReport, formats, isFormat } from './reports.ts';
import { apiVersionsIn, clusterVersion, narrowed, nearestVersion, type Target } from './target.ts';

/** What a cluster says of a text. */
export interface ClusterRemark {
  readonly severity: Severity;
  readonly message: string;
  readonly range: Range;
}

/** A text, by the name that its person gave it, and the objects that it names. */
export interface AskedText {
  readonly text: string;
  readonly path: string;
  readonly named: readonly Reference[];
}

export interface ValidateDefaults {
  /** The version when none is asked for: `1.34`. */
  readonly kubernetesVersion: string;
  /** Asks the cluster of a context, which changes nothing. Throws Failure when it cannot be asked. */
  readonly askCluster: (asked: AskedText, context: string, io: CliIo) => Promise<readonly ClusterRemark[]>;
  /** The schemas that clusters serve; asked for when the person names a cluster. */
  readonly clusterSchemas: () => Promise<Pick<ClusterSchemas, 'context' | 'release' | 'served'>>;
  /** Renders a chart; asked for when the person wants that. */
  readonly renderChart: RenderChart;
  readonly stdin?: () => Promise<string>;
}

const usage =
  'PATH... [--kubernetes-version V|cluster] [--schemas-of CONTEXT] [--context NAME] [--format text|json|sarif] [--rule ID=error|warning|hint|off] [--fix] [--render] [--values FILE]...';

/** The commands of the manifests domain for the terminal program. */
export function manifestsCommands(domain: () => Promise<Manifests>, defaults: ValidateDefaults): CliCommand[] {
  const readStdin = defaults.stdin ?? (() => readAll(process.stdin));
  return [
    {
      name: 'validate',
      usage,
      summary: () =>
        t(
          'Checks Kubernetes manifests: files, folders (*.yaml, *.yml), or - for standard input. With --render, Helm charts also as helm renders them, with --values on top of their own.',
        ),
      run: async (args, io) => {
        const { paths, version, schemasOf, context, format, rules, fix, render, values } = readArguments(
          args,
          defaults.kubernetesVersion,
        );
        const manifests = await domain();
        const names = namesIn(io.cwd);
        const texts = new Map<string, string>();
        for (const path of await manifestFiles(paths, io)) {
          const text = path === '-' ? await readStdin() : await readFile(resolve(io.cwd, path), 'utf8');
          texts.set(path, asShown(text));
        }
        const charts = await chartFiles([...texts.keys()].filter((path) => path !== '-').map(names.known), names.base);
        for (const [path, text] of charts) await manifests.learn(path, text);
        for (const [path, text] of texts)
          if (isWorthLearning(path, text)) await manifests.learn(names.known(path), text);
        const target = await chooseTarget({ version, schemasOf, context }, texts, manifests, defaults, io);
        const reports: FileReport[] = [];
        for (const [path, written] of texts) {
          io.signal.throwIfAborted();
          const check = (text: string): Promise<Validation> =>
            manifests.validate(text, targetOf(target, text), { path: names.known(path), rules });
          const text = fix ? await fixed(written, check) : written;
          if (text !== written && path !== '-') await writeFile(resolve(io.cwd, path), text);
          if (fix && path === '-') io.out(text.replace(/\n$/, ''));
          const validation = await check(text);
          if (context === undefined || formOf(path, text) !== 'manifests') reports.push({ path, text, validation });
          else {
            const named = await manifests.named(text);
            const remarks = await defaults.askCluster({ text, path, named }, context, io);
            reports.push({ path, text, validation: withRemarks(validation, remarks, text, context) });
          }
        }
        if (render) {
          const rendering = { manifests, target, rules, values, renderChart: defaults.renderChart };
          for (const folder of renderedFolders(charts)) await addRendered(reports, folder, rendering, names, io);
        }
        return report(reports, fix && texts.has('-') ? 'none' : format, io);
      },
    },
  ];
}

/** What paths are called: by the person, and where they are learnt and judged. */
interface Names {
  /** Where known names begin. */
  readonly base: string;
  readonly known: (path: string) => string;
  readonly shown: (known: string) => string;
}

/** Who stands inside a chart names files from there; what tells about the chart is further up. */
function namesIn(cwd: string): Names {
  const base = chartFolderOf(cwd) ?? cwd;
  if (base === cwd) return { base, known: (path) => path, shown: (path) => path };
  const known = (path: string): string => (path === '-' ? path : slashes(shortest(resolve(cwd, path), base)));
  return { base, known, shown: (path) => relative(cwd, resolve(base, path)) };
}

interface Rendering extends Pick<ValidateDefaults, 'renderChart'> {
  readonly manifests: Manifests;
  readonly target: Target;
  readonly rules: RuleSettings;
  /** Files that are laid over the values of the chart. */
  readonly values: readonly string[];
}

/** Charts that helm renders by themselves: no libraries, and none that another brings along. */
function renderedFolders(chartFiles: ReadonlyMap<string, string>): string[] {
  const charts = [...chartFiles].filter(([path]) => posix.basename(path) === 'Chart.yaml');
  const folders = new Set(charts.map(([path]) => posix.dirname(path)));
  return charts
    .filter(([, text]) => !/^type:[\t ]*["']?library\b/m.test(text))
    .map(([path]) => posix.dirname(path))
    .filter((folder) => !foldersAbove(folder).some((each) => posix.basename(each) === 'charts' && folders.has(posix.dirname(each)))); // prettier-ignore
}

/** Adds what is wrong in a rendered chart to the reports of its files. */
async function addRendered(
  reports: FileReport[],
  folder: string,
  { manifests, target, rules, values, renderChart }: Rendering,
  { base, known, shown }: Names,
  io: CliIo,
): Promise<void> {
  const kubernetesVersion = typeof target === 'string' ? target : target.release;
  const overlaid = values.map((file) => resolve(io.cwd, file));
  const absent = values.find((_, i) => !existsSync(overlaid[i]!));
  if (absent !== undefined) throw new Failure('notFound', t('There is no file or folder {0}.', absent));
  const chart = { folder: resolve(base, folder), values: overlaid, kubernetesVersion };
  const made = await renderChart(chart, io.signal);
  const output = 'output' in made.rendered ? made.rendered.output : '';
  const { version, checked, files } = await manifests.rendered({ folder, ...made }, targetOf(target, output), rules);
  io.err(t('Rendered {0}; objects checked: {1}.', shown(folder) || '.', checked));
  for (const [path, found] of Object.entries(files)) {
    const index = reports.findIndex((each) => known(each.path) === path);
    if (index < 0) {
      const text = made.files[posix.relative(folder, path)] ?? '';
      reports.push({ path: shown(path), text, validation: { version, findings: found, checked: 0 } });
    } else {
      const { validation, ...rest } = reports[index]!;
      reports[index] = { ...rest, validation: withFindings(validation, found) };
    }
  }
}

const withFindings = (validation: Validation, more: readonly Finding[]): Validation => ({
  ...validation,
  findings: [...validation.findings, ...more].toSorted((a, b) => a.range.start - b.range.start),
});

const targetOf = (target: Target, text: string): Target =>
  typeof target === 'string' ? target : narrowed(target, apiVersionsIn(text));

interface Choice {
  /** `1.34`, or `cluster` for the version of the cluster asked. */
  readonly version: string;
  readonly schemasOf: string | undefined;
  readonly context: string | undefined;
}

/** What the texts are judged by. When a cluster that should say so does not answer, a shipped version, which is said. */
async function chooseTarget(
  { version, schemasOf, context }: Choice,
  texts: ReadonlyMap<string, string>,
  manifests: Manifests,
  { kubernetesVersion, clusterSchemas }: ValidateDefaults,
  io: CliIo,
): Promise<Target> {
  if (schemasOf === undefined && version !== clusterVersion) return version;
  const schemas = await clusterSchemas();
  const cluster = await schemas.context(schemasOf ?? context);
  try {
    if (schemasOf !== undefined)
      return await schemas.served(cluster, [...texts.values()].flatMap(apiVersionsIn), io.signal);
    const release = await schemas.release(cluster, io.signal);
    const nearest = nearestVersion(release, await manifests.versions());
    io.err(t('The cluster of context {0} runs Kubernetes {1}; judged by {2}.', cluster.name, release, nearest));
    return nearest;
  } catch (error) {
    io.signal.throwIfAborted();
    const shipped = version === clusterVersion ? kubernetesVersion : version;
    io.err(t('Judged by the shipped schemas of Kubernetes {0}: {1}', shipped, messageOf(error)));
    return shipped;
  }
}

/** What the cluster would only change is for `gantry diff`; what stands at a field already is not said again. */
function withRemarks(
  validation: Validation,
  remarks: readonly ClusterRemark[],
  text: string,
  context: string,
): Validation {
  const index = new LineIndex(text);
  const known = new Set(
    validation.findings.filter(({ severity }) => severity === 'error').map(({ range }) => range.start),
  );
  const more = remarks
    .filter(({ severity, range }) => severity !== 'hint' && !known.has(range.start))
    .map(({ severity, message, range }): Finding => ({
      code: 'cluster',
      severity,
      message,
      range,
      path: '',
      source: context,
      from: index.positionAt(range.start),
      to: index.positionAt(range.end),
    }));
  return withFindings(validation, more);
}

function readArguments(
  args: readonly string[],
  kubernetesVersion: string,
): {
  paths: readonly string[];
  version: string;
  schemasOf: string | undefined;
  context: string | undefined;
  format: keyof typeof formats;
  rules: RuleSettings;
  fix: boolean;
  render: boolean;
  values: readonly string[];
} {
  const { values, positionals } = parse(args);
  const format = values.format ?? 'text';
  if (!isFormat(format))
    throw new Failure('invalid', t('There is no format "{0}"; choose text, json or sarif.', format));
  if (positionals.length === 0) throw new Failure('invalid', `${t('Usage:')} gantry validate ${usage}`);
  const version = values['kubernetes-version'] ?? kubernetesVersion;
  return {
    paths: positionals,
    version,
    schemasOf: values['schemas-of'],
    context: values.context,
    format,
    rules: readRules(values.rule ?? []),
    fix: values.fix ?? false,
    render: values.render === true || values.values !== undefined,
    values: values.values ?? [],
  };
}

const severities: readonly RuleSeverity[] = ['error', 'warning', 'hint', 'off'];

/** `--rule image-tag=error`, any number of them; `--rule all=off` is for those who want the server's verdict alone. */
function readRules(given: readonly string[]): RuleSettings {
  const rules: Record<string, RuleSeverity> = {};
  for (const each of given) {
    const [id = '', severity = ''] = each.split('=');
    const known = severities.find((one) => one === severity);
    if (known === undefined || (id !== 'all' && !isRuleId(id)))
      throw new Failure('invalid', t('"{0}" is no rule with a severity: write image-tag=error, or all=off.', each));
    for (const rule of id === 'all' ? ruleIds : [id]) rules[rule] = known;
  }
  return rules;
}

/** Fixes may make room for others: as often as that helps, but not forever. */
const mostPasses = 5;

/** The text with every fix of an error or warning made. Hints are advice: what they would write is for a person to choose. */
async function fixed(text: string, check: (text: string) => Promise<Validation>): Promise<string> {
  let result = text;
  for (let pass = 0; pass < mostPasses; pass++) {
    const { findings } = await check(result);
    const fixes = findings.flatMap(({ severity, fix }) => (severity === 'hint' || fix === undefined ? [] : [fix]));
    const next = replaceRanges(result, fixes);
    if (next === result) break;
    result = next;
  }
  return result;
}

function parse(args: readonly string[]): {
  values: {
    format?: string;
    context?: string;
    'schemas-of'?: string;
    'kubernetes-version'?: string;
    rule?: string[];
    fix?: boolean;
    render?: boolean;
    values?: string[];
  };
  positionals: string[];
} {
  try {
    const options = {
      format: { type: 'string' },
      context: { type: 'string' },
      'schemas-of': { type: 'string' },
      'kubernetes-version': { type: 'string' },
      rule: { type: 'string', multiple: true },
      fix: { type: 'boolean' },
      render: { type: 'boolean' },
      values: { type: 'string', multiple: true },
    } as const;
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new Failure('invalid', `${messageOf(error)}\n${t('Usage:')} gantry validate ${usage}`, error);
  }
}

/** The files to check, as the person would name them, in a stable order. */
async function manifestFiles(paths: readonly string[], io: CliIo): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    io.signal.throwIfAborted();
    if (path === '-') files.push(path);
    else if (await isFolder(path, io))
      files.push(...(await filesBelow(resolve(io.cwd, path))).map((file) => shortest(file, io.cwd)));
    else files.push(path);
  }
  return [...new Set(files)];
}

/** The files that tell about the charts that the files are in, which are named from the base. */
async function chartFiles(names: readonly string[], base: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of new Set(names.flatMap(foldersAbove))) {
    if (!existsSync(resolve(base, folder, 'Chart.yaml'))) continue;
    for (const name of ['Chart.yaml', 'values.yaml', 'values.schema.json']) {
      const file = resolve(base, folder, name);
      if (existsSync(file)) found.set(posix.join(folder, name), asShown(await readFile(file, 'utf8')));
    }
  }
  return found;
}

async function isFolder(path: string, io: CliIo): Promise<boolean> {
  try {
    return (await stat(resolve(io.cwd, path))).isDirectory();
  } catch (error) {
    const missing = errnoOf(error) === 'ENOENT';
    throw new Failure('notFound', missing ? t('There is no file or folder {0}.', path) : messageOf(error), error);
  }
}

/** Folders that hold other people's files. Links are not followed: they may lead in circles. */
const skippedFolders = new Set(['node_modules', '.git']);

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !skippedFolders.has(entry.name)) files.push(...(await filesBelow(path)));
    else if (entry.isFile() && /\.ya?ml$/i.test(entry.name)) files.push(path);
  }
  return files;
}

function shortest(file: string, from: string): string {
  const path = relative(from, file);
  return path.startsWith('..') ? file : path;
}

function report(reports: readonly FileReport[], format: keyof typeof formats | 'none', io: CliIo): Exit {
  if (format !== 'none') for (const line of formats[format](reports)) io.out(line);
  const count = reports
    .flatMap(({ validation }) => validation.findings)
    .filter(({ severity }) => severity === 'error').length;
  const checked = reports.reduce((sum, { validation }) => sum + validation.checked, 0);
  const version = reports[0]?.validation.version ?? '';
  io.err(
    t('Files: {0}; objects checked: {1}; problems: {2}; Kubernetes {3}.', reports.length, checked, count, version),
  );
  return count === 0 ? exit.done : exit.problems;
}
