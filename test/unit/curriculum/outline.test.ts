import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import type { Bilingual, Outline } from '../../../src/curriculum/model.ts';
import { groupsOf, itemsOf, readOutline, stepsAndItemsOf } from '../../../src/curriculum/outline.ts';
import { curriculumFolder } from '../../support/lessons.ts';

/** One title of the seed: a heading (group) or a bullet, numbered line, checkbox or command (item). */
interface SeedTitle {
  readonly kind: 'group' | 'item';
  readonly title: string;
  readonly words?: string;
  readonly link?: string;
}

/** Every title of the seed, in its order. */
function seedTitles(seed: string): SeedTitle[] {
  const titles: SeedTitle[] = [];
  let comment: string | undefined;
  let code = false;
  for (const line of seed.split('\n').slice(1)) {
    if (line.startsWith('```')) code = !code;
    else if (code && line.startsWith('# ')) comment = line.slice(2);
    else if (code && line !== '') titles.push({ kind: 'item', title: line, words: comment! });
    else if (!code) titles.push(...textTitles(line));
  }
  return titles;
}

function textTitles(line: string): SeedTitle[] {
  const heading = /^#{2,3} (?:[^\p{L}]+ )?(.+)$/u.exec(line)?.[1];
  if (heading !== undefined) return heading === '学习目标' ? [] : [{ kind: 'group', title: heading }];
  const bullet = /^(\s*)(?:\d+\.|-) (?:\[ \] )?(.+)$/.exec(line);
  if (bullet === null) return [];
  const text = bullet[2]!;
  const link = /^\[(.+)\]\((.+)\)$/.exec(text);
  if (link !== null) return [{ kind: 'item', title: link[1]!, link: link[2]! }];
  const bold = /^\*\*(.+)\*\* - (.+)$/.exec(text);
  if (bold === null) return [{ kind: 'item', title: text }];
  return [{ kind: 'item', title: bold[1]!, words: bold[2]! }];
}

/** Groups and items in the order in which they are read. */
function outlineTitles(outline: Outline): { kind: 'group' | 'item'; title: string; goal: string; link?: string }[] {
  const walk = (groups: Outline['groups']): ReturnType<typeof outlineTitles> =>
    groups.flatMap((group) => [
      { kind: 'group', title: group.title['zh-cn'], goal: group.goal['zh-cn'] },
      ...group.items.map((item) => ({
        kind: 'item' as const,
        title: item.title['zh-cn'],
        goal: item.goal['zh-cn'],
        ...(item.link === undefined ? {} : { link: item.link }),
      })),
      ...walk(group.groups),
    ]);
  return walk(outline.groups);
}

/** Chinese terms that must have one English word, as the project's glossary has them. */
const glossary: readonly (readonly [string, RegExp])[] = [
  ['熔断器', /circuit breaker/i],
  ['限流器', /rate limiter/i],
  ['服务网格', /mesh/i],
  ['单体', /monolith/i],
  ['服务发现', /service discovery/i],
  ['幂等', /idempoten/i],
  ['优雅关闭', /graceful shutdown/i],
  ['有界上下文', /bounded context/i],
  ['蓝绿部署', /blue-green/i],
  ['可观测性', /observability/i],
  ['控制器', /controller/i],
];

describe('the outline of the curriculum', () => {
  const seed = readFileSync(join(root, 'test/fixtures/seed.txt'), 'utf8');
  let outline: Outline;
  before(async () => {
    outline = await readOutline(curriculumFolder);
  });

  it('has every title of the seed in its words and its order, and no other', () => {
    assert.deepEqual(
      outlineTitles(outline).map(({ title }) => title),
      seedTitles(seed).map(({ title }) => title),
    );
  });

  it('keeps what the seed says beside a title, and its links', () => {
    const titles = outlineTitles(outline);
    const lost = seedTitles(seed).filter(
      ({ words, link }, i) => (words !== undefined && !titles[i]!.goal.includes(words)) || link !== titles[i]!.link,
    );
    assert.deepEqual(lost, []);
  });

  it('has the title and the goal of the seed itself', () => {
    assert.deepEqual(
      [outline.title['zh-cn'], outline.goal['zh-cn']],
      [seed.split('\n')[0]!.slice(2), seed.split('\n')[3]],
    );
  });

  it('counts 104 items, as many of each kind as the seed', () => {
    const counts = Object.groupBy(itemsOf(outline), ({ id }) => id[0]!);
    assert.deepEqual(Object.fromEntries(Object.entries(counts).map(([kind, items]) => [kind, items!.length])), {
      T: 32,
      F: 8,
      P: 8,
      O: 4,
      C: 4,
      L: 4,
      K: 12,
      U: 8,
      B: 12,
      R: 12,
    });
  });

  it('speaks both languages', () => {
    const texts: Bilingual[] = [...groupsOf(outline), ...stepsAndItemsOf(outline)].flatMap(({ title, goal }) => [
      title,
      goal,
    ]);
    assert.deepEqual(
      texts.filter((text) => /\p{Script=Han}/u.test(text.en)),
      [],
    );
    const goals = [...groupsOf(outline), ...stepsAndItemsOf(outline)].map(({ goal }) => goal);
    assert.deepEqual(
      goals.filter((goal) => !/\p{Script=Han}.*。$/u.test(goal['zh-cn']) || !/[.]$/.test(goal.en)),
      [],
    );
  });

  it('uses one English word for one Chinese term in titles', () => {
    const wrong = [...groupsOf(outline), ...stepsAndItemsOf(outline)]
      .map(({ title }) => title)
      .filter((title) => glossary.some(([zh, en]) => title['zh-cn'].includes(zh) && !en.test(title.en)));
    assert.deepEqual(wrong, []);
  });

  it('refuses an id that stands there twice', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-outline-'));
    try {
      const text = readFileSync(join(curriculumFolder, 'outline.yaml'), 'utf8');
      await writeFile(join(folder, 'outline.yaml'), text.replace('id: B7', 'id: B6'));
      await assert.rejects(readOutline(folder), { kind: 'invalid', message: /B6/ });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
