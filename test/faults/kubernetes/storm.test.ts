/** Many objects that change all the time: K14 for minutes, K15 for an hour. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { ObjectRow } from '../../../src/kubernetes/rows.ts';
import type { Look } from '../../../src/kubernetes/store.ts';
import { type TestCluster, eventually, sharedControlPlane } from '../../support/controlPlane.ts';
import { collectGarbage } from '../../support/garbage.ts';
import { type Scene, sceneAt } from '../../support/kubernetesScene.ts';
import { long, soakMinutes } from '../../support/long.ts';
import { startWriter } from '../../support/writer.ts';

const objects = long ? 10_000 : 1_000;
const stormSeconds = long ? 600 : 10;
/** Objects created at a time. */
const batch = 50;
const megabyte = 2 ** 20;

describe('many objects that change all the time', function () {
  this.timeout((stormSeconds + soakMinutes * 60 + 600) * 1000);
  let cluster: TestCluster;
  let namespace: string;
  let scene: Scene;
  let look: Look<ObjectRow>;
  let refreshes: number;
  const configMaps = (): string => `/api/v1/namespaces/${namespace}/configmaps`;
  const nameOf = (number: number): string => `map-${number}`;

  before(async function () {
    cluster = await sharedControlPlane(this);
    this.timeout(20 * 60_000);
    namespace = await cluster.namespace();
    for (let made = 0; made < objects; made += batch) {
      const numbers = Array.from({ length: batch }, (_, index) => made + index);
      await Promise.all(numbers.map((n) => cluster.api('POST', configMaps(), { metadata: { name: nameOf(n) } })));
    }
  });
  beforeEach(async () => {
    scene = await sceneAt(cluster, Number(new URL(cluster.server).port));
    await scene.kubernetes.discovery.want('ctx');
    const known = scene.kubernetes.discovery.current('ctx');
    assert.ok(known?.state === 'ready');
    const resource = known.value.find((each) => each.group === '' && each.resource === 'configmaps')!;
    look = scene.kubernetes.store.look({ context: 'ctx', kind: 'objects', resource, namespace });
    await eventually(() => look.state().state === 'live');
    cluster.closeIdle(); // The server would close them in the middle of a row, which counts open files.
    refreshes = 0;
    look.onDidChange(() => refreshes++);
  });
  afterEach(() => scene.close());
  after(() => cluster.removeNamespace(namespace));

  /** Every write changes what a row shows: the number of keys. */
  const storm = (rate: number, seconds: number): ReturnType<typeof startWriter> =>
    startWriter(cluster, {
      targets: Array.from({ length: objects }, (_, number) => `${configMaps()}/${nameOf(number)}`),
      bodies: ['{"data":{"one":"#","two":"#"}}', '{"data":{"two":null}}'],
      rate,
      seconds,
    });

  /** Waits until the rows are the server's, in what they show and in number. */
  async function equalAgain(): Promise<void> {
    const keys = ({ columns, cells }: ObjectRow): string | undefined =>
      cells[columns.findIndex(({ name }) => name === 'Data')];
    const ours = (): string[] => [...look.rows.values()].map((row) => `${row.name} ${keys(row)}`).sort();
    const theirs = async (): Promise<string[]> => {
      const { items } = await cluster.api<{ items: { metadata: { name: string }; data?: object }[] }>(
        'GET',
        configMaps(),
      );
      return items.map(({ metadata: { name }, data }) => `${name} ${Object.keys(data ?? {}).length}`).sort();
    };
    const wanted = await theirs();
    await eventually(() => JSON.stringify(ours()) === JSON.stringify(wanted)).catch(() =>
      assert.deepEqual(ours(), wanted),
    );
  }

  it(`K14 ${objects} objects, 200 writes/s for ${stormSeconds} s: equal, hardly redrawn, no memory kept`, async () => {
    collectGarbage();
    const before = process.memoryUsage().rss;
    const began = Date.now();
    const { written, seconds } = await storm(200, stormSeconds).done;
    const redrawn = refreshes;
    const most = ((Date.now() - began) / 1000) * 4 + 1;
    await equalAgain();
    collectGarbage();
    const grown = (process.memoryUsage().rss - before) / megabyte;
    console.error(
      `      ${written} writes in ${seconds.toFixed(1)} s, ${redrawn} refreshes, RSS ${grown < 0 ? '' : '+'}${grown.toFixed(0)} MB`,
    );
    assert.ok(redrawn > stormSeconds / 2, `${redrawn} refreshes: the storm was not seen`);
    assert.ok(redrawn <= most, `${redrawn} refreshes, at most ${most}`);
    assert.ok(grown < 150, `${grown} MB`);
  });

  it(`K15 50 writes/s for ${soakMinutes} min: heap and files as at the beginning`, async () => {
    const writer = storm(50, soakMinutes * 60);
    const held = (): { heap: number; files: number } => {
      collectGarbage();
      return { heap: process.memoryUsage().heapUsed, files: readdirSync('/proc/self/fd').length };
    };
    try {
      const sixth = (soakMinutes * 60_000) / 6;
      await new Promise((resolve) => setTimeout(resolve, sixth));
      const early = held();
      await new Promise((resolve) => setTimeout(resolve, sixth * 4.5));
      const late = held();
      const growth = (late.heap / early.heap - 1) * 100;
      console.error(
        `      heap ${(early.heap / megabyte).toFixed(1)} → ${(late.heap / megabyte).toFixed(1)} MB, files ${early.files} → ${late.files}, ${refreshes} refreshes`,
      );
      assert.ok(growth < 5, `the heap grew by ${growth.toFixed(1)} %`);
      assert.ok(Math.abs(late.files - early.files) <= 2, `${early.files} files, then ${late.files}`);
      await writer.done;
      await equalAgain();
    } finally {
      writer.stop();
    }
  });
});
