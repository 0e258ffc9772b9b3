/** Brings an image of an engine into a cluster's node, as it is for the node's platform, and sees that it arrived. */
import { Transform } from 'node:stream';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { formatBytes } from '../../core/storage.ts';
import type { Report } from '../build.ts';
import { causeOf } from './causes.ts';
import type { ContainerEngine } from './engine.ts';

/** What became of it: `present` when the node had this very image already. */
export type Loaded = 'loaded' | 'present';

/** A node of a cluster: a container with containerd in it, ours as well as those of kind and k3d. */
export interface Node {
  readonly engine: ContainerEngine;
  /** The container's. */
  readonly id: string;
}

const ctr = ['ctr', '-n', 'k8s.io', 'images'] as const;

/**
 * @param source the engine that has the image: the node's own, or another.
 * Throws Failure `notFound` when the engine has no such image, `internal` with the node's words when it did not arrive.
 */
export async function loadImage(
  source: ContainerEngine,
  node: Node,
  name: string,
  report: Report,
  signal: AbortSignal,
): Promise<Loaded> {
  const reference = canonical(name);
  const { engine, id } = node;
  const [image, { architecture }] = await Promise.all([source.image(name, signal), engine.facts(signal)]);
  if (image === undefined) {
    throw new Failure('notFound', t('The engine has no image {0}. Build or pull it first.', name));
  }
  if (isSame(await listed(node, signal), reference, image.id)) return 'present';
  const archive = await source.save(name, { os: 'linux', architecture: image.architecture || architecture }, signal);
  let bytes = 0;
  const counted = archive.pipe(
    new Transform({
      transform(piece: Buffer, _, done) {
        bytes += piece.length;
        report(t('Loading {0}: {1}', name, formatBytes(bytes)));
        done(null, piece);
      },
    }),
  );
  archive.on('error', (error) => counted.destroy(error));
  try {
    // Never --all-platforms: the archive holds one, and the others would be missed.
    const { exitCode, stderr } = await engine.exec(id, [...ctr, 'import', '-'], signal, counted);
    if (exitCode !== 0) throw notArrived(name, stderr);
  } finally {
    archive.destroy();
  }
  const { stdout, stderr } = await engine.exec(id, [...ctr, 'check', `name==${reference}`], signal);
  if (!isComplete(stdout, reference)) throw notArrived(name, stderr || stdout);
  return 'loaded';
}

/** Takes an image out of a node by its name; pods that run go on. One that is not there is no fault. */
export async function unloadImage({ engine, id }: Node, name: string, signal: AbortSignal): Promise<void> {
  await engine.exec(id, [...ctr, 'rm', canonical(name)], signal);
}

async function listed({ engine, id }: Node, signal: AbortSignal): Promise<string> {
  const { exitCode, stdout, stderr } = await engine.exec(id, [...ctr, 'ls'], signal);
  if (exitCode !== 0) throw new Failure('internal', t('The node does not tell its images: {0}', stderr.trim()));
  return stdout;
}

/**
 * Whether the table of `ctr images ls` holds the reference with that id. The node keeps each image under its id, too, which
 * is the digest of its configuration; engines with containerd's store call an image by the digest of its manifest.
 */
export function isSame(table: string, reference: string, id: string): boolean {
  const digests = new Map(table.split('\n').map((line) => line.split(/\s+/)).map(([ref = '', , digest]) => [ref, digest])); // prettier-ignore
  const digest = digests.get(reference);
  return digest !== undefined && (digest === id || digests.get(id) === digest);
}

/** Whether the table of `ctr images check` says that all content of the reference is there. */
export const isComplete = (table: string, reference: string): boolean =>
  table.split('\n').some((line) => line.startsWith(`${reference} `) && /\bcomplete\b/.test(line));

function notArrived(name: string, words: string): Failure {
  const known = causeOf({ id: '', running: true, exitCode: 0, outOfMemory: false, started: 0, labels: {} }, words);
  const said = words.trim().split('\n').at(-1) ?? '';
  return new Failure('internal', t('The image {0} did not arrive in the cluster: {1}', name, known || said));
}

/** The name as containerd spells it: with its registry and tag. Throws Failure `invalid` for an id, which has no name there. */
export function canonical(name: string): string {
  if (/^(?:sha256:)?[0-9a-f]{12,64}$/.test(name)) {
    throw new Failure('invalid', t('{0} is an id. Name the image as pods will: give it a tag first.', name));
  }
  const [first = ''] = name.split('/');
  const hasRegistry = name.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const full = hasRegistry ? name : `docker.io/${name.includes('/') ? '' : 'library/'}${name}`;
  const last = full.slice(full.lastIndexOf('/'));
  return /[:@]/.test(last) ? full : `${full}:latest`;
}
