/** A container's output as the log surface reads it. */
import { isAbort } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type LogEntry, type LogFeed, remark } from '../core/log/entry.ts';
import { LineFramer } from '../core/log/framer.ts';
import type { Output } from './demux.ts';

/** Lines of stdout and stderr in the order in which they are complete; a sentence when the container stops. */
export function containerLogFeed(logs: (signal: AbortSignal) => AsyncIterable<Output>): LogFeed {
  return async function* (signal) {
    const framers = { stdout: new LineFramer(), stderr: new LineFramer() };
    try {
      for await (const { stream, data } of logs(signal)) {
        const batch = asEntries(framers[stream].push(data));
        if (batch.length > 0) yield batch;
      }
    } catch (error) {
      if (isAbort(error)) return;
      yield asEntries([...framers.stdout.end(), ...framers.stderr.end()]);
      throw error;
    }
    yield [
      ...asEntries([...framers.stdout.end(), ...framers.stderr.end()]),
      ...(signal.aborted ? [] : [remark('', t('The container stopped.'))]),
    ];
  };
}

const asEntries = (lines: readonly string[]): LogEntry[] => lines.map((text) => ({ source: '', text }));
