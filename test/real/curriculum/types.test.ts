import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { readItem } from '../../../src/curriculum/items.ts';
import { useEngine } from '../../support/checkPorts.ts';
import { sharedEngine } from '../../support/engine.ts';
import { needGo } from '../../support/go.ts';
import { describeLesson } from '../../support/lessons.ts';

/** Lessons of the tests: what no lesson of the curriculum uses yet is used, and cheated, here. */
const lessons: Readonly<Record<string, string>> = {
  X1: 'build, go-list, build-info, files, source, go-test, git-history',
  X2: 'exchange, http-load, repeat, control, parallel, sequence',
  X3: 'grpc',
  X4: 'jetstream',
  X5: 'traces, toxics',
  X6: 'promql',
  X7: 'xds',
  X8: 'image, container',
  X9: 'kubernetes',
};

const items = await Promise.all(
  Object.keys(lessons).map(async (id) => readItem(join(root, 'test/fixtures/lessons', id))),
);

describe('check types', function () {
  before(async function () {
    await needGo(this);
    if (process.platform === 'win32') this.skip();
  });

  for (const item of items) {
    describe(`${item.id}: ${lessons[item.id]}`, () => {
      if (item.id === 'X8') {
        before(async function () {
          useEngine((await sharedEngine(this)).address);
        });
      }
      describeLesson(item);
    });
  }
});
