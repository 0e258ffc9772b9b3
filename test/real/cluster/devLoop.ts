/** From sources to a cluster and again after a save, in a cluster that the tests beside it have made. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import type { ApiClient } from '../../../src/cluster/apiClient.ts';
import { run } from '../../../src/core/processes.ts';
import { type DevPlace, RunningLoop, editService, helloService } from '../../support/devLoop.ts';
import type { Engine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { useLessonBases } from '../../support/lessonBases.ts';

export interface TestedPlace extends DevPlace {
  readonly engine: Engine;
  readonly api: () => Promise<ApiClient>;
}

/** Its tests; `place` is asked when they run. */
export function devLoopTests(place: () => TestedPlace): void {
  describe('with a service in development', () => {
    let folder: string;
    let running: RunningLoop | undefined;

    before(async () => {
      await useLessonBases(place().engine);
      folder = await helloService();
    });
    after(async () => {
      await running?.end().catch(() => {});
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    });

    const edit = (file: string, from: string, to: string): void => editService(folder, file, from, to);
    const steps = (): string[] =>
      running!.said
        .filter((line) => / s: [\d.]+ s$/.test(line))
        .map((line) => line.replaceAll(/[\d.]+ s/g, '').replaceAll(/\s+/g, ' '));
    // Each on a connection of its own: one that is kept breaks with the pod behind it.
    const answer = async (): Promise<string> =>
      (await fetch(running!.address, { headers: { connection: 'close' } })).text();

    it('builds, loads, applies and waits, shows the log and forwards the port', async () => {
      running = new RunningLoop(place(), { folder, once: false, delete: true });
      await running.waits(1);
      assert.deepEqual(steps(), ['build · load · apply · rollout : ']);
      assert.equal(await answer(), 'hello\n');
      await eventually(() => running!.logged.some((line) => line.includes('answered /')));
    });

    it('does so again after a save, and then another program answers', async () => {
      edit('cmd/billing/main.go', '"hello"', '"good morning"');
      await running!.waits(2);
      assert.equal(steps().at(-1), 'build · load · apply · rollout : ');
      assert.equal(await answer(), 'good morning\n');
    });

    it('only applies when only a manifest was saved', async () => {
      edit('deploy/overlays/dev/kustomization.yaml', 'LOG_LEVEL=debug', 'LOG_LEVEL=warn');
      await running!.waits(3);
      assert.equal(steps().at(-1), 'apply · rollout : ');
      assert.ok(running!.said.some((line) => /^ConfigMap default\/billing-\w+: new$/.test(line)));
    });

    it('does the same once in the terminal, where nothing is left to do', async () => {
      const { engine, kubeconfig } = place();
      const args = ['--disable-warning=ExperimentalWarning', join(root, 'src/cli.ts'), 'dev', folder, '--once', '--kubeconfig', kubeconfig]; // prettier-ignore
      const env = { ...process.env, LC_ALL: 'C', DOCKER_HOST: engine.address };
      const { code, stdout, stderr } = await run(process.execPath, args, { env });
      assert.equal(code, 0, stdout + stderr);
      assert.match(stderr, /^Deployment default\/billing: as it is$/m);
      assert.match(stderr, /^build [^\n]* rollout /m);
    });

    it('says at which line a build fails, and goes on', async () => {
      edit('cmd/billing/main.go', 'func main() {', 'func main() {\n\tundefinedThing()');
      await running!.waits(4);
      const at = running!.said.findLastIndex((line) => /^The build failed at line \d+/.test(line));
      assert.ok(running!.said.slice(at).some((line) => /^ {2}cmd\/billing\/main\.go:\d+:2: undefined: undefinedThing$/.test(line)), running!.said.slice(at).join('\n')); // prettier-ignore
      assert.equal(await answer(), 'good morning\n');
    });

    it('says why new pods get no further, with the end of their log, while the old ones answer', async () => {
      edit('cmd/billing/main.go', '\tundefinedThing()', '\tlog.Fatal("no database")');
      await running!.waits(5);
      const at = running!.said.findLastIndex((line) => line.includes('get no further'));
      assert.match(running!.said[at]!, /^The new pods of Deployment billing get no further: /);
      assert.ok(
        running!.said.slice(at).some((line) => line.endsWith('no database')),
        running!.said.join('\n'),
      );
      assert.equal(await answer(), 'good morning\n');
    });

    it('deletes at its end what it made, when told so, and leaves the engine no name of its own', async () => {
      assert.equal(await running!.end(), false);
      assert.equal(running!.said.at(-1), 'Deleting what was made.');
      for (const path of ['apis/apps/v1/namespaces/default/deployments', 'api/v1/namespaces/default/services']) {
        assert.equal((await (await place().api()).send('GET', `/${path}/billing`)).status, 404);
      }
      const images = await place().engine.json<{ RepoTags: string[] | null }[]>('GET', '/images/json');
      const names = images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name.startsWith('billing:'));
      assert.deepEqual(names, ['billing:dev']);
    });
  });
}
