/** What the Curriculum view shows: the outline as it stands in the text, each item with its state. */
import { pathToFileURL } from 'node:url';
import { Emitter } from '../core/emitter.ts';
import { toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Icon, type NodeDescription, messageNode } from '../core/node.ts';
import type { TreeSource } from '../core/tree.ts';
import type { Curriculum, ItemStatus, Overview } from './domain.ts';
import { foundOf } from './found.ts';
import type { Evidence, ItemState, Language, Need, OutlineGroup, OutlineItem } from './model.ts';
import type { CurriculumNode } from './nodes.ts';
import { groupsOf, itemsOf, stepsAndItemsOf } from './outline.ts';
import { remedyCommand } from './remedies.ts';

/** The part of the curriculum a tree needs. */
export type TreeModel = Pick<Curriculum, 'overview' | 'onDidChange' | 'refresh' | 'language'>;

export function curriculumTree(model: TreeModel): TreeSource<CurriculumNode> {
  const changed = new Emitter<readonly CurriculumNode[] | undefined>();
  let index: Index | undefined;
  const load = async (): Promise<Index> => (index = indexOf(await model.overview()));
  // Counts stand on every group above an item, so one change draws all visible rows; there are a hundred.
  model.onDidChange(() => {
    void load().then(
      () => changed.fire(undefined),
      () => changed.fire(undefined), // The roots will say what failed.
    );
  });
  return {
    onDidChange: changed.event,
    async children(node) {
      try {
        return childrenOf(node, await load());
      } catch (error) {
        return [{ kind: 'problem', id: 'outline', message: toFailure(error).message }];
      }
    },
    describe(node) {
      return describe(node, index, model.language);
    },
    parent: (node) => (index === undefined ? undefined : parentOf(node, index)),
    setVisible(visible) {
      // Files may have changed while nobody looked.
      if (visible && index !== undefined) void model.refresh();
    },
  };
}

/** The overview, by id. */
interface Index {
  readonly overview: Overview;
  readonly groups: ReadonlyMap<string, OutlineGroup>;
  readonly items: ReadonlyMap<string, OutlineItem>;
}

function indexOf(overview: Overview): Index {
  const byId = <T extends { readonly id: string }>(all: readonly T[]): Map<string, T> =>
    new Map(all.map((one) => [one.id, one]));
  return { overview, groups: byId(groupsOf(overview.outline)), items: byId(stepsAndItemsOf(overview.outline)) };
}

function childrenOf(node: CurriculumNode | undefined, { overview, groups, items }: Index): CurriculumNode[] {
  const { hidden } = overview;
  const shown = (group: OutlineGroup): boolean => itemsOf(group).some(({ id }) => !hidden.has(id));
  if (node === undefined) {
    const problems = overview.problems.map(({ message, file }, i): CurriculumNode => ({
      kind: 'problem',
      id: `problem ${i}`,
      message,
      command: { id: 'vscode.open', args: [pathToFileURL(file).href] },
    }));
    const all = overview.outline.groups.filter(shown).map(({ id }): CurriculumNode => ({ kind: 'group', id }));
    return [...obstacle(overview.obstacle), ...problems, ...(all.length === 0 ? [allHidden()] : all)];
  }
  switch (node.kind) {
    case 'group': {
      const group = groups.get(node.id);
      return [
        ...(group?.groups ?? []).filter(shown).map(({ id }): CurriculumNode => ({ kind: 'group', id })),
        ...(group?.items ?? [])
          .filter(({ id }) => !hidden.has(id))
          .map(({ id }): CurriculumNode => ({ kind: 'item', id })),
      ];
    }
    case 'item':
      return [
        ...itemRows(node.id, overview.statuses.get(node.id)),
        ...(items.get(node.id)?.steps ?? [])
          .filter(({ id }) => !hidden.has(id))
          .map(({ id }): CurriculumNode => ({ kind: 'item', id })),
      ];
    case 'assertion':
    case 'problem':
      return [];
  }
}

/** What has to be done before anything can be checked. */
function obstacle(what: Overview['obstacle']): CurriculumNode[] {
  switch (what) {
    case 'noFolder':
      return [
        {
          kind: 'problem',
          id: 'obstacle',
          message: t('Open a folder to begin…'),
          command: { id: 'vscode.openFolder', args: [] },
        },
      ];
    case 'noTrust':
      return [
        {
          kind: 'problem',
          id: 'obstacle',
          message: t('Not trusted, nothing is run: trust…'),
          command: { id: 'workbench.trust.manage', args: [] },
        },
      ];
    case undefined:
      return [];
  }
}

const allHidden = (): CurriculumNode => ({
  kind: 'problem',
  id: 'none',
  message: t('The filter hides everything: show all…'),
  command: { id: 'gantry.curriculum.filter', args: ['all'] },
});

function parentOf(node: CurriculumNode, { groups, items }: Index): CurriculumNode | undefined {
  if (node.kind === 'assertion') return { kind: 'item', id: node.item };
  const project = [...items.values()].find(({ steps = [] }) => steps.some(({ id }) => id === node.id));
  if (node.kind === 'item' && project !== undefined) return { kind: 'item', id: project.id };
  const holds = (group: OutlineGroup): boolean =>
    (node.kind === 'group' ? group.groups : group.items).some(({ id }) => id === node.id);
  const parent = [...groups.values()].find(holds);
  return parent === undefined ? undefined : { kind: 'group', id: parent.id };
}

/** Below an item: why it is blocked or broken, and what the last run found. */
function itemRows(item: string, status: ItemStatus | undefined): CurriculumNode[] {
  const lesson = status?.lesson;
  const report = foundOf(status);
  const rows: CurriculumNode[] = [];
  if (typeof lesson === 'object') rows.push({ kind: 'problem', id: `${item} lesson`, message: lesson.message });
  if (report?.verdict.state === 'blocked') {
    const { reason, remedy } = report.verdict;
    const command = remedy === undefined ? {} : { command: remedyCommand(remedy) };
    rows.push({ kind: 'problem', id: `${item} blocked`, message: reason, ...command });
  }
  return [...rows, ...(report?.evidence ?? []).map(({ id }): CurriculumNode => ({ kind: 'assertion', item, id }))];
}

function describe(node: CurriculumNode, index: Index | undefined, language: Language): NodeDescription {
  if (node.kind === 'problem') {
    const row = messageNode(node.id, node.message, warning, node.message);
    return node.command === undefined ? row : { ...row, command: node.command };
  }
  const { overview, groups, items } = index!;
  switch (node.kind) {
    case 'group':
      return describeGroup(groups.get(node.id)!, overview.statuses, language);
    case 'item':
      return describeItem(items.get(node.id)!, overview.statuses, language);
    case 'assertion': {
      const status = overview.statuses.get(node.item);
      const evidence = foundOf(status)?.evidence.find(({ id }) => id === node.id);
      return describeAssertion(node.item, evidence, status?.held !== undefined);
    }
  }
}

const warning: Icon = { name: 'warning', color: 'list.warningForeground' };
const grey = 'disabledForeground';

/** A heading, with how much of what can be proven below it is proven. */
export function describeGroup(
  group: OutlineGroup,
  statuses: ReadonlyMap<string, ItemStatus>,
  language: Language,
): NodeDescription {
  const provable = itemsOf(group).filter(({ attested }) => !attested);
  const proven = provable.filter(({ id }) => statuses.get(id)?.state === 'proven').length;
  const all = proven === provable.length && proven > 0;
  const [label, description] = [
    group.title[language],
    provable.length === 0 ? t('reading') : t('{0} of {1} proven', proven, provable.length),
  ];
  return {
    id: group.id,
    label,
    description,
    spoken: `${label}, ${description}`,
    tooltip: group.goal[language],
    contextValue: 'group',
    children: group.id === 'path' ? 'expanded' : 'collapsed',
    ...(all ? { icon: icons.proven } : {}),
  };
}

const icons: Readonly<Record<ItemState, Icon>> = {
  todo: { name: 'circle-large-outline' },
  running: { name: 'loading~spin' },
  failed: { name: 'error', color: 'testing.iconFailed' },
  blocked: { name: 'circle-slash', color: 'list.warningForeground' },
  proven: { name: 'pass-filled', color: 'testing.iconPassed' },
  stale: { name: 'history', color: 'list.warningForeground' },
  regressed: { name: 'arrow-down', color: 'testing.iconFailed' },
  attested: { name: 'book', color: grey },
};

/** A state as one of VS Code's icons. */
export const stateIcon = (state: ItemState): string => icons[state].name;

/** A state in words. */
export function stateText(state: ItemState): string {
  switch (state) {
    case 'todo':
      return t('to do');
    case 'running':
      return t('checking');
    case 'failed':
      return t('failing');
    case 'blocked':
      return t('blocked');
    case 'proven':
      return t('proven');
    case 'stale':
      return t('changed since proven');
    case 'regressed':
      return t('proven before, fails now');
    case 'attested':
      return t('attested');
  }
}

/** An item: its state, how hard it is, and what can be done with it. */
export function describeItem(
  item: OutlineItem,
  statuses: ReadonlyMap<string, ItemStatus>,
  language: Language,
): NodeDescription {
  const status = statuses.get(item.id)!;
  const words = itemWords(item, status, statuses);
  const rows = itemRows(item.id, status).length + (item.steps ?? []).length;
  return {
    id: item.id,
    label: item.title[language],
    description: `${words} · ${t('difficulty {0}/5', item.difficulty)}`,
    icon: itemIcon(item, status),
    tooltip: itemTooltip(item, language),
    contextValue: ['item', ...actions(item, status)].join(';'),
    children: rows === 0 ? 'none' : 'collapsed',
    command: { id: 'gantry.curriculum.open', args: [{ kind: 'item', id: item.id }] },
    spoken: [item.title[language], words, t('difficulty {0} of 5', item.difficulty)].join(', '),
  };
}

function itemWords(
  item: OutlineItem,
  { lesson, state }: ItemStatus,
  statuses: ReadonlyMap<string, ItemStatus>,
): string {
  if (typeof lesson === 'object') return t('the lesson is broken');
  if (lesson === 'yes') return stateText(state);
  const { steps } = item;
  if (steps === undefined) return absence(item, state);
  return t('{0} of {1} proven', steps.filter(({ id }) => statuses.get(id)?.state === 'proven').length, steps.length);
}

const absence = ({ attested }: OutlineItem, state: ItemState): string =>
  state === 'attested' ? stateText(state) : attested ? t('reading') : t('not available yet');

function itemIcon({ attested }: OutlineItem, { lesson, state }: ItemStatus): Icon {
  if (typeof lesson === 'object') return warning;
  if (lesson === 'yes' || state === 'attested') return icons[state];
  return { name: attested ? 'book' : 'circle-large-outline', color: grey };
}

/** Tags that package.json's menus look for. */
function actions(
  { attested }: OutlineItem,
  { lesson, started, state, held, keepable, undoable, hintsLeft = 0 }: ItemStatus,
): string[] {
  if (attested) return [state === 'attested' ? 'read' : 'readable'];
  if (lesson !== 'yes') return [];
  const hintable = hintsLeft > 0 ? ['hintable'] : [];
  if (held !== undefined) return ['cancellable', ...hintable];
  if (state === 'running') return ['cancellable'];
  if (!started) return ['startable'];
  return [
    'checkable',
    ...(keepable === true ? ['keepable'] : []),
    'resettable',
    ...hintable,
    ...(state === 'stale' || state === 'regressed' ? ['changed'] : []),
    ...(undoable === true ? ['undoable'] : []),
  ];
}

function itemTooltip({ id, goal, needs, weeks, link }: OutlineItem, language: Language): string {
  return [
    `**${id}** ${goal[language]}`,
    ...(weeks === undefined ? [] : [t('Week {0}', weeks)]),
    needsText(needs),
    ...(link === undefined ? [] : [`<${link}>`]),
  ].join('\n\n');
}

/** What one knows before beginning: id, state where there is one, how hard it is and what it needs. */
export function itemFacts({ id, difficulty, needs }: OutlineItem, { lesson, state }: ItemStatus): string {
  const stated = lesson === 'yes' || state === 'attested' ? [stateText(state)] : [];
  return [id, ...stated, t('difficulty {0}/5', difficulty), needsText(needs)].join(' · ');
}

const needsText = (needs: readonly Need[]): string =>
  t('Needs: {0}', needs.length === 0 ? t('nothing but Go') : needs.map(needText).join(', '));

function needText(need: Need): string {
  switch (need) {
    case 'docker':
      return t('a container engine');
    case 'cluster':
      return t('a cluster');
    case 'network':
      return t('the network');
  }
}

/**
 * One assertion of the last run: what was claimed, and what came instead.
 * @param held whether what it is about is still there.
 */
export function describeAssertion(item: string, evidence: Evidence | undefined, held: boolean): NodeDescription {
  const id = `${item} ${evidence?.id ?? ''}`;
  if (evidence === undefined) return { id, label: '', children: 'none', spoken: t('removed') };
  const { ok, what, want, got, next, subject } = evidence;
  const state = ok ? t('holds') : t('does not hold');
  return {
    id,
    label: what,
    description: ok ? '' : t('got: {0}', got.split('\n')[0]!),
    icon: ok ? icons.proven : icons.failed,
    tooltip: [
      what,
      t('Wanted: {0}', codeSpan(want)),
      t('Got: {0}', codeSpan(got)),
      ...(next === undefined ? [] : [next]),
    ].join('\n\n'),
    contextValue: held && subject !== undefined ? 'assertion;subject' : 'assertion',
    children: 'none',
    spoken: [what, state, ...(ok ? [] : [t('got: {0}', got.split('\n')[0]!)])].join(', '),
    command: { id: 'gantry.curriculum.open', args: [{ kind: 'assertion', item, id: evidence.id }] },
  };
}

/** Text of the learner's program as code, so that nothing in it is read as Markdown. */
const codeSpan = (text: string): string => `\n\`\`\`\`text\n${text.replaceAll('````', "''''")}\n\`\`\`\``;
