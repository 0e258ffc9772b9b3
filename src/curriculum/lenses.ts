/** What stands above the lines of a learner's file: how the lesson stands, what can be done, and what does not hold here. */
import { t } from '../core/l10n.ts';
import type { ItemStatus } from './domain.ts';
import { placeOf } from './evidence.ts';
import type { CurriculumNode } from './nodes.ts';
import { stateIcon, stateText } from './tree.ts';

export interface Lens {
  /** From 0. */
  readonly line: number;
  readonly text: string;
  readonly command:
    'gantry.curriculum.open' | 'gantry.curriculum.check' | 'gantry.curriculum.cancel' | 'gantry.curriculum.hint';
  readonly node: CurriculumNode;
}

/** @param path of the file, below the lesson's folder, with `/`. */
export function lensesOf(id: string, status: ItemStatus, path: string): Lens[] {
  return [...(path === status.main ? overview(id, status) : []), ...findings(id, status, path)];
}

function overview(id: string, { state, hintsLeft = 0 }: ItemStatus): Lens[] {
  const node = { kind: 'item', id } as const;
  const lens = (command: Lens['command'], text: string): Lens => ({ line: 0, text, command, node });
  return [
    lens('gantry.curriculum.open', titled(stateIcon(state), `${id} · ${stateText(state)}`)),
    state === 'running'
      ? lens('gantry.curriculum.cancel', titled('stop-circle', t('Cancel')))
      : lens('gantry.curriculum.check', titled('beaker', t('Check my work'))),
    ...(hintsLeft > 0 && state !== 'running'
      ? [lens('gantry.curriculum.hint', titled('lightbulb', t('Another hint')))]
      : []),
  ];
}

/** VS Code drops an ordinary blank after an icon: what stands above lines is laid out as boxes, one beside the other. */
const titled = (icon: string, text: string): string => `$(${icon})\u00a0${text}`;

/** Evidence names a place as `file:line:column`; without a line it is about the file as a whole. */
function findings(item: string, { report, state }: ItemStatus, path: string): Lens[] {
  if (state === 'running') return [];
  return (report?.evidence ?? []).flatMap(({ id, ok, what, where }) => {
    if (ok || where === undefined) return [];
    const { file, line } = placeOf(where);
    if (file !== path) return [];
    const node = { kind: 'assertion', item, id } as const;
    return [{ line, text: titled('error', what), command: 'gantry.curriculum.open', node } as const];
  });
}
