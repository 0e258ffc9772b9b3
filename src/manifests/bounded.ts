/** Manifests read in a thread of their own: no file can hang or bring down the program that asks. */
import { BoundedWorker } from '../core/boundedWorker.ts';
import type { Disposable } from '../core/disposable.ts';
import { Failure, toFailure } from '../core/failure.ts';
import { installedLanguage, t } from '../core/l10n.ts';
import { formOf, isWorthLearning, largestDocument } from './detect.ts';
import type { Manifests, ManifestsDeps } from './domain.ts';
import type { Finding, Validation } from './findings.ts';
import type { ManifestsProtocol, WorkerData } from './protocol.ts';
import { minorVersion, type Target } from './target.ts';

/** CPU seconds for one text. A manifest of ten thousand lines takes a tenth of one. */
const cpuSeconds = 1.5;
/** The schemas and the largest text that is read take a third of this. */
const heapMegabytes = 768;

export interface BoundedDeps extends ManifestsDeps {
  /** Path of the worker's module. */
  readonly worker: string;
}

/** As `createManifests`. A text that is too large, or costs too much, is answered with one finding that says so. */
export function createBoundedManifests({ schemas, worker }: BoundedDeps): Manifests & Disposable {
  const learnt = new Map<string, string>();
  const data = (): WorkerData => ({ schemas, language: installedLanguage(), learnt });
  const thread = new BoundedWorker<ManifestsProtocol>({ module: worker, data, cpuSeconds, heapMegabytes });
  return {
    versions: () => thread.request('versions', undefined),
    async validate(text, target, options = {}) {
      if (text.length > largestDocument && formOf(options.path, text) !== undefined)
        return unchecked(target, tooLarge());
      try {
        return await thread.request('validate', { text, target, options });
      } catch (error) {
        const { kind } = toFailure(error);
        if (kind === 'timeout') return unchecked(target, tooSlow());
        if (isOutOfMemory(error)) return unchecked(target, tooMuchMemory());
        throw error;
      }
    },
    complete: (text, offset, target, path) =>
      helped([], text, () => thread.request('complete', { text, offset, target, path })),
    definitions: (text, offset, path) => helped([], text, () => thread.request('definitions', { text, offset, path })),
    references: (text, offset, path) => helped([], text, () => thread.request('references', { text, offset, path })),
    named: (text) => helped([], text, () => thread.request('named', { text })),
    symbols: (text) => helped([], text, () => thread.request('symbols', { text })),
    hover: (text, offset, target, path) =>
      helped(undefined, text, () => thread.request('hover', { text, offset, target, path })),
    rendered: (chart, target, rules) => thread.request('rendered', { chart, target, rules }),
    async learn(path, text) {
      const readable = text === undefined || text.length <= largestDocument ? text : undefined;
      const changed = await thread.request('learn', { path, text: readable });
      if (readable !== undefined && isWorthLearning(path, readable)) learnt.set(path, readable);
      else learnt.delete(path);
      return changed;
    },
    dispose: () => thread.dispose(),
  };
}

/** Help on a text that costs too much is none; that it does is shown as its finding. */
async function helped<T>(none: T, text: string, ask: () => Promise<T>): Promise<T> {
  if (text.length > largestDocument) return none;
  try {
    return await ask();
  } catch (error) {
    if (toFailure(error).kind === 'timeout' || isOutOfMemory(error)) return none;
    throw error;
  }
}

const tooLarge = (): string =>
  t('This document is larger than {0} MiB and is not checked. Split it.', largestDocument / 2 ** 20);
const tooSlow = (): string =>
  t('Checking this document took more than {0} s, so it was given up. Split it, or look for what repeats.', cpuSeconds);
const tooMuchMemory = (): string =>
  t('Checking this document took more than {0} MB of memory, so it was given up. Split it.', heapMegabytes);

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Failure && (error.cause as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY';

/** Stands at the start of the text: there is no better place for what concerns all of it. */
function unchecked(target: Target, message: string): Validation {
  const version = minorVersion(typeof target === 'string' ? target : target.release);
  const at = { line: 0, column: 0 };
  const finding: Finding = {
    code: 'not-checked',
    source: `Kubernetes ${version}`,
    severity: 'warning',
    range: { start: 0, end: 0 },
    from: at,
    to: at,
    message,
    path: '',
  };
  return { version, findings: [finding], checked: 0 };
}
