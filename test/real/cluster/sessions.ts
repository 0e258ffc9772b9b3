/** A program of a pod under Delve, and a Service that leads to this machine, in a cluster that the tests beside have made. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import type { DebugConfiguration } from '../../../src/core/goDebug.ts';
import { run } from '../../../src/core/processes.ts';
import { loanAnnotation, sessionLabel } from '../../../src/kubernetes/loans/loan.ts';
import { DapClient } from '../../support/dap.ts';
import { type Intercepting, beginIntercept, devLoopAt, helloService, localProgram } from '../../support/devLoop.ts';
import { eventually } from '../../support/eventually.ts';
import { useLessonBases } from '../../support/lessonBases.ts';
import type { TestedPlace } from './devLoop.ts';

interface Lendable {
  readonly metadata: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields: readonly { readonly manager: string; readonly subresource?: string }[];
  };
  readonly spec: {
    readonly replicas?: number;
    readonly selector: Readonly<Record<string, string>>;
    readonly template?: object;
  };
}

const deployment = '/apis/apps/v1/namespaces/default/deployments/billing';
const service = '/api/v1/namespaces/default/services/billing';
const never = new AbortController().signal;
const noTelling = { say: () => {}, progress: () => {}, output: () => {} };

/** Their tests; `place` is asked when they run. */
export function sessionTests(place: () => TestedPlace): void {
  describe('with sessions in the cluster', () => {
    let folder: string;
    let state: string;
    const get = async <T>(path: string): Promise<T> => (await (await place().api()).send('GET', path)).body as T;
    const where = (): { kubeconfig: string } => ({ kubeconfig: place().kubeconfig });
    const loansLeft = (): string[] => {
      try {
        return readdirSync(join(state, 'loans'));
      } catch {
        return [];
      }
    };
    const gantry = (...args: string[]): string[] => ['--disable-warning=ExperimentalWarning', join(root, 'src/cli.ts'), ...args, '--kubeconfig', place().kubeconfig]; // prettier-ignore
    const environment = (): NodeJS.ProcessEnv => ({ ...process.env, LC_ALL: 'C', DOCKER_HOST: place().engine.address, XDG_STATE_HOME: join(state, '..') }); // prettier-ignore
    /** What somebody else than the status keeps of an object, and how it is meant to be. */
    const kept = async (path: string): Promise<object> => {
      const { metadata, spec } = await get<Lendable>(path);
      const owners = metadata.managedFields.filter(({ subresource }) => subresource === undefined);
      return { annotated: metadata.annotations?.[loanAnnotation], spec, owners };
    };

    before(async () => {
      await useLessonBases(place().engine);
      folder = realpathSync(await helloService());
      state = join(mkdtempSync(join(tmpdir(), 'gantry-state-')), 'gantry');
      const { code, stdout, stderr } = await run(process.execPath, gantry('dev', folder, '--once'), {
        env: environment(),
      });
      assert.equal(code, 0, stdout + stderr);
    });
    after(() => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      if (state !== undefined) rmSync(join(state, '..'), { recursive: true, force: true });
    });

    describe('debugging', () => {
      /** As VS Code does before the Go extension gets an entry. */
      const resolved = (configuration: DebugConfiguration): DebugConfiguration =>
        JSON.parse(JSON.stringify(configuration).replaceAll('${workspaceFolder}', folder)) as DebugConfiguration;

      it('stops the pod’s program at a line of the editor’s file, shows a variable, and leaves the workload as it was', async () => {
        const before = await kept(deployment);
        const ending = new AbortController();
        const ready = Promise.withResolvers<DebugConfiguration>();
        const session = devLoopAt(place(), state).debug(
          { folder, workspace: folder, place: where() },
          { ...noTelling, ready: ready.resolve },
          ending.signal,
        );
        session.catch(ready.reject);
        const { host, port, name, ...rest } = resolved(await ready.promise);
        assert.deepEqual(
          { name, ...rest },
          {
            name: 'Debug Deployment default/billing in its pod',
            type: 'go',
            request: 'attach',
            mode: 'remote',
            debugAdapter: 'dlv-dap',
            substitutePath: [{ from: folder, to: folder }],
          },
        );
        const lent = await get<Lendable>(deployment);
        assert.equal(lent.spec.replicas, 1);
        assert.doesNotMatch(JSON.stringify(lent.spec.template), /Probe/);

        const file = join(folder, 'cmd/billing/main.go');
        const line = readFileSync(file, 'utf8').split('\n').findIndex((text) => text.includes('"hello"')) + 1; // prettier-ignore
        const debug = await DapClient.connect(host, port);
        try {
          await debug.ask('initialize', { adapterID: 'go', pathFormat: 'path', linesStartAt1: true });
          const attached = debug.ask('attach', { ...rest });
          await debug.event('initialized');
          const { breakpoints } = await debug.ask<{ breakpoints: { verified: boolean }[] }>('setBreakpoints', { source: { path: file }, breakpoints: [{ line }] }); // prettier-ignore
          assert.deepEqual(breakpoints.map(({ verified }) => verified), [true]); // prettier-ignore
          await debug.ask('configurationDone');
          await attached;
          const asked = (await place().api()).send('GET', `${service}:80/proxy/held`).catch(() => undefined);
          const { threadId } = await debug.event<{ threadId: number }>('stopped');
          const { stackFrames } = await debug.ask<{ stackFrames: { id: number; line: number; source: { path: string } }[] }>('stackTrace', { threadId }); // prettier-ignore
          const [top] = stackFrames;
          assert.deepEqual([top!.source.path, top!.line], [file, line]);
          const { result } = await debug.ask<{ result: string }>('evaluate', { expression: 'r.URL.Path', frameId: top!.id }); // prettier-ignore
          assert.equal(result, '"/held"');
          await debug.ask('continue', { threadId });
          await asked;
        } finally {
          debug.close();
        }
        ending.abort();
        await session;
        assert.deepEqual(await kept(deployment), before);
        const sets = '/apis/apps/v1/namespaces/default/replicasets';
        await eventually(async () => (await get<{ items: object[] }>(`${sets}?labelSelector=${sessionLabel}`)).items.length === 0); // prettier-ignore
        assert.deepEqual(loansLeft(), []);
      });

      it('is nobody’s claim on the workload: the loop applies it as before', async () => {
        const { code, stdout, stderr } = await run(process.execPath, gantry('dev', folder, '--once'), {
          env: environment(),
        });
        assert.equal(code, 0, stdout + stderr);
        assert.match(stderr, /^Deployment default\/billing: as it is$/m);
      });
    });

    describe('intercepting', () => {
      let program: Server;
      let port: number;
      let asItWas: object;

      before(async () => {
        [program, port] = await localProgram();
        asItWas = await kept(service);
      });
      after(() => program?.close());
      const sessions: Intercepting[] = [];
      afterEach(async () => {
        for (const { over, end } of sessions.splice(0)) {
          end();
          await over.catch(() => {}); // Its test has seen to that.
        }
      });

      /** What a pod of the cluster gets at the Service's endpoint. */
      const answer = async (): Promise<string> => {
        const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name=billing'; // prettier-ignore
        const { items } = await get<{ items: { endpoints: { addresses: string[]; conditions: { ready: boolean } }[] | null; ports: { port: number }[] }[] }>(slices); // prettier-ignore
        const ready = items.flatMap(({ endpoints, ports }) => (endpoints ?? []).filter(({ conditions }) => conditions.ready).map(({ addresses }) => `${addresses[0]}:${ports[0]!.port}`)); // prettier-ignore
        const pods = await get<{ items: { metadata: { name: string } }[] }>('/api/v1/namespaces/default/pods?labelSelector=app.kubernetes.io/name=billing&fieldSelector=status.phase=Running'); // prettier-ignore
        const caller = pods.items[0]!.metadata.name;
        const url = encodeURIComponent(`http://${ready[0]}/orders`);
        const { body } = await (await place().api()).send('GET', `/api/v1/namespaces/default/pods/${caller}:8080/proxy/ask?url=${url}`); // prettier-ignore
        return String(body);
      };
      /** Begins a session; resolves once requests arrive here. */
      const intercept = async (to = port, patience?: number): Promise<Intercepting> => {
        const request = { place: where(), service: 'billing', to };
        const session = await beginIntercept(devLoopAt(place(), state, patience), request);
        sessions.push(session);
        return session;
      };

      it('leads what pods ask here, and back', async () => {
        assert.equal(await answer(), 'hello\n');
        const { over, said, end } = await intercept();
        assert.deepEqual(said, [`Requests to port 80 of Service default/billing arrive at localhost:${port}.`]);
        await eventually(async () => (await answer()) === 'from here: /orders\n');
        end();
        assert.equal(await over, 'Ended.');
        await eventually(async () => (await answer()) === 'hello\n');
        await asBefore();
      });

      const asBefore = async (): Promise<void> => {
        assert.deepEqual(await kept(service), asItWas);
        const pods = `/api/v1/namespaces/default/pods?labelSelector=${sessionLabel}`;
        await eventually(async () => (await get<{ items: object[] }>(pods)).items.length === 0);
        assert.deepEqual(loansLeft(), []);
      };

      it('is one window’s: another one is told whose it is, and can end it', async () => {
        const { over } = await intercept();
        await eventually(async () => (await answer()) === 'from here: /orders\n');
        await assert.rejects(intercept(), {
          kind: 'conflict',
          message: new RegExp(`^Service default/billing is intercepted: localhost:${port} \\(process ${process.pid} on .+\\)\\. End that first\\.$`), // prettier-ignore
        });
        assert.equal(await answer(), 'from here: /orders\n', 'the first goes on');
        assert.equal(await devLoopAt(place(), state).endIntercept(where(), 'billing', never), true);
        assert.equal(await over, 'Service default/billing is already what it was before.');
        await asBefore();
        assert.equal(await devLoopAt(place(), state).endIntercept(where(), 'billing', never), false);
      });

      it('needs a program that listens', async () => {
        const [gone, free] = await localProgram();
        await new Promise((resolve) => gone.close(resolve));
        await assert.rejects(intercept(free), {
          kind: 'unreachable',
          message: `Nothing listens at localhost:${free}. Start the program first.`,
        });
        await asBefore();
      });

      it('waits for a program that is started anew, and ends when it does not come back', async () => {
        const [first, own] = await localProgram();
        const { over } = await intercept(own, 1000);
        await eventually(async () => (await answer()) === 'from here: /orders\n');
        first.closeAllConnections();
        await new Promise((resolve) => first.close(resolve));
        const asked = answer();
        const [second] = await localProgram(own);
        assert.equal(await asked, 'from here: /orders\n', 'who asked meanwhile waited');
        second.closeAllConnections();
        await new Promise((resolve) => second.close(resolve));
        // Its client may ask once more, of a pod that is gone by then, and wait longer than we do.
        assert.doesNotMatch(await answer().catch(() => 'nobody'), /^(?:hello|from here)/);
        assert.equal(await over, `Nothing listens at localhost:${own} any more.`);
        await asBefore();
        await eventually(async () => (await answer()) === 'hello\n');
      });

      it('without the right to change the Service says which one is missing, and makes nothing', async () => {
        const kubeconfig = join(state, '..', 'reader.yaml');
        const reader = readFileSync(place().kubeconfig, 'utf8').replace('client-certificate-data:', 'as: reader\n    client-certificate-data:'); // prettier-ignore
        writeFileSync(kubeconfig, reader);
        const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
        const api = await place().api();
        const rules = [{ apiGroups: [''], resources: ['services'], verbs: ['get', 'list', 'watch'] }];
        await api.send('POST', `${roles}/roles`, { metadata: { name: 'reader' }, rules });
        await api.send('POST', `${roles}/rolebindings`, {
          metadata: { name: 'reader' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
          subjects: [{ kind: 'User', name: 'reader' }],
        });
        const request = { place: { kubeconfig }, service: 'billing', to: port };
        await assert.rejects(devLoopAt(place(), state).intercept(request, noTelling, never), {
          kind: 'forbidden',
          message: /A role of yours must allow "update services" in namespace default\./,
        });
        await asBefore();
      });

      it('of a program that is killed ends with the next start', async () => {
        const child = spawn(process.execPath, gantry('intercept', 'billing', '--to', String(port)), { env: environment() }); // prettier-ignore
        const said = await firstSaid(child, 'Requests to port 80');
        assert.ok(said, 'it intercepts');
        child.kill('SIGKILL');
        await new Promise((resolve) => child.once('close', resolve));
        assert.notDeepEqual(await kept(service), asItWas);
        assert.equal(loansLeft().length, 1);
        const mended = await devLoopAt(place(), state).mend(never);
        assert.deepEqual(mended, ['Service default/billing is again what it was before a session that broke off.']);
        await eventually(async () => (await answer()) === 'hello\n');
        await asBefore();
      });
    });
  });
}

/** Resolves with whether a program has said a text before it ended. */
function firstSaid(child: ChildProcess, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    let said = '';
    child.stderr!.on('data', (piece: Buffer) => {
      said += piece.toString();
      if (said.includes(text)) resolve(true);
    });
    child.once('close', () => {
      if (!said.includes(text)) console.error(said);
      resolve(false);
    });
  });
}
