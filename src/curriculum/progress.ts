/**
 * What was proven, in the learner's repository: one small file for each item, so that progress travels with git and two
 * people's never conflict. Nothing here is believed blindly: a proof counts only for the very sources it names.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, errnoOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Evidence, ItemState, Report } from './model.ts';

/** One run that is worth remembering. */
export interface RunRecord {
  readonly itemVersion: number;
  readonly checkHash: string;
  readonly sourceHash: string;
  readonly seed: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** Assertion → digest of what it found, prefixed by `ok` or `failed`. */
  readonly assertions: Readonly<Record<string, string>>;
}

/** The file of one item: its last proof, and the failure after it when there is one. */
export interface Progress {
  readonly item: string;
  readonly proof?: RunRecord;
  readonly failure?: RunRecord;
  /** When the learner said to have read it, of what cannot be proven: ISO 8601, UTC. */
  readonly attested?: string;
  /** When the solution was looked at before there was a proof. It takes nothing away. */
  readonly assisted?: string;
  /** Ids of the hints that fit the last failure, in order: another program may be asked for them. */
  readonly fitting?: readonly string[];
  /** Ids of those that were shown. */
  readonly hints?: readonly string[];
}

/** What the item and the learner's folder are now. */
export interface Present {
  readonly itemVersion: number;
  readonly checkHash: string;
  /** Undefined when the learner has no folder for the item. */
  readonly sourceHash: string | undefined;
}

/** How the item stands by its file alone. */
export function stateOf(
  { proof, failure }: Omit<Progress, 'item'>,
  present: Present,
): Extract<ItemState, 'todo' | 'failed' | 'proven' | 'stale' | 'regressed'> {
  if (proof === undefined) return failure === undefined ? 'todo' : 'failed';
  const unchanged = describes(proof, present);
  if (failure !== undefined && !(unchanged && failure.sourceHash !== present.sourceHash)) return 'regressed';
  return unchanged ? 'proven' : 'stale';
}

/** Whether a run was of the present sources against the present check. */
const describes = (run: RunRecord, { checkHash, itemVersion, sourceHash }: Present): boolean =>
  run.sourceHash === sourceHash && run.checkHash === checkHash && run.itemVersion === itemVersion;

/**
 * What a run that was neither blocked nor cancelled makes of the progress so far.
 * @param fitting ids of the hints that fit what it found.
 */
export function afterRun(
  before: Progress,
  report: Report,
  present: Required<Present>,
  time: Date,
  fitting: readonly string[],
): Progress {
  const record: RunRecord = {
    itemVersion: present.itemVersion,
    checkHash: present.checkHash,
    sourceHash: present.sourceHash ?? '',
    seed: report.seed,
    time: time.toISOString(),
    assertions: Object.fromEntries(report.evidence.map((evidence) => [evidence.id, digest(evidence)])),
  };
  const { failure: _, proof, fitting: __, hints: ___, ...rest } = before;
  if (report.verdict.state === 'proven') return { ...rest, proof: record };
  return { ...rest, ...(proof === undefined ? {} : { proof }), failure: record, fitting };
}

const digest = ({ ok, want, got }: Evidence): string =>
  `${ok ? 'ok' : 'failed'} ${createHash('sha256')
    .update(JSON.stringify([want, got]))
    .digest('hex')
    .slice(0, 16)}`;

/** The proof files of a workspace. */
export class ProofFiles {
  readonly #folder: string;

  /** @param workspace the learner's repository; the files stand in `.gantry/proofs` below it. */
  constructor(workspace: string) {
    this.#folder = join(workspace, '.gantry', 'proofs');
  }

  /** Every item's progress; a file that cannot be read is its Failure, and stays where it is. */
  async readAll(): Promise<Map<string, Progress | Failure>> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return [];
      throw new Failure(
        'internal',
        t('The proofs in {0} could not be listed: {1}', this.#folder, String(error)),
        error,
      );
    });
    const ids = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
    return new Map(
      await Promise.all(ids.map(async (id) => [id, await this.read(id).catch((error: Failure) => error)] as const)),
    );
  }

  /** One item's progress; empty when there is no file. Throws `invalid` when the file is malformed. */
  async read(id: string): Promise<Progress> {
    try {
      return parseProgress(id, await readFile(this.fileOf(id), 'utf8'));
    } catch (error) {
      if (error instanceof Failure) throw error;
      if (errnoOf(error) === 'ENOENT') return { item: id };
      throw new Failure('internal', t('The proof of {0} could not be read: {1}', id, String(error)), error);
    }
  }

  /** Replaces an item's file in one step, so that a crash leaves the old one or the new one. */
  async write(progress: Progress): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const path = this.fileOf(progress.item);
    const half = `${path}.${randomBytes(4).toString('hex')}.tmp`;
    try {
      await writeFile(half, `${JSON.stringify({ format: 1, ...progress }, undefined, 2)}\n`);
      await rename(half, path);
    } catch (error) {
      await rm(half, { force: true });
      throw new Failure(
        'internal',
        t('The proof of {0} could not be written: {1}', progress.item, String(error)),
        error,
      );
    }
  }

  /** Puts a malformed file aside under another name, so that a new one can be written and nothing is lost. */
  async putAside(id: string): Promise<void> {
    await rename(this.fileOf(id), `${this.fileOf(id)}.malformed-${Date.now()}`);
  }

  /** Where an item's progress is, or would be. */
  fileOf(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}

/** Reads a proof file's text. Throws `invalid`, naming the file and what is wrong. */
export function parseProgress(id: string, text: string): Progress {
  const wrong = (cause: string): Failure =>
    new Failure(
      'invalid',
      t('.gantry/proofs/{0}.json is malformed: {1}. Mend it, or check again: the file is then kept aside.', id, cause),
    );
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw wrong((error as Error).message);
  }
  if (!isRecord(file)) throw wrong(t('it is not an object'));
  if (file['format'] !== 1) throw wrong(t('format must be 1'));
  if (file['item'] !== id) throw wrong(t('item must be {0}', id));
  const runs: { proof?: RunRecord; failure?: RunRecord } = {};
  for (const name of ['proof', 'failure'] as const) {
    if (file[name] === undefined) continue;
    if (!isRun(file[name])) throw wrong(t('{0} is not a run', name));
    runs[name] = file[name];
  }
  const notes: { attested?: string; assisted?: string; fitting?: readonly string[]; hints?: readonly string[] } = {};
  for (const name of ['attested', 'assisted'] as const) {
    const time = file[name];
    if (time === undefined) continue;
    if (typeof time !== 'string') throw wrong(t('{0} is not a time', name));
    notes[name] = time;
  }
  for (const name of ['fitting', 'hints'] as const) {
    const ids = file[name];
    if (ids === undefined) continue;
    if (!isTexts(ids)) throw wrong(t('{0} is not a list of names', name));
    notes[name] = ids;
  }
  return { item: id, ...runs, ...notes };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

const isRun = (value: unknown): value is RunRecord =>
  isRecord(value) &&
  ['itemVersion', 'seed'].every((name) => typeof value[name] === 'number') &&
  ['checkHash', 'sourceHash', 'time'].every((name) => typeof value[name] === 'string') &&
  isRecord(value['assertions']);
