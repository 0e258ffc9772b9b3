/** What an engine tells of long work, in the notification that can cancel it. */
import { t } from '../../core/l10n.ts';
import { formatBytes } from '../../core/storage.ts';
import { withProgress } from '../../editor/commands.ts';
import type { ProgressLine } from '../progress.ts';

/** Follows the lines to their end; throws what ended them before. */
export async function showProgress(
  title: string,
  lines: (signal: AbortSignal) => AsyncIterable<ProgressLine>,
): Promise<readonly ProgressLine[]> {
  const { LayerProgress } = await import('../progress.ts');
  return withProgress(title, async (report, signal) => {
    const layers = new LayerProgress();
    const told: ProgressLine[] = [];
    for await (const line of lines(signal)) {
      layers.add(line);
      // What moves bytes comes many times a second; what it says is kept in `layers`.
      if (line.current === undefined) told.push(line);
      const { done, all } = layers.layers;
      const { current, total } = layers.bytes;
      if (all === 0) report((line.output ?? line.status).trim());
      else if (total === 0) report(t('{0} of {1} layers', done, all));
      else report(t('{0} of {1} layers, {2} of {3}', done, all, formatBytes(current), formatBytes(total)));
    }
    return told;
  });
}
