/** From sources to a cluster and again after a save, in a cluster that the tests beside it have made. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { neverChanges } from '../../../src/compose.ts';
import { silentLog } from '../../../src/core/log.ts';
import { run } from '../../../src/core/processes.ts';
import { passingMemory } from '../../../src/core/memory.ts';
import type { ApiClient } from '../../../src/cluster/apiClient.ts';
import type { Cluster } from '../../../src/cluster/domain.ts';
import { devPorts } from '../../../src/devPorts.ts';
import type { DevRequest } from '../../../src/devloop/devLoop.ts';
import { createDevLoop } from '../../../src/devloop/domain.ts';
import type { Docker } from '../../../src/docker/domain.ts';
import { createKubernetes } from '../../../src/kubernetes/domain.ts';
import { root } from '../../../scripts/lib/project.ts';
import { eventually } from '../../support/eventually.ts';
import { useLessonBases } from '../../support/lessonBases.ts';
import type { Engine } from '../../support/engine.ts';
import { generated } from '../../support/generatedServices.ts';
import { labkitProgram } from '../../support/labkit.ts';

export interface DevPlace {
  readonly engine: Engine;
  readonly docker: Docker;
  readonly kubeconfig: string;
  readonly api: () => Promise<ApiClient>;
}

/** Makes a service that needs no module, with the manifests of a generated one. */
async function hello(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-dev-'));
  await generated(folder, 'nethttp');
  for (const name of ['cmd', 'internal', 'go.mod', 'go.sum']) rmSync(join(folder, name), { recursive: true });
  cpSync(join(root, 'test/fixtures/devloop/hello'), folder, { recursive: true });
  return folder;
}

/** A loop that runs, and what it has said so far. */
class Running {
  readonly said: string[] = [];
  readonly logged: string[] = [];
  readonly ended: Promise<boolean>;
  readonly #ending = new AbortController();

  constructor({ docker, kubeconfig }: DevPlace, request: Omit<DevRequest, 'place'>) {
    const loop = createDevLoop(
      devPorts({
        cluster: () => Promise.resolve({ labkit: labkitProgram } as unknown as Cluster),
        docker: () => Promise.resolve(docker),
        kubernetes: () => Promise.reject(new Error('not asked for')),
        kubernetesOf: (file) =>
          Promise.resolve(
            createKubernetes({
              log: silentLog,
              env: { KUBECONFIG: file },
              trusted: () => true,
              local: { current: () => ({ phase: 'absent' }), onDidChange: neverChanges },
              memory: passingMemory(),
              workspaceMemory: passingMemory(),
            }),
          ),
      }),
    );
    this.ended = loop.run(
      { ...request, place: { kubeconfig } },
      {
        say: (line) => this.said.push(line),
        progress: () => {},
        output: () => {},
        log: (lines) => this.logged.push(...lines),
      },
      this.#ending.signal,
    );
  }

  /** Resolves once it waits for a save for the `times`th time. */
  async waits(times: number): Promise<void> {
    const waiting = (): boolean => this.said.filter((line) => line.startsWith('Waiting for changes')).length >= times;
    await Promise.race([
      eventually(waiting, 5 * 60_000),
      this.ended.then((good) => assert.ok(waiting(), `ended (${good}): ${this.said.join('\n')}`)),
    ]);
  }

  get address(): string {
    return /http:\/\/\S+/.exec(this.said.find((line) => line.startsWith('http://')) ?? '')![0];
  }

  end(): Promise<boolean> {
    this.#ending.abort();
    return this.ended;
  }
}

/** Its tests; `place` is asked when they run. */
export function devLoopTests(place: () => DevPlace): void {
  describe('with a service in development', () => {
    let folder: string;
    let running: Running | undefined;

    before(async () => {
      await useLessonBases(place().engine);
      folder = await hello();
    });
    after(async () => {
      await running?.end().catch(() => {});
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    });

    const edit = (file: string, from: string, to: string): void => {
      const path = join(folder, file);
      const text = readFileSync(path, 'utf8');
      assert.ok(text.includes(from), text);
      writeFileSync(path, text.replace(from, to));
    };
    const steps = (): string[] =>
      running!.said
        .filter((line) => / s: [\d.]+ s$/.test(line))
        .map((line) => line.replaceAll(/[\d.]+ s/g, '').replaceAll(/\s+/g, ' '));
    const answer = async (): Promise<string> => (await fetch(running!.address)).text();

    it('builds, loads, applies and waits, shows the log and forwards the port', async () => {
      running = new Running(place(), { folder, once: false, delete: true });
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

    it('deletes at its end what it applied, when told so, and leaves the engine no name of its own', async () => {
      assert.equal(await running!.end(), false);
      assert.equal(running!.said.at(-1), 'Deleting what was applied.');
      for (const path of ['apis/apps/v1/namespaces/default/deployments', 'api/v1/namespaces/default/services']) {
        assert.equal((await (await place().api()).send('GET', `/${path}/billing`)).status, 404);
      }
      const images = await place().engine.json<{ RepoTags: string[] | null }[]>('GET', '/images/json');
      const names = images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name.startsWith('billing:'));
      assert.deepEqual(names, ['billing:dev']);
    });
  });
}
