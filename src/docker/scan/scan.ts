/**
 * Known vulnerabilities of the Go programs in an image, by `govulncheck` on each program itself: what was compiled in
 * counts, whatever go.mod says today. The files come from a container that is made for it and never started.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { run } from '../../core/processes.ts';
import { deadlines } from '../api.ts';
import type { EngineClient } from '../client.ts';
import { engineFailure } from '../failures.ts';
import { record, text } from '../fields.ts';
import { goPrograms } from './programs.ts';
import { type ScanReport, programFrom } from './report.ts';

export interface ScanDeps {
  readonly client: EngineClient;
  readonly env: NodeJS.ProcessEnv;
  /** Address of a vulnerability database; empty for govulncheck's own. */
  readonly database: string;
}

/**
 * @param image id or name
 * Throws Failure `toolMissing` without govulncheck, `invalid` in its words when it fails, as without its database.
 */
export async function scanImage(
  { client, env, database }: ScanDeps,
  image: string,
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<ScanReport> {
  await needGovulncheck(env, signal);
  const folder = await mkdtemp(join(tmpdir(), 'gantry-scan-'));
  try {
    say(t('Looking for Go programs'));
    const { id, programs } = await exported(client, image, signal, (archive) => goPrograms(archive, folder));
    const scanned = [];
    for (const { path, file, stripped } of programs) {
      say(path);
      scanned.push(programFrom(path, await govulncheck(file, database, env, signal), stripped));
    }
    return { image: id, programs: scanned };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function needGovulncheck(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const how = 'go install golang.org/x/vuln/cmd/govulncheck@latest';
  const missing = t('govulncheck is not installed. Run: {0}', how);
  await run('govulncheck', ['-version', '-db', 'file:///nonexistent'], { env, signal, missing, timeout: 20_000 });
}

/** The image's files as one archive, what its layers replaced left out. */
async function exported<T>(
  client: EngineClient,
  image: string,
  signal: AbortSignal,
  read: (archive: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<{ readonly id: string; readonly programs: T }> {
  // An image may have no command, and an engine makes no container without one.
  const body = { Image: image, Entrypoint: ['/gantry-scan'], Labels: { 'gantry.scan': 'yes' } };
  const made = record(await client.ask({ method: 'POST', path: '/containers/create', body }, signal));
  const container = text(made['Id']);
  try {
    const inspection = record(await client.inspectContainer(container, signal));
    const path = `/containers/${container}/export`;
    const archive = await client.api.stream({ method: 'GET', path, patience: deadlines.archive }, signal);
    try {
      return { id: text(inspection['Image']), programs: await read(archive) };
    } catch (error) {
      throw engineFailure(error, client.address);
    } finally {
      archive.destroy();
    }
  } finally {
    const path = `/containers/${container}`;
    // The scan may have been cancelled; what it made goes all the same.
    await client
      .ask({ method: 'DELETE', path, query: { force: 1, v: 1 } }, AbortSignal.timeout(10_000))
      .catch(() => {});
  }
}

/** Whatever it finds, it ends with 0 when asked for JSON. */
async function govulncheck(
  file: string,
  database: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  const from = database === '' ? [] : ['-db', database];
  const args = ['-mode', 'binary', '-format', 'json', ...from, file];
  const { code, stdout, stderr } = await run('govulncheck', args, { env, signal, timeout: 5 * 60_000 });
  if (code !== 0) throw new Failure('invalid', t('govulncheck failed: {0}', stderr.trim().slice(-500)));
  return stdout;
}
