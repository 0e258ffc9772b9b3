/**
 * A Helm release as Helm 3 keeps it: a Secret for each revision, labelled `owner=helm`, whose `release` is gzipped JSON
 * in base64 (pkg/storage/driver/util.go of Helm). No helm is needed to read it.
 */
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { gunzip } from 'node:zlib';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';

/** What Gantry shows of one revision. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  /** `deployed`, `failed`, `superseded`, `pending-upgrade` … */
  readonly status: string;
  readonly chart: string;
  readonly chartVersion: string;
  readonly appVersion: string;
  /** RFC 3339; empty when Helm did not say. */
  readonly updated: string;
  readonly description: string;
  readonly notes: string;
  readonly manifest: string;
  /** The values the person gave; the chart's own defaults are not among them. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Bytes of a release's JSON above which it is not read: a Secret has 1 MB at most, a hostile one unpacks to gigabytes. */
const mostBytes = 32 * 1024 * 1024;
/** Bytes of JSON above which parsing would hold the host's thread for more than a few milliseconds. */
const mostInline = 512 * 1024;
/** Gzip's magic number and method; releases of before Helm 2.0 are not compressed. */
const gzipMagic = Buffer.from([0x1f, 0x8b, 0x08]);

const unzip = promisify(gunzip);

/** @param data `data.release` of the Secret. Throws Failure `invalid` for what is no release or is too large. */
export async function decodeRelease(data: string): Promise<Release> {
  const packed = Buffer.from(Buffer.from(data, 'base64').toString('latin1'), 'base64');
  const json = packed.subarray(0, gzipMagic.length).equals(gzipMagic) ? await inflate(packed) : packed;
  try {
    const parsed = json.length <= mostInline ? pickParts(JSON.parse(json.toString('utf8'))) : await parseAside(json);
    return toRelease(parsed);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('invalid', t('This Secret holds no Helm release.'), error);
  }
}

async function inflate(packed: Buffer): Promise<Buffer> {
  try {
    return await unzip(packed, { maxOutputLength: mostBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      const sentence = t('This Helm release is larger than {0} MB and was not read.', mostBytes / 1024 / 1024);
      throw new Failure('invalid', sentence, error);
    }
    throw new Failure('invalid', t('This Secret holds no Helm release.'), error);
  }
}

/** The parts of the JSON that are read; most of it is the chart's templates and files. */
interface Parts {
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly version?: unknown;
  readonly manifest?: unknown;
  readonly config?: unknown;
  readonly info?: Readonly<Record<string, unknown>>;
  readonly chart?: { readonly metadata?: Readonly<Record<string, unknown>> };
}

/** Self-contained, because it also runs in a thread of its own, from its text. */
function pickParts(parsed: Parts): Parts {
  const { name, namespace, version, manifest, config, info, chart } = parsed;
  return { name, namespace, version, manifest, config, info: info ?? {}, chart: { metadata: chart?.metadata ?? {} } };
}

/** Parses in a thread of its own. */
function parseAside(json: Buffer): Promise<Parts> {
  const program = `const { parentPort, workerData } = require('node:worker_threads');
    parentPort.postMessage((${pickParts.toString()})(JSON.parse(Buffer.from(workerData).toString('utf8'))));`;
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { eval: true, workerData: json });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function toRelease({ name, namespace, version, manifest, config, info, chart }: Parts): Release {
  if (typeof name !== 'string') throw new Failure('invalid', t('This Secret holds no Helm release.'));
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const metadata = chart?.metadata;
  return {
    name,
    namespace: text(namespace),
    revision: typeof version === 'number' ? version : 0,
    status: text(info?.['status']),
    chart: text(metadata?.['name']),
    chartVersion: text(metadata?.['version']),
    appVersion: text(metadata?.['appVersion']),
    updated: text(info?.['last_deployed']),
    description: text(info?.['description']),
    notes: text(info?.['notes']),
    manifest: text(manifest),
    values: typeof config === 'object' && config !== null ? (config as Record<string, unknown>) : {},
  };
}
