/** Why a container ended. */
import { t } from '../../../core/l10n.ts';
import type { KubeObject } from '../apiCall.ts';
import { numberAt, textAt } from '../fields.ts';
import type { Explanation } from './explanation.ts';

/** @param ended `state.terminated` of a container. */
export function explainEnd(container: string, ended: unknown, pod: KubeObject): Explanation[] {
  const reason = textAt(ended, 'reason');
  const code = numberAt(ended, 'exitCode') ?? 0;
  // An end that was wanted: the pod is being deleted, or the work is done.
  if ((code === 0 && reason !== 'OOMKilled') || pod.metadata.deletionTimestamp !== undefined) return [];
  return [
    {
      status: reason || `ExitCode:${code}`,
      where: container,
      cause: endText(ended),
      next: stepsForEnd(ended),
      topic: reason === 'OOMKilled' ? 'memory' : 'crashes',
    },
  ];
}

/** Signals that end programs, by number on Linux. */
const signals: Readonly<Record<number, string>> = { 6: 'SIGABRT', 9: 'SIGKILL', 11: 'SIGSEGV', 15: 'SIGTERM' };

/** In a sentence how a container ended; empty when it is not known. */
export function endText(ended: unknown): string {
  if (ended === undefined) return '';
  const reason = textAt(ended, 'reason');
  const code = numberAt(ended, 'exitCode') ?? 0;
  const message = textAt(ended, 'message');
  if (reason === 'OOMKilled') return t('It used more memory than its limit and was killed.');
  // A shell, and Go's os/exec, report a signal as 128 and its number.
  const signal = numberAt(ended, 'signal') ?? (code > 128 ? code - 128 : 0);
  const how =
    reason === 'StartError' || reason === 'ContainerCannotRun'
      ? t('Its program could not be started.')
      : signal > 0
        ? t('It was ended by {0}.', signals[signal] ?? t('signal {0}', signal))
        : t('It exited with code {0}.', code);
  return message === '' ? how : `${how} ${t('It said: {0}', message)}`;
}

export function stepsForEnd(ended: unknown): string[] {
  const reason = textAt(ended, 'reason');
  const code = numberAt(ended, 'exitCode') ?? 0;
  if (reason === 'OOMKilled') {
    return [
      t('Raise limits.memory, or find what holds the memory: a profile of the heap tells.'),
      t(
        'Go programs: set GOMEMLIMIT a little below the limit, so that the collector works harder before it is too late.',
      ),
    ];
  }
  if (code === 127) return [t('The program was not found: check command and image.')];
  if (code === 126) return [t('The program may not be executed: check its mode and the image’s architecture.')];
  if (code === 137)
    return [t('It was killed: by a liveness probe, or because it did not end in time after SIGTERM.'), previousLogs()];
  if (code === 2) return [t('A Go program ends so after a panic: the logs show where.'), previousLogs()];
  if (code === 0) return [t('It ended by itself without an error: a container of a Deployment must go on running.')];
  return [previousLogs(), t('Try its command and environment on your machine.')];
}

const previousLogs = (): string => t('Read the logs of the run before: they end with the reason.');
