import assert from 'node:assert/strict';
import { Emitter } from '../../../src/core/emitter.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { Failure } from '../../../src/core/failure.ts';
import type { NodeDescription } from '../../../src/core/node.ts';
import { installLanguage } from '../../../src/core/l10n.ts';
import type { ItemStatus, Overview } from '../../../src/curriculum/domain.ts';
import { type LessonPage, lessonPage } from '../../../src/curriculum/lessonPage.ts';
import { lensesOf } from '../../../src/curriculum/lenses.ts';
import type { Outline, OutlineItem, Remedy, Report } from '../../../src/curriculum/model.ts';
import type { CurriculumNode } from '../../../src/curriculum/nodes.ts';
import { shellWords } from '../../../src/grpc/grpcurl.ts';
import { lineFor } from '../../../src/curriculum/subjects.ts';
import { curriculumTree, describeAssertion, describeGroup, describeItem } from '../../../src/curriculum/tree.ts';

const text = (word: string): { 'zh-cn': string; en: string } => ({ 'zh-cn': `${word}中`, en: word });
const item = (id: string, changes: Partial<OutlineItem> = {}): OutlineItem => ({
  id,
  title: text(id),
  goal: text('goal'),
  difficulty: 2,
  needs: [],
  attested: false,
  ...changes,
});
const outline: Outline = {
  title: text('all'),
  goal: text('goal'),
  groups: [
    {
      id: 'path',
      title: text('path'),
      goal: text('goal'),
      items: [],
      groups: [
        { id: 'one', title: text('one'), goal: text('goal'), groups: [], items: [item('B6'), item('B7')] },
        { id: 'read', title: text('read'), goal: text('goal'), groups: [], items: [item('R1', { attested: true })] },
      ],
    },
  ],
};
const report: Report = {
  item: 'B6',
  seed: 7,
  duration: 1200,
  verdict: { state: 'failed', hint: 'Mind <this>.' },
  evidence: [
    { id: 'build.compiles', ok: true, what: 'It compiles', want: 'a', got: 'a' },
    {
      id: 'drain.answers',
      ok: false,
      what: 'It answers',
      want: '10',
      got: '<b>cut</b>\nmore',
      where: 'main.go:3:1',
      next: 'Wait.',
    },
  ],
  facts: {},
};
const status = (changes: Partial<ItemStatus> = {}): ItemStatus => ({
  state: 'todo',
  lesson: 'yes',
  started: false,
  ...changes,
});
const missing = status({ lesson: 'no' });
const overview = (b6: ItemStatus): Overview => ({
  outline,
  statuses: new Map([
    ['B6', b6],
    ['B7', missing],
    ['R1', missing],
  ]),
  problems: [],
  hidden: new Set(),
});

describe('the curriculum tree', () => {
  const states: [string, ItemStatus, string, string | undefined, string][] = [
    ['not written yet', missing, 'not available yet · difficulty 2/5', 'disabledForeground', 'item'],
    ['to do', status(), 'to do · difficulty 2/5', undefined, 'item;startable'],
    [
      'running',
      status({ state: 'running', started: true }),
      'checking · difficulty 2/5',
      undefined,
      'item;cancellable',
    ],
    [
      'failed',
      status({ state: 'failed', started: true, hintsLeft: 0 }),
      'failing · difficulty 2/5',
      'testing.iconFailed',
      'item;checkable;resettable',
    ],
    [
      'failed, with hints left',
      status({ state: 'failed', started: true, hintsLeft: 1 }),
      'failing · difficulty 2/5',
      'testing.iconFailed',
      'item;checkable;resettable;hintable',
    ],
    [
      'proven',
      status({ state: 'proven', started: true }),
      'proven · difficulty 2/5',
      'testing.iconPassed',
      'item;checkable;resettable',
    ],
    [
      'stale',
      status({ state: 'stale', started: true }),
      'changed since proven · difficulty 2/5',
      'list.warningForeground',
      'item;checkable;resettable;changed',
    ],
    [
      'regressed',
      status({ state: 'regressed', started: true }),
      'proven before, fails now · difficulty 2/5',
      'testing.iconFailed',
      'item;checkable;resettable;changed',
    ],
    [
      'broken',
      status({ lesson: new Failure('invalid', 'B6/item.yaml:3: no') }),
      'the lesson is broken · difficulty 2/5',
      'list.warningForeground',
      'item',
    ],
  ];
  for (const [name, given, description, color, contextValue] of states) {
    it(`an item that is ${name}`, () => {
      const node = describeItem(item('B6'), new Map([['B6', given]]), 'en');
      assert.deepEqual(
        [node.label, node.description, node.icon?.color, node.contextValue],
        ['B6', description, color, contextValue],
      );
    });
  }

  it('speaks Chinese titles', () =>
    assert.equal(describeItem(item('B6'), new Map([['B6', missing]]), 'zh-cn').label, 'B6中'));

  it('a project counts its steps, which stand below it and are no titles of a group', async () => {
    const project = item('P5', { steps: [item('P5.1'), item('P5.2')] });
    const group = { id: 'projects', title: text('projects'), goal: text('goal'), groups: [], items: [project] };
    const statuses = new Map([
      ['P5', missing],
      ['P5.1', status({ state: 'proven', started: true })],
      ['P5.2', status()],
    ]);
    const shown = { outline: { ...outline, groups: [group] }, statuses, problems: [], hidden: new Set(['P5.1']) };
    const tree = curriculumTree({
      overview: () => Promise.resolve(shown),
      onDidChange: new Emitter<void>().event,
      refresh: () => Promise.resolve(),
      language: 'en',
    });
    const row: CurriculumNode = { kind: 'item', id: 'P5' };
    assert.deepEqual(await tree.children(row), [{ kind: 'item', id: 'P5.2' }]);
    assert.deepEqual(tree.parent?.({ kind: 'item', id: 'P5.2' }), row);
    const { description, children } = describeItem(project, statuses, 'en');
    assert.deepEqual([description, children], ['1 of 2 proven · difficulty 2/5', 'collapsed']);
    assert.equal(describeGroup(group, statuses, 'en').description, '0 of 1 proven');
  });

  it('a group counts what is proven of what can be', () => {
    const counts = (b6: ItemStatus): (string | undefined)[] =>
      [outline.groups[0]!, ...outline.groups[0]!.groups].map(
        (group) => describeGroup(group, overview(b6).statuses, 'en').description,
      );
    assert.deepEqual(counts(status()), ['0 of 2 proven', '0 of 2 proven', 'reading']);
    assert.deepEqual(counts(status({ state: 'proven' })), ['1 of 2 proven', '1 of 2 proven', 'reading']);
  });

  it('shows groups, items and the evidence of the last run', async () => {
    const changes = new Emitter<void>();
    const failed = overview(status({ state: 'failed', started: true, report }));
    const tree = curriculumTree({
      overview: () => Promise.resolve({ ...failed, problems: [{ message: 'a bad proof', file: '/w/B6.json' }] }),
      onDidChange: changes.event,
      refresh: () => Promise.resolve(),
      language: 'en',
    });
    const rows = async (node: CurriculumNode | undefined, depth = 0): Promise<string[]> => {
      const children = await tree.children(node);
      const below = await Promise.all(
        children.map(async (child) => {
          const { label, description = '' } = tree.describe(child);
          return [`${'  '.repeat(depth)}${label} | ${description}`, ...(await rows(child, depth + 1))];
        }),
      );
      return below.flat();
    };
    assert.deepEqual(await rows(undefined), [
      'a bad proof | ',
      'path | 0 of 2 proven',
      '  one | 0 of 2 proven',
      '    B6 | failing · difficulty 2/5',
      '      It compiles | ',
      '      It answers | got: <b>cut</b>',
      '    B7 | not available yet · difficulty 2/5',
      '  read | reading',
      '    R1 | reading · difficulty 2/5',
    ]);
  });

  it('hides what the filter takes away, with headings that are empty then, and says when nothing is left', async () => {
    const labels = async (hidden: readonly string[]): Promise<string[]> => {
      const tree = curriculumTree({
        overview: () => Promise.resolve({ ...overview(status()), hidden: new Set(hidden) }),
        onDidChange: new Emitter<void>().event,
        refresh: () => Promise.resolve(),
        language: 'en',
      });
      const below = async (node: CurriculumNode | undefined): Promise<string[]> => {
        const children = await tree.children(node);
        const all = children.map(async (child) => [tree.describe(child).label, ...(await below(child))]);
        return (await Promise.all(all)).flat();
      };
      return below(undefined);
    };
    assert.deepEqual(await labels(['B7', 'R1']), ['path', 'one', 'B6']);
    assert.deepEqual(await labels(['B6', 'B7', 'R1']), ['The filter hides everything: show all…']);
  });

  const blocked = (remedy?: Remedy): Overview =>
    overview(
      status({
        state: 'blocked',
        report: { ...report, evidence: [], verdict: { state: 'blocked', reason: 'no', ...(remedy && { remedy }) } },
      }),
    );
  const item6: CurriculumNode = { kind: 'item', id: 'B6' };
  const obstacles: [string, Overview, CurriculumNode | undefined, NodeDescription['command']][] = [
    [
      'a proof that cannot be read opens',
      { ...overview(status()), problems: [{ message: 'bad', file: '/w/B 6.json' }] },
      undefined,
      { id: 'vscode.open', args: ['file:///w/B%206.json'] },
    ],
    [
      'without a folder one is asked for',
      { ...overview(status()), obstacle: 'noFolder' },
      undefined,
      { id: 'vscode.openFolder', args: [] },
    ],
    [
      'without trust its page opens',
      { ...overview(status()), obstacle: 'noTrust' },
      undefined,
      { id: 'workbench.trust.manage', args: [] },
    ],
    [
      'where the filter hides everything, all is shown again',
      { ...overview(status()), hidden: new Set(['B6', 'B7', 'R1']) },
      undefined,
      { id: 'gantry.curriculum.filter', args: ['all'] },
    ],
    [
      'a check without a cluster offers one',
      blocked('podCluster'),
      item6,
      { id: 'gantry.cluster.create', args: ['container'] },
    ],
    ['a check without an engine says why', blocked('engine'), item6, { id: 'gantry.docker.doctor', args: [] }],
    ['a check without Go says how to get it', blocked('tools'), item6, { id: 'gantry.toolchain.doctor', args: [] }],
    ['a check that is blocked by something else says so only', blocked(), item6, undefined],
  ];
  for (const [name, shown, folder, command] of obstacles) {
    it(`a row says what to do: ${name}`, async () => {
      const tree = curriculumTree({
        overview: () => Promise.resolve(shown),
        onDidChange: new Emitter<void>().event,
        refresh: () => Promise.resolve(),
        language: 'en',
      });
      const [row] = await tree.children(folder);
      assert.deepEqual(tree.describe(row!).command, command);
    });
  }

  it('an outline that cannot be read is a row with its cause', async () => {
    const tree = curriculumTree({
      overview: () => Promise.reject(new Failure('invalid', 'outline.yaml:3: no')),
      onDidChange: new Emitter<void>().event,
      refresh: () => Promise.resolve(),
      language: 'en',
    });
    const [row] = await tree.children(undefined);
    assert.equal(tree.describe(row!).label, 'outline.yaml:3: no');
  });
});

describe('the lesson page', () => {
  const page = lessonPage({
    item: item('B6'),
    status: status({ state: 'failed', started: true, report }),
    language: 'en',
    body: '<h2>Goal</h2>',
    hints: { hints: ['Mind <this>.'], left: 1 },
    nonce: 'n',
  });

  it("escapes what the learner's program printed", () => {
    assert.ok(page.includes('<code>&lt;b&gt;cut&lt;/b&gt;\nmore</code>'));
    assert.ok(page.includes('Mind &lt;this&gt;.'));
    assert.ok(!page.includes('<b>'));
  });

  it('links each failed assertion to its place, and offers what can be done', () => {
    const links = [...page.matchAll(/href="command:([^?]+)\?([^"]+)"/g)].map(
      ([, command, args]) => `${command} ${decodeURIComponent(args!)}`,
    );
    assert.deepEqual(links, [
      'gantry.curriculum.check [{"kind":"item","id":"B6"}]',
      'gantry.curriculum.hint [{"kind":"item","id":"B6"}]',
      'gantry.curriculum.start [{"kind":"item","id":"B6"}]',
      'gantry.curriculum.solution [{"kind":"item","id":"B6"}]',
      'gantry.curriculum.reset [{"kind":"item","id":"B6"}]',
      'gantry.curriculum.open [{"kind":"assertion","item":"B6","id":"drain.answers"}]',
    ]);
  });

  it('says of reading that it was attested, and never that it is not written yet', () => {
    const made = lessonPage({
      item: item('R1', { attested: true, link: 'https://kubernetes.io/docs/' }),
      status: status({ lesson: 'no', state: 'attested' }),
      language: 'en',
      body: undefined,
      nonce: 'n',
    });
    assert.ok(made.includes('<p class="quiet">R1 · attested · '));
    assert.ok(!made.includes('not available'));
  });

  const buttons = (changes: Partial<ItemStatus>, more: Partial<LessonPage> = {}): string[] => {
    const made = lessonPage({
      item: item('B6'),
      status: status(changes),
      language: 'en',
      body: '',
      nonce: 'n',
      ...more,
    });
    return [...made.matchAll(/<a role="button" class="\w+" href="[^"]+">([^<]+)</g)].map(([, label]) => label!);
  };
  const started = ['Check my work', 'Open my files', 'Compare with the solution', 'Reset'];
  const rows: [string, Partial<ItemStatus>, Partial<LessonPage>, string[]][] = [
    ['that is not started', {}, {}, ['Start']],
    ['that is not written yet', { lesson: 'no' }, {}, []],
    ['that is checked', { state: 'running', started: true }, { step: 'Building' }, ['Cancel']],
    ['that is started', { started: true }, {}, started],
    ['that is proven', { started: true, state: 'proven' }, { next: item('B7') }, ['Next: B7', ...started]],
    [
      'that changed since',
      { started: true, state: 'stale' },
      {},
      [...started.slice(0, 2), 'What changed since it was proven', ...started.slice(2)],
    ],
    [
      'that needs a cluster whose pods run',
      {
        started: true,
        state: 'blocked',
        report: { ...report, verdict: { state: 'blocked', reason: 'no cluster', remedy: 'podCluster' } },
      },
      {},
      [...started, 'Create a cluster in a container'],
    ],
    [
      'that needs an engine where none answers',
      {
        started: true,
        state: 'blocked',
        report: { ...report, verdict: { state: 'blocked', reason: 'no engine', remedy: 'engine' } },
      },
      {},
      [...started, 'See why no engine answers'],
    ],
    [
      'that failed, with every hint shown',
      { started: true, state: 'failed', report },
      { hints: { hints: ['Mind this.'], left: 0 } },
      started,
    ],
    ['that was reset', { started: true, undoable: true }, {}, [...started, 'Undo Reset']],
    ['to read', { lesson: 'no' }, { item: item('R1', { attested: true }) }, ['I have read it']],
    [
      'that was read',
      { lesson: 'no', state: 'attested' },
      { item: item('R1', { attested: true }) },
      ['Take back that I have read it'],
    ],
  ];
  for (const [name, changes, more, expected] of rows) {
    it(`offers what can be done with an item ${name}`, () => assert.deepEqual(buttons(changes, more), expected));
  }
});

describe('what a check keeps running', () => {
  const call = {
    kind: 'grpc',
    target: '127.0.0.1:7',
    method: 'a.B/C',
    messages: ['{"it":"it\'s"}', '{}'],
    metadata: [['who', 'me']],
  } as const;
  const held: Report = { ...report, evidence: [{ ...report.evidence[1]!, subject: call }] };
  const links = (changes: Partial<ItemStatus>): string[] => {
    const made = lessonPage({ item: item('B6'), status: status({ started: true, ...changes }), language: 'en', body: '', nonce: 'n' }); // prettier-ignore
    return [...made.matchAll(/<a [^>]*href="command:gantry.curriculum.(\w+)[^>]*>([^<]+)</g)].map(
      ([, command, label]) => `${command}: ${label}`,
    );
  };

  it('has links on the page of its lesson, and none once it has ended, in both languages', () => {
    const path = join(root, 'l10n/curriculum.zh-cn.json');
    const translations = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    const made = [{}, translations].map((words) => {
      installLanguage(words);
      return [links({ state: 'running', held }), links({ state: 'failed', report: held, keepable: true }).slice(0, 2)];
    });
    installLanguage({});
    assert.deepEqual(made, [
      [
        ['cancel: End what still runs', 'open: main.go:3:1', 'openSubject: Open in the gRPC explorer'],
        ['check: Check my work', 'checkAndKeep: Check and keep running'],
      ],
      [
        ['cancel: 结束仍在运行的程序', 'open: main.go:3:1', 'openSubject: 在 gRPC 视图中打开'],
        ['check: 检查我的作业', 'checkAndKeep: 检查并保持运行'],
      ],
    ]);
    assert.ok(!links({ state: 'failed', report: held }).some((link) => link.startsWith('openSubject')));
  });

  it('has a row that can be opened in the tree', () => {
    const [evidence] = held.evidence;
    assert.deepEqual(
      [true, false].map((still) => describeAssertion('B6', evidence, still).contextValue),
      ['assertion;subject', 'assertion'],
    );
    const kept = new Map([['B6', status({ state: 'running', started: true, held, hintsLeft: 1 })]]);
    const tags = describeItem(item('B6'), kept, 'en').contextValue;
    assert.equal(tags, 'item;cancellable;hintable');
  });

  it('is called by a line for a shell', () => {
    const words = shellWords(lineFor(call));
    assert.deepEqual(words, [
      'grpcurl',
      '-plaintext',
      '-H',
      'who: me',
      '-d',
      '{"it":"it\'s"}\n{}',
      '127.0.0.1:7',
      'a.B/C',
    ]);
    const container = { kind: 'container', engine: 'unix:///s', id: 'c', name: 'lab' } as const;
    assert.equal(lineFor(container), 'gantry containers logs lab');
    const namespace = { kind: 'namespace', context: 'gantry', namespace: 'lab' } as const;
    assert.equal(lineFor(namespace), 'gantry get pods --context gantry -n lab');
  });
});

describe("the lenses of a learner's file", () => {
  const lenses = (changes: Partial<ItemStatus>, path = 'main.go'): string[] =>
    lensesOf('B6', status({ main: 'main.go', started: true, report, ...changes }), path).map(
      ({ line, text: shown, command }) => `${line} ${shown} ${command.split('.').at(-1)}`,
    );

  it('say how the lesson stands and what does not hold at a line', () => {
    assert.deepEqual(lenses({ state: 'failed', hintsLeft: 1 }), [
      '0 $(error)\u00a0B6 · failing open',
      '0 $(beaker)\u00a0Check my work check',
      '0 $(lightbulb)\u00a0Another hint hint',
      '2 $(error)\u00a0It answers open',
    ]);
  });

  it('offer to cancel a check, and say nothing in other files', () => {
    assert.deepEqual(lenses({ state: 'running' }), [
      '0 $(loading~spin)\u00a0B6 · checking open',
      '0 $(stop-circle)\u00a0Cancel cancel',
    ]);
    assert.deepEqual(lenses({ state: 'failed' }, 'work.go'), []);
  });

  it('offer no hint when none is left', () => {
    const offered = lenses({ state: 'failed', hintsLeft: 0 }).map((lens) => lens.split(' ').at(-1));
    assert.deepEqual(offered, ['open', 'check', 'open']);
  });
});
