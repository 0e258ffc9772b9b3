/** The loop from sources to a cluster, on a service that needs no module. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { neverChanges } from '../../src/core/emitter.ts';
import { silentLog } from '../../src/core/log.ts';
import { passingMemory } from '../../src/core/memory.ts';
import { stateFolder } from '../../src/core/platform.ts';
import { devPorts } from '../../src/devPorts.ts';
import { Journal } from '../../src/kubernetes/loans/journal.ts';
import type { DevRequest } from '../../src/devloop/devLoop.ts';
import { type DevLoop, createDevLoop } from '../../src/devloop/domain.ts';
import type { InterceptRequest } from '../../src/devloop/ports.ts';
import type { Docker } from '../../src/docker/domain.ts';
import { createKubernetes } from '../../src/kubernetes/domain.ts';
import { root } from '../../scripts/lib/project.ts';
import { eventually } from './eventually.ts';
import { generated } from './generatedServices.ts';
import { labkitProgram } from './labkit.ts';

export interface DevPlace {
  readonly docker: Docker;
  readonly kubeconfig: string;
}

/** Makes a service that needs no module, with the manifests of a generated one. */
export async function helloService(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-dev-'));
  await generated(folder, 'nethttp');
  for (const name of ['cmd', 'internal', 'go.mod', 'go.sum']) rmSync(join(folder, name), { recursive: true });
  cpSync(join(root, 'test/fixtures/devloop/hello'), folder, { recursive: true });
  return folder;
}

/**
 * The loop on a cluster of the engine, as both programs compose it.
 * @param state its state folder
 * @param patience milliseconds that an intercept waits for a program, or a cluster, that is silent
 */
export const devLoopAt = ({ docker }: DevPlace, state = stateFolder(), patience = 30_000): DevLoop =>
  createDevLoop(
    devPorts({
      cluster: () => Promise.resolve({ labkit: labkitProgram }),
      docker: () => Promise.resolve(docker),
      trusted: () => true,
      journal: new Journal(join(state, 'loans')),
      patience,
      kubernetes: () => Promise.reject(new Error('not asked for')),
      kubernetesOf: (file) =>
        Promise.resolve(
          createKubernetes({
            log: silentLog,
            env: { KUBECONFIG: file },
            trusted: () => true,
            local: { clusters: () => [], onDidChange: neverChanges, refresh: async () => {} },
            memory: passingMemory(),
            workspaceMemory: passingMemory(),
          }),
        ),
    }),
  );

/** A session that leads a Service here. */
export interface Intercepting {
  readonly said: readonly string[];
  readonly over: Promise<string>;
  readonly end: () => void;
}

/** Resolves once requests arrive here. Throws when it does not come so far. */
export async function beginIntercept(loop: DevLoop, request: InterceptRequest): Promise<Intercepting> {
  const ending = new AbortController();
  const said: string[] = [];
  const telling = { say: (line: string) => said.push(line), progress: () => {} };
  const over = loop.intercept(request, telling, ending.signal);
  let isOver = false;
  const note = (): void => void (isOver = true);
  over.then(note, note);
  await Promise.race([over, eventually(() => isOver || said.some((line) => line.startsWith('Requests to port')))]);
  return { over, said, end: () => ending.abort() };
}

/** A program of this machine for a Service to be led to, and its port. */
export async function localProgram(port = 0): Promise<[Server, number]> {
  const program = createServer((request, response) => response.end(`from here: ${request.url}\n`));
  await new Promise<void>((resolve) => program.listen(port, '127.0.0.1', resolve));
  return [program, (program.address() as AddressInfo).port];
}

/** A loop that runs, and what it has said so far. */
export class RunningLoop {
  readonly said: string[] = [];
  readonly logged: string[] = [];
  readonly ended: Promise<boolean>;
  readonly #ending = new AbortController();

  constructor(place: DevPlace, request: Omit<DevRequest, 'place'>) {
    const { kubeconfig } = place;
    this.ended = devLoopAt(place).run(
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

/** Replaces a text in a file of the service. */
export function editService(folder: string, file: string, from: string, to: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  assert.ok(text.includes(from), text);
  writeFileSync(path, text.replace(from, to));
}
