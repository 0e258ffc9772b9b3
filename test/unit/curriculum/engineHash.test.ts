import assert from 'node:assert/strict';
import { join, relative } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { lessonsIn } from '../../../src/curriculum/authorCli.ts';
import { engineHash, sourcesFor } from '../../../src/curriculum/engineHash.ts';
import { readItem } from '../../../src/curriculum/items.ts';

const lesson = (id: string): ReturnType<typeof readItem> => readItem(join(root, 'curriculum', id));
const sources = async (id: string): Promise<string[]> =>
  (await sourcesFor(await lesson(id))).map((path) => relative(join(root, 'src'), path).replaceAll('\\', '/'));

/** Of a check within another, of one that asks an engine, of one that asks a server, and what all stand on. */
const some = [
  'core/processes.ts',
  'curriculum/checks/config.ts',
  'curriculum/checks/rateLimit.ts',
  'docker/findInImage.ts',
  'grpc/engine.ts',
];

describe('what a verdict hangs on', () => {
  for (const [id, used] of [
    ['B7', ['core/processes.ts', 'curriculum/checks/config.ts']],
    ['T4.2', ['core/processes.ts', 'docker/findInImage.ts']],
    ['K3', ['core/processes.ts', 'grpc/engine.ts']],
    ['T8.2', ['core/processes.ts', 'curriculum/checks/rateLimit.ts']],
  ] as const) {
    it(`is, for ${id}, its checks and what they stand on, and not those of others`, async () => {
      const reached = await sources(id);
      assert.deepEqual(
        some.filter((path) => reached.includes(path)),
        used,
      );
    });
  }

  it('is nothing that only shows', async () => {
    const shown = /(^|\/)(editor|webview)\/|^curriculum\/(domain|progress)\.ts$/;
    for (const id of await lessonsIn(join(root, 'curriculum')))
      assert.deepEqual(
        (await sources(id)).filter((path) => shown.test(path)),
        [],
        id,
      );
  });

  it('is the same each time, and another for another lesson', async () => {
    const [first, again, other] = await Promise.all(
      ['B7', 'B7', 'T4.2'].map(async (id) => engineHash(await lesson(id))),
    );
    assert.equal(first, again);
    assert.notEqual(first, other);
  });
});
