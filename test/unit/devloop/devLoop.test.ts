import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../src/core/failure.ts';
import { devLoop } from '../../../src/devloop/devLoop.ts';
import type { DevPorts, Target } from '../../../src/devloop/ports.ts';
import { eventually } from '../../support/eventually.ts';

/** Ports that write down what is asked of them; a build takes until `finish`, or until it is called off. */
class Recorded {
  readonly calls: string[] = [];
  finish: () => void = () => {};
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get ports(): DevPorts {
    return {
      fingerprint: () => Promise.resolve(readFileSync(join(this.#folder, 'main.go'), 'utf8')),
      kustomize: () => Promise.reject(new Error('not asked for')),
      target: () => Promise.resolve(this.#target),
      intercept: () => Promise.reject(new Error('not asked for')),
      endIntercept: () => Promise.reject(new Error('not asked for')),
      mend: () => Promise.resolve([]),
    };
  }

  get #target(): Target {
    const did = (call: string): Promise<void> => {
      this.calls.push(call);
      return Promise.resolve();
    };
    return {
      name: 'here',
      images: () => ['orders:dev'],
      build: async (_, image, __, signal) => {
        const source = readFileSync(join(this.#folder, 'main.go'), 'utf8');
        await did(`build ${image} of ${source}`);
        await new Promise<void>((resolve, reject) => {
          const callOff = (): void => {
            this.calls.push(`called off ${source}`);
            reject(new Failure('cancelled', 'Cancelled.'));
          };
          signal.addEventListener('abort', callOff, { once: true });
          this.finish = () => {
            signal.removeEventListener('abort', callOff);
            resolve();
          };
        });
        return `id of ${source}`;
      },
      load: async (_, id) => {
        await did(`load ${id}`);
        return `orders:${id}`;
      },
      apply: async (manifests, images) => {
        await did(`apply ${manifests} with ${images.get('orders:dev')}`);
        const workload = { kind: 'Deployment', name: 'orders', namespace: 'default' };
        return {
          lines: [],
          rollouts: [{ workload, done: () => did('roll out') }],
          reachable: [{ kind: 'Service', name: 'orders', namespace: 'default', port: 80 }],
        };
      },
      logs: async function* () {},
      forward: async () => {
        await did('forward');
        return '127.0.0.1:8080';
      },
      running: () => Promise.reject(new Error('not asked for')),
      debug: () => Promise.reject(new Error('not asked for')),
      remove: () => did('remove'),
      dispose: () => void did('dispose'),
    };
  }
}

describe('dev loop', () => {
  let folder: string;
  let recorded: Recorded;
  let said: string[];
  let ending: AbortController;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-loop-'));
    mkdirSync(join(folder, 'deploy'));
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\n');
    save('main.go', 'A');
    save('deploy/orders.yaml', 'M');
    recorded = new Recorded(folder);
    said = [];
    ending = new AbortController();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const save = (file: string, text: string): void => writeFileSync(join(folder, file), text);
  const start = (more: { readonly once?: boolean; readonly delete?: boolean } = {}): Promise<boolean> =>
    devLoop(
      { folder, place: {}, once: false, delete: false, ...more },
      recorded.ports,
      { say: (line) => said.push(line), progress: () => {}, output: () => {}, log: () => {} },
      ending.signal,
    );
  const called = (call: string): Promise<void> => eventually(() => recorded.calls.includes(call));
  const waits = (times: number): Promise<void> =>
    eventually(() => said.filter((line) => line.startsWith('Waiting for changes')).length === times);

  it('goes one round and ends, when told so', async () => {
    const done = start({ once: true });
    await called('build orders:dev of A');
    recorded.finish();
    assert.equal(await done, true);
    assert.deepEqual(recorded.calls, [
      'build orders:dev of A',
      'load id of A',
      'apply M with orders:id of A',
      'roll out',
      'dispose',
    ]);
    assert.match(said.at(-1)!, /^build [\d.]+ s · load [\d.]+ s · apply [\d.]+ s · rollout [\d.]+ s: [\d.]+ s$/);
  });

  it('calls a build off when its sources change, and builds the newest', async () => {
    const done = start();
    await called('build orders:dev of A');
    save('main.go', 'B');
    await called('build orders:dev of B');
    recorded.finish();
    await waits(1);
    ending.abort();
    assert.equal(await done, true);
    assert.deepEqual(recorded.calls, [
      'build orders:dev of A',
      'called off A',
      'build orders:dev of B',
      'load id of B',
      'apply M with orders:id of B',
      'roll out',
      'forward',
      'dispose',
    ]);
  });

  it('does what a save changed and no more, and takes its objects away at the end when told so', async () => {
    const done = start({ delete: true });
    await called('build orders:dev of A');
    recorded.finish();
    await waits(1);
    save('notes.txt', 'goes into no image');
    save('deploy/orders.yaml', 'N');
    await waits(2);
    ending.abort();
    await done;
    assert.deepEqual(recorded.calls.slice(5), [
      'apply N with orders:id of A',
      'roll out',
      'forward',
      'remove',
      'dispose',
    ]);
  });

  it('says what is missing in the folder', async () => {
    rmSync(join(folder, 'deploy'), { recursive: true });
    await assert.rejects(start(), /^Failure: There are no manifests in .*Name their folder with --manifests\.$/);
    rmSync(join(folder, 'Dockerfile'));
    await assert.rejects(start(), /^Failure: There is no Dockerfile in /);
  });
});
