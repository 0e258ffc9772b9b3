/** Manifests judged by what a cluster serves. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { silentLog } from '../../../src/core/log.ts';
import { ClusterSchemas } from '../../../src/manifests/clusterSchemas.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { FollowedCluster } from '../../../src/manifests/followed.ts';
import { apiVersionsIn, nearestVersion, type Served } from '../../../src/manifests/target.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { type ScriptedCluster, scriptedCluster, thing } from '../../support/scriptedCluster.ts';

const { signal } = new AbortController();
const widget = {
  components: {
    schemas: {
      'com.example.v2.Thing': {
        ...thing.components.schemas['com.example.v1.Thing'],
        'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v2', kind: 'Thing' }],
      },
    },
  },
};

describe('schemas that a cluster serves', () => {
  let folder: string;
  let cluster: ScriptedCluster;
  let schemas: ClusterSchemas;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-openapi-'));
    cluster = scriptedCluster({
      release: '1.35.2',
      documents: { 'apis/example.com/v1': thing, 'apis/example.com/v2': widget },
    });
    schemas = new ClusterSchemas({ clusters: cluster, folder });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const context = async (name = 'kind') => (await cluster.contexts()).find((each) => each.name === name)!;
  const served = async (...apiVersions: string[]): Promise<Served> =>
    schemas.served(await context(), apiVersions, signal);
  const documentsAsked = (): string[] => cluster.asked.filter((path) => path.startsWith('/openapi/v3/'));

  it('are fetched for the group versions in use alone, once for each hash, by all who share the folder', async () => {
    const first = await served('example.com/v1', 'unheard.io/v1');
    assert.deepEqual(
      [first.cluster, first.release, first.apiVersions, Object.keys(first.documents), documentsAsked().length],
      ['kind', '1.35.2', ['example.com/v1', 'example.com/v2'], ['example.com/v1'], 1],
    );
    assert.deepEqual(JSON.parse(await readFile(first.documents['example.com/v1']!, 'utf8')), thing);
    assert.deepEqual(await served('example.com/v1'), first);
    const other = new ClusterSchemas({ clusters: cluster, folder });
    await other.served(await context(), ['example.com/v1'], signal);
    assert.equal(documentsAsked().length, 1);
    cluster.documents = { 'apis/example.com/v1': { ...thing, info: {} } };
    assert.notDeepEqual(await served('example.com/v1'), first);
    assert.equal(documentsAsked().length, 2);
  });

  it('leave the folder when nobody used them for a month', async () => {
    await writeFile(join(folder, 'old.json'), '{}');
    await writeFile(join(folder, 'new.json'), '{}');
    const old = new Date(Date.now() - 31 * 24 * 3600 * 1000);
    await utimes(join(folder, 'old.json'), old, old);
    const { documents } = await served('example.com/v1');
    const kept = (await readdir(folder)).map((name) => join(folder, name)).sort();
    assert.deepEqual(kept, [join(folder, 'new.json'), documents['example.com/v1']!].sort());
  });

  it('are fetched again each time when their address has no hash', async () => {
    const read = async (_: string, path: string): Promise<string> =>
      path === '/version'
        ? '{"gitVersion": "v1.34.0"}'
        : path === '/openapi/v3'
          ? '{"paths": {"apis/example.com/v1": {"serverRelativeURL": "/openapi/v3/apis/example.com/v1"}}}'
          : JSON.stringify(document);
    const unhashed = new ClusterSchemas({ folder, clusters: { ...cluster, read } });
    const file = async (): Promise<string> =>
      (await unhashed.served(await context(), ['example.com/v1'], signal)).documents['example.com/v1']!;
    let document: object = thing;
    const first = await file();
    assert.equal(await file(), first);
    document = { ...thing, info: {} };
    assert.notEqual(await file(), first);
  });

  it('are asked of no other server, and of none that answers with something else', async () => {
    const read = async (path: string): Promise<string> =>
      path === '/version'
        ? '{"gitVersion": "v1.34.0"}'
        : '{"paths": {"api/v1": {"serverRelativeURL": "//elsewhere/"}, "api/__proto__": {"serverRelativeURL": "/openapi/v3/a"}}}';
    const at = (answer: (path: string) => Promise<string>): ClusterSchemas =>
      new ClusterSchemas({ folder, clusters: { ...cluster, read: (_, path) => answer(path) } });
    assert.deepEqual((await at(read).served(await context(), ['v1'], signal)).apiVersions, []);
    await assert.rejects(at(async () => '<html>').served(await context(), [], signal), { kind: 'invalid' });
    await assert.rejects(at(async () => '{}').release(await context(), signal), { kind: 'invalid' });
  });

  it('judge the custom resources there before what is shipped or in the workspace, and say whose they are', async () => {
    const manifests = createManifests({ schemas: join(root, 'schemas') });
    const text = 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nspec: {siez: 1}\n';
    const found = async (target: string | Served): Promise<unknown> =>
      (await manifests.validate(text, target)).findings.map(({ code, source }) => [code, source]);
    assert.deepEqual(await found('1.34'), [['no-schema', 'Kubernetes 1.34']]);
    const target = await served('example.com/v1');
    assert.deepEqual(await found(target), [['unknown-field', 'cluster kind']]);
    assert.match((await manifests.hover(text, text.indexOf('spec'), target))!.text, /Schema: cluster kind/);
    const offered = await manifests.complete(text.replace('siez: 1', ''), text.indexOf('siez'), target);
    assert.deepEqual(
      offered.map(({ label }) => label),
      ['size'],
    );
  });

  it('lack what the cluster does not serve', async () => {
    const manifests = createManifests({ schemas: join(root, 'schemas') });
    const { findings, version } = await manifests.validate(
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\n',
      await served(),
    );
    assert.deepEqual(
      [version, findings.map(({ code, source }) => [code, source])],
      ['1.35', [['unknown-api-version', 'Kubernetes 1.35.2 of cluster kind']]],
    );
  });

  describe('followed', () => {
    let clock: FakeClock;
    beforeEach(() => (clock = new FakeClock()));
    const follow = (follows: 'schemas' | 'version', name?: string): FollowedCluster =>
      new FollowedCluster({
        log: silentLog,
        clock,
        follows,
        schemas: async () => schemas,
        versions: async () => ['1.34', '1.35', '1.36', '1.37'],
        context: name,
      });
    const change = (followed: FollowedCluster): Promise<void> =>
      new Promise((resolve) => {
        const listening = followed.onDidChange(() => {
          listening.dispose();
          resolve();
        });
      });

    it('are not waited for, and are asked again for what they lack or when they are old', async () => {
      const followed = follow('schemas');
      let answer = (): void => {};
      cluster.wait = new Promise((resolve) => (answer = resolve));
      assert.equal(followed.target(['example.com/v1']), undefined);
      assert.equal(followed.target(['example.com/v2']), undefined, 'wanted while the cluster is asked');
      const changed = change(followed);
      answer();
      await changed;
      await eventually(() => followed.target(['example.com/v1', 'example.com/v2']) !== undefined);
      assert.notEqual(followed.target(['unheard.io/v1']), undefined, 'what is not served needs no document');
      const asked = cluster.asked.length;
      const { apiVersions: first, documents } = followed.target(['example.com/v1']) as Served;
      assert.deepEqual(Object.keys(documents), ['example.com/v1'], 'of what is known, what the text needs');
      assert.equal(cluster.asked.length, asked, 'what is new is not asked again');
      cluster.documents = { 'apis/example.com/v1': { ...thing, info: {} } };
      await clock.advance(5_000);
      const renewed = change(followed);
      assert.deepEqual((followed.target(['example.com/v1']) as Served).apiVersions, first, 'until then the old');
      await renewed;
      assert.deepEqual((followed.target(['example.com/v1']) as Served).apiVersions, ['example.com/v1']);
      followed.dispose();
    });

    it('fall silent when the cluster does not answer, which is known and asked again later', async () => {
      const followed = follow('schemas', 'dead');
      const changed = change(followed);
      assert.equal(followed.target(['example.com/v1']), undefined);
      await changed;
      assert.deepEqual([followed.known, followed.failure?.kind], [undefined, 'unreachable']);
      const asked = cluster.asked.length;
      followed.target(['example.com/v1']);
      assert.equal(cluster.asked.length, asked);
      await clock.advance(60_000);
      followed.target(['example.com/v1']);
      await eventually(() => cluster.asked.length > asked);
      followed.dispose();
    });

    it('give the nearest version that is shipped', async () => {
      const followed = follow('version');
      const changed = change(followed);
      assert.equal(followed.target(['v1']), undefined);
      await changed;
      assert.deepEqual([followed.target(['v1']), cluster.asked], ['1.35', ['/version']]);
      followed.dispose();
    });
  });

  it('the nearest version is the same minor, or the first or last', () => {
    const versions = ['1.34', '1.35', '1.36', '1.37'];
    const near = ['v1.36.2-gke.100', '1.35.0+k3s1', '1.20.3', '1.40.0', '2.0.0', 'unknown'];
    assert.deepEqual(
      near.map((release) => nearestVersion(release, versions)),
      ['1.36', '1.35', '1.34', '1.37', '1.37', '1.34'],
    );
  });

  it('the group versions of a text', () => {
    const text = 'apiVersion: v1\n---\n"apiVersion" : "apps/v1"\n---\n- {kind: A, apiVersion: a.example.com/v1}\n# v1';
    assert.deepEqual(apiVersionsIn(`${text}\napiVersion: v1\n`), ['v1', 'apps/v1', 'a.example.com/v1']);
  });
});
