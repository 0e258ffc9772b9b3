/** What keeps a cluster from running in a container, known before anything is made: one sentence for each problem. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { formatBytes } from '../../core/storage.ts';
import type { EngineFacts, ImageFacts } from './engine.ts';
import { type ContainerSettings, option, parseBytes } from './request.ts';

/** Bytes; k3s idles at about 550 MB, and pods want some. */
const leastMemory = 1.9 * 1024 ** 3;
/** A limit below which k3s itself does not start. */
const leastLimit = 700 * 1024 ** 2;

/** Problems of the settings and the engine, each a sentence with what to do. */
export function problemsOf(settings: ContainerSettings, facts: EngineFacts): string[] {
  const limit = settings.memory === '' ? undefined : parseBytes(settings.memory);
  const { cpus } = settings;
  const { rootless, cgroupVersion, limits, memory } = facts;
  return [
    facts.os !== 'linux' &&
      t('The engine runs {0} containers; the cluster needs Linux. Switch it to Linux containers.', facts.os),
    settings.memory !== '' &&
      limit === undefined &&
      t('{0} is no amount of memory. Write 2g or 1500m.', settings.memory),
    limit !== undefined &&
      limit < leastLimit &&
      t('{0} of memory is too little for a cluster. Allow at least 1g.', settings.memory),
    !(cpus >= 0 && cpus < Number.POSITIVE_INFINITY) && t('{0} is no number of processors. Write 2 or 0.5.', cpus),
    memory > 0 &&
      memory < leastMemory &&
      t('The engine has {0} of memory; the cluster needs 2 GB. Give the engine more.', formatBytes(memory)),
    rootless &&
      cgroupVersion !== '2' &&
      t('A rootless engine needs control groups of version 2 for a cluster. Use an engine that runs as root.'),
    rootless &&
      cgroupVersion === '2' &&
      !(limits.memory && limits.cpu && limits.pids) &&
      t('The rootless engine may not limit memory, CPU and processes. Delegate them to your user: https://rootlesscontaine.rs/getting-started/common/cgroup2/'), // prettier-ignore
  ].filter((problem) => problem !== false);
}

/** Throws Failure `invalid` with every problem there is. */
export function checkEngine(settings: ContainerSettings, facts: EngineFacts): void {
  const problems = problemsOf(settings, facts);
  if (problems.length > 0) throw new Failure('invalid', problems.join(' '));
}

/** Throws Failure `invalid` for an image that the engine's machine cannot run. */
export function checkPlatform(name: string, image: ImageFacts, { architecture }: EngineFacts): void {
  if (image.os === 'linux' && (image.architecture === architecture || architecture === '')) return;
  throw new Failure(
    'invalid',
    t(
      'The image {0} is for {1}, the engine runs {2}. Choose another with {3}.',
      name,
      `${image.os}/${image.architecture}`,
      `linux/${architecture}`,
      option('image'),
    ),
  );
}
