/**
 * Changing Helm releases through the person's own `helm`: what Helm does is Helm's to do. What changes is shown before,
 * from the manifests that Helm keeps or makes in a dry run.
 */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type RunResult, run } from '../../core/processes.ts';
import { shellLine } from '../../core/shell.ts';
import type { KubectlTarget } from '../actions/commandLine.ts';
import type { ReleaseRef } from './releases.ts';

/** Milliseconds that helm gets to mark a release as failed when it is cancelled. */
const grace = 10_000;
/** Milliseconds for a dry run, which only reads. */
const dryRunTimeout = 120_000;

/** Where an upgrade gets its values from. */
export type Values = 'keep' | 'chart' | { readonly file: string };

export type HelmChange =
  | { readonly verb: 'rollback'; readonly revision: number }
  | { readonly verb: 'uninstall' }
  | { readonly verb: 'upgrade'; readonly chart: string; readonly values: Values };

/** The words after `helm`. A name is never taken for an option: releases and charts that look like one are refused. */
export function helmArguments(target: KubectlTarget, { namespace, name }: ReleaseRef, change: HelmChange): string[] {
  const where = [
    ...(target.kubeconfig === undefined ? [] : ['--kubeconfig', target.kubeconfig]),
    ...['--kube-context', target.context, '--namespace', namespace],
  ];
  switch (change.verb) {
    case 'rollback':
      return ['rollback', plain(name), String(change.revision), ...where];
    case 'uninstall':
      return ['uninstall', plain(name), ...where];
    case 'upgrade':
      return ['upgrade', plain(name), plain(change.chart), ...valueFlags(change.values), ...where];
  }
}

function plain(word: string): string {
  if (word !== '' && !word.startsWith('-')) return word;
  throw new Failure('invalid', t('"{0}" is no name that helm takes.', word));
}

function valueFlags(values: Values): string[] {
  if (values === 'keep') return ['--reset-then-reuse-values'];
  return values === 'chart' ? ['--reset-values'] : ['--values', values.file];
}

/** `helm rollback web 2 --kube-context shop --namespace default`, for a POSIX shell. */
export const helmLine = (target: KubectlTarget, ref: ReleaseRef, change: HelmChange): string =>
  shellLine(['helm', ...helmArguments(target, ref, change)]);

export interface HelmDeps {
  /** False in an untrusted workspace: then no program is run for it. */
  readonly trusted: () => boolean;
  readonly env: NodeJS.ProcessEnv;
}

export class Helm {
  readonly #deps: HelmDeps;

  constructor(deps: HelmDeps) {
    this.#deps = deps;
  }

  /** The manifest that an upgrade would make. Throws Failure. */
  async dryRun(target: KubectlTarget, ref: ReleaseRef, change: HelmChange, signal: AbortSignal): Promise<string> {
    const args = [...helmArguments(target, ref, change), '--dry-run=server', '--output', 'json'];
    const { stdout } = await this.#run(args, { signal, timeout: dryRunTimeout });
    try {
      const { manifest } = JSON.parse(stdout) as { manifest?: unknown };
      if (typeof manifest === 'string') return manifest;
    } catch {
      // Told below.
    }
    throw new Failure('invalid', t('helm answered with something else than a release. Is it version 3 or later?'));
  }

  /** Throws Failure with what helm says. */
  async perform(target: KubectlTarget, ref: ReleaseRef, change: HelmChange, signal: AbortSignal): Promise<void> {
    await this.#run(helmArguments(target, ref, change), { signal, grace });
  }

  async #run(
    args: readonly string[],
    options: { readonly signal: AbortSignal; readonly timeout?: number; readonly grace?: number },
  ): Promise<RunResult> {
    if (!this.#deps.trusted()) {
      throw new Failure('forbidden', t('helm is not run in an untrusted workspace. Trust the workspace first.'));
    }
    const missing = t('helm was not found on PATH. Install Helm 3 or later, then try again.');
    const result = await run('helm', args, { ...options, env: this.#deps.env, missing });
    if (result.code === 0) return result;
    const said = result.stderr
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('WARNING:'))
      .join(' ')
      .replace(/^Error: /, '');
    throw new Failure('invalid', t('helm refused: {0}', said || t('it ended with exit code {0}', result.code ?? '?')));
  }
}
