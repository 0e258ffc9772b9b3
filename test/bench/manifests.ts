/**
 * Manifests beside the API server and kubeconform: verdicts on documents of public Go modules, single mistakes, and what
 * checking costs. GANTRY_SEED repeats a run; GANTRY_BENCH_DOCUMENTS says how many documents, 1,500 unless given.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { moduleFiles } from '../../scripts/lib/goModules.ts';
import { root } from '../../scripts/lib/project.ts';
import { createBoundedManifests } from '../../src/manifests/bounded.ts';
import { createManifests, type Manifests } from '../../src/manifests/domain.ts';
import { type Catalog, loadPool } from '../../src/manifests/pool.ts';
import { shared } from '../support/controlPlane.ts';
import { type CorpusDocument, corpus } from '../support/manifestCorpus.ts';
import { ManifestOracle } from '../support/manifestOracle.ts';
import { type Figure, median, percentile95 } from './figures.ts';
import { offeredAtEveryKey } from './manifests/completion.ts';
import { mutate, mutations, type Random, randomOf } from './manifests/mutations.ts';
import { kubeconform, schemasFor } from './manifests/peers.ts';
import { type RepairDeps, repairs } from './manifests/repairs.ts';
import { yamlLanguageServer } from './manifests/yamlLanguageServer.ts';

const version = '1.34';
const runs = 5;
const seed = Number(process.env['GANTRY_SEED'] ?? Date.now() % 2 ** 31);
const documentCount = Number(process.env['GANTRY_BENCH_DOCUMENTS'] ?? 1500);
/** Mistakes of each class that the server refused. */
const mistakesOfEach = 30;
const schemas = join(root, 'schemas');
const folderOfPeers = join(tmpdir(), 'gantry-bench-manifests-');

export async function bench(): Promise<Figure[]> {
  console.error(`GANTRY_SEED=${seed}`);
  const random = randomOf(seed);
  const manifests = createManifests({ schemas });
  const cluster = await shared();
  const oracle = new ManifestOracle(cluster, await cluster.namespace());
  const sample = shuffled(await corpus('held out'), random).slice(0, documentCount);
  const judged = await judgeAll(sample, oracle, manifests);
  const tuned = await judgeAll(shuffled(await corpus(), random).slice(0, documentCount), oracle, manifests);
  const taken = [...judged, ...tuned].filter(({ accepted, refused }) => accepted && !refused);
  return [
    ...verdictFigures(judged, 'documents never looked at'),
    ...verdictFigures(tuned, 'documents the rules were written beside'),
    await mistakes(taken, oracle, manifests, random),
    await repairFigure(taken, { manifests, oracle, random, version, ofEach: mistakesOfEach }),
    await headFigure(manifests),
    await completionFigure(manifests),
    await editFigure(taken, random),
    await beside(sample),
    await coldFigure(),
  ];
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

interface Judged extends CorpusDocument {
  readonly accepted: boolean;
  /** By us. */
  readonly refused: boolean;
}

async function refuses(text: string, manifests: Manifests): Promise<boolean> {
  return (await manifests.validate(text, version)).findings.some(({ severity }) => severity === 'error');
}

async function judgeAll(
  documents: readonly CorpusDocument[],
  oracle: ManifestOracle,
  manifests: Manifests,
): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const document of documents) {
    const verdict = await oracle.says(document.text);
    if (verdict === undefined) continue;
    const refused = await refuses(document.text, manifests);
    judged.push({ ...document, accepted: verdict.accepted, refused });
    if (verdict.accepted === refused) console.error(`${verdict.accepted ? 'we refuse' : 'we take'} ${document.name}`);
  }
  return judged;
}

function verdictFigures(judged: readonly Judged[], of: string): Figure[] {
  const count = (accepted: boolean, refused: boolean): number =>
    judged.filter((one) => one.accepted === accepted && one.refused === refused).length;
  const [right, wrong, missed] = [count(false, true), count(true, true), count(false, false)];
  const sources = Object.entries(Object.groupBy(judged, ({ source }) => source));
  for (const [source, own] of sources)
    console.error(`${source}: ${own!.length} documents, ${own!.filter(({ accepted }) => !accepted).length} refused`);
  const peer = `API server 1.34.4: ${judged.length} documents of ${sources.length} sources, ${right + missed} refused, seed ${seed}`;
  return [
    { name: `verdicts, precision, ${of}`, ...share(right, right + wrong, 0.985), peer },
    { name: `verdicts, recall, ${of}`, ...share(right, right + missed, 0.95), peer },
  ];
}

function share(part: number, whole: number, bound: number): Pick<Figure, 'value' | 'unit' | 'must' | 'holds'> {
  const value = round(part / whole);
  return { value, unit: '', must: `≥ ${bound}`, holds: value >= bound };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

async function mistakes(
  documents: readonly Judged[],
  oracle: ManifestOracle,
  manifests: Manifests,
  random: Random,
): Promise<Figure> {
  let [refused, caught] = [0, 0];
  for (const kind of Object.keys(mutations)) {
    let [own, ours] = [0, 0];
    for (let tries = 0; own < mistakesOfEach && tries < mistakesOfEach * 12; tries++) {
      const { text, name } = documents[random(documents.length)]!;
      const wrong = mutate(text, kind, random);
      if (wrong === undefined || (await oracle.says(wrong))?.accepted !== false) continue;
      own++;
      if (await refuses(wrong, manifests)) ours++;
      else console.error(`not caught, ${kind}: ${name}`);
    }
    console.error(`${kind}: ${ours} of ${own}`);
    refused += own;
    caught += ours;
  }
  return { name: `single mistakes caught of ${refused} the server refuses`, ...share(caught, refused, 0.96) };
}

const structural = new Set([
  'unknown-field',
  'wrong-type',
  'duplicate-key',
  'syntax',
  'unknown-kind',
  'unknown-api-version',
]);

/** One full object of each kind: whatever is said of its placeholders, its structure is right. */
async function headFigure(manifests: Manifests): Promise<Figure> {
  const files = await moduleFiles('k8s.io/api@v0.34.4', (path) => /^testdata\/HEAD\/.*\.yaml$/.test(path));
  let errors = 0;
  let checked = 0;
  for (const { read, path } of files) {
    const validation = await manifests.validate(read(), version);
    checked += validation.checked;
    for (const { code, path: field, message } of validation.findings) {
      if (!structural.has(code)) continue;
      if (code === 'unknown-api-version' || code === 'unknown-kind') continue; // Not served by default: removed or alpha.
      errors++;
      console.error(`${path}: ${field}: ${message}`);
    }
  }
  const name = `structure errors in ${checked} objects of k8s.io/api testdata/HEAD`;
  return { name, value: errors, unit: '', must: '≤ 0', holds: errors === 0 && checked > 80 };
}

async function completionFigure(manifests: Manifests): Promise<Figure> {
  const catalog = (await loadPool(schemas)).catalog(version);
  const { positions, offered, objects } = await offeredAtEveryKey(manifests, catalog, version);
  const value = round(offered / positions);
  const name = `keys offered where they stand, ${positions} of ${objects} objects of testdata/HEAD`;
  return { name, value, unit: '', must: '≥ 1', holds: offered === positions && positions > 1000 };
}

async function repairFigure(documents: readonly Judged[], deps: RepairDeps): Promise<Figure> {
  const { errors, mended } = await repairs(documents, deps);
  return { name: `errors that a fix or completion mends, of ${errors}`, ...share(mended, errors, 0.95) };
}

const edits = 60;

/** Edits of one file of 1,000 lines: ours by way of the thread it is read in, with the practice rules. */
async function editFigure(documents: readonly Judged[], random: Random): Promise<Figure> {
  const folder = await mkdtemp(folderOfPeers);
  const manifests = createBoundedManifests({ schemas, worker: join(root, 'src/manifests/worker.ts') });
  try {
    const catalog = (await loadPool(schemas)).catalog(version);
    const peer = await yamlLanguageServer(catalog, folder);
    const text = longFile(shuffled(documents, random), catalog);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let edit = 0; edit < edits; edit++) {
      const edited = text.replaceAll(/^kind: .*$/gm, (line) => `${line} # ${edit}`);
      const own = await timed(() => manifests.validate(edited, version, { rules: {} }));
      const other = await timed(() => peer(edited));
      if (edit < edits / 6) continue; // Warm, both.
      ours.push(own * 1000);
      theirs.push(other * 1000);
    }
    if ((await peer(text.replace('\nmetadata:', '\nmetadatum:'))) <= (await peer(text)))
      throw new Error('yaml-language-server checks nothing');
    const [own, other] = [percentile95(ours), percentile95(theirs)];
    const ratio = round(own / other);
    const name = `edit to problems, ${text.split('\n').length} lines, p95`;
    return {
      name,
      value: round(own),
      unit: 'ms',
      peer: `yaml-language-server 2.0.0: ${round(other)} ms`,
      ratio,
      must: '≤ 0.25',
      holds: ratio <= 0.25,
    };
  } finally {
    manifests.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Documents of Kubernetes' own kinds, none of them long, until there are 1,000 lines. */
function longFile(documents: readonly Judged[], catalog: Catalog): string {
  let text = '';
  for (const document of documents) {
    const apiVersion = /^apiVersion: *(\S+)/m.exec(document.text)?.[1] ?? '';
    if (!catalog.apiVersions.includes(apiVersion) || document.text.length > 8000) continue;
    text += `---\n${document.text.trim()}\n`;
    if (text.split('\n').length >= 1000) break;
  }
  return text;
}

/** The same files, in the same run, alternating: ours warm in this process, kubeconform as a process with local schemas. */
async function beside(documents: readonly CorpusDocument[]): Promise<Figure> {
  const folder = await mkdtemp(folderOfPeers);
  try {
    const catalog = (await loadPool(schemas)).catalog(version);
    const [program, location] = [await kubeconform(folder), await schemasFor(catalog, join(folder, 'schemas'))];
    const files = documents.map(({ text }, i) => ({ path: join(folder, `${i}.yaml`), text }));
    for (const { path, text } of files) await writeFile(path, text);
    const manifests = createManifests({ schemas });
    const ours: number[] = [];
    const peers: number[] = [];
    for (let run = 0; run <= runs; run++) {
      const own = await timed(async () => {
        for (const { text } of files) await manifests.validate(text, version);
      });
      const peer = await timed(() =>
        conform(
          program,
          location,
          files.map(({ path }) => path),
        ),
      );
      if (run === 0) continue; // Both read from disk then.
      ours.push(own);
      peers.push(peer);
    }
    const ratio = round(median(ours) / median(peers));
    const name = `${files.length} files, warm`;
    const peer = `kubeconform 0.8.0 -strict, local schemas: ${round(median(peers))} s`;
    return { name, value: round(median(ours)), unit: 's', peer, ratio, must: '≤ 0.7', holds: ratio <= 0.7 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function conform(program: string, location: string, files: readonly string[]): Promise<void> {
  const options = ['-strict', '-n', '2', '-ignore-missing-schemas', '-schema-location', location, '-summary'];
  const { stdout } = await promisify(execFile)(program, [...options, ...files], { maxBuffer: 2 ** 28 }).catch(
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }), // It exits 1 when something is invalid.
  );
  const summary = /Valid: (\d+)/.exec(stdout);
  if (summary === null || Number(summary[1]) < files.length / 10)
    throw new Error(`kubeconform checked nothing: ${stdout.slice(-500)}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** What the thread that draws the editor spends until the first finding is there, in a new process. */
async function coldFigure(): Promise<Figure> {
  const spent: number[] = [];
  for (let run = 0; run < runs; run++) {
    const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'manifests', 'cold.ts')]);
    spent.push(Number(stdout));
  }
  const value = round(median(spent));
  return { name: 'first finding, cold, CPU of the host thread', value, unit: 'ms', must: '≤ 200', holds: value <= 200 };
}
