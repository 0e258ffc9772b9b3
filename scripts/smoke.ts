/**
 * `npm run smoke`: `npm start` without a person. Starts everything, uses each part through the window, compares what it
 * shows with a second source, prints a table, exits 0 or 1.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { table } from '../src/core/cli.ts';
import { messageOf } from '../src/core/failure.ts';
import { Workbench } from '../test/support/workbench.ts';
import { launchBrowser } from './lib/browser.ts';
import { root } from './lib/project.ts';
import { openSession, type Session } from './lib/session.ts';

const say = (line: string): void => console.error(line);

/** What a part of the window showed, and what the second source says. */
interface Finding {
  readonly shown: string;
  readonly source: string;
}

type Check = (workbench: Workbench, session: Session, workspace: string) => Promise<Finding>;

const checks: Readonly<Record<string, Check>> = {
  Pods: async (workbench, session) => {
    const api = await apiOf(await session.cluster);
    const name = `smoke-${process.pid}`;
    const view = await workbench.openView('Pods');
    await workbench.unfold(workbench.row(view, 'Local cluster'));
    await workbench.unfold(workbench.row(view, 'default'));
    await api('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name },
      spec: { containers: [{ name: 'main', image: 'example.invalid/app:1' }] },
    });
    try {
      await workbench.row(view, name).waitFor({ timeout: 30_000 });
      const { metadata } = (await api('GET', `/api/v1/namespaces/default/pods/${name}`)) as {
        metadata: { name: string };
      };
      return { shown: name, source: metadata.name };
    } finally {
      await api('DELETE', `/api/v1/namespaces/default/pods/${name}?gracePeriodSeconds=0`);
    }
  },

  Services: async (workbench, session) => {
    const api = await apiOf(await session.cluster);
    const view = await workbench.openView('Services');
    await workbench.unfold(workbench.row(view, 'Local cluster'));
    await workbench.unfold(workbench.row(view, 'default'));
    await workbench.row(view, 'kubernetes').waitFor({ timeout: 30_000 });
    const { spec } = (await api('GET', '/api/v1/namespaces/default/services/kubernetes')) as {
      spec: { clusterIP: string };
    };
    const text = await workbench.row(view, 'kubernetes').innerText();
    return { shown: text.includes(spec.clusterIP) ? spec.clusterIP : text, source: spec.clusterIP };
  },

  Containers: async (workbench) => {
    const view = await workbench.openView('Containers');
    const first = view.locator('.monaco-list-row').first();
    await first.waitFor({ timeout: 30_000 });
    const names = await engineContainers();
    if (names === undefined)
      return { shown: (await first.innerText()) === '' ? '' : 'says what to do', source: 'says what to do' };
    await workbench.unfold(first);
    await workbench.page.waitForTimeout(1000);
    const rows = (await workbench.rows(view)).slice(1).join(' ');
    return {
      shown: `${names.filter((name) => rows.includes(name)).length} containers`,
      source: `${names.length} containers`,
    };
  },

  gRPC: async (workbench, session) => {
    const shop = await session.shop;
    const method = '/shop.v1.ProductsService/ListProducts';
    const view = await workbench.openView('gRPC');
    const before = (await shop.calls())[method] ?? 0;
    await workbench.callMethod(view, [shop.addresses.products, 'ProductsService', 'ListProducts']);
    await workbench.runCommand('View: Close All Editors');
    return { shown: '1 call, OK', source: `${((await shop.calls())[method] ?? 0) - before} call, OK` };
  },

  Manifests: async (workbench, session, workspace) => {
    await workbench.openFile('wrong.yaml');
    const problems = await workbench.problems();
    const problem = problems.filter({ hasText: 'replica' }).last();
    await problem.waitFor({ timeout: 30_000 });
    const shown = /no field "(\w+)"/.exec(await problem.innerText())?.[1] ?? '';
    const api = await apiOf(await session.cluster);
    const manifest: unknown = parse(await readFile(join(workspace, 'deploy/wrong.yaml'), 'utf8'));
    const refusal = (await api(
      'POST',
      '/apis/apps/v1/namespaces/default/deployments?dryRun=All&fieldValidation=Strict',
      manifest,
    )) as { message: string };
    return { shown, source: /unknown field "spec\.(\w+)"/.exec(refusal.message)?.[1] ?? refusal.message };
  },

  Curriculum: async (workbench, _session, workspace) => {
    const view = await workbench.openView('Curriculum');
    await workbench.unfold(workbench.row(view, 'Best practices'));
    await workbench.unfold(workbench.row(view, 'Development'));
    const lesson = workbench.row(view, 'Graceful shutdown');
    await workbench.act(lesson, 'Start Lesson');
    await workbench.page.locator('.tab').filter({ hasText: 'main.go' }).waitFor({ timeout: 30_000 });
    await workbench.act(lesson, 'Check My Work');
    await lesson.filter({ hasText: /failing/ }).waitFor({ timeout: 180_000 });
    await cp(join(root, 'curriculum/B6/solution/main.go'), join(workspace, 'gantry-labs/B6/main.go'));
    await workbench.act(lesson, 'Check My Work');
    await lesson.filter({ hasText: /proven/ }).waitFor({ timeout: 180_000 });
    const { item, proof } = JSON.parse(await readFile(join(workspace, '.gantry/proofs/B6.json'), 'utf8')) as {
      item: string;
      proof?: object;
    };
    return { shown: 'B6 proven', source: `${item} ${proof === undefined ? 'not proven' : 'proven'}` };
  },
};

/** Names of the containers of the engine at DOCKER_HOST or the default socket, read from the raw socket. */
async function engineContainers(): Promise<string[] | undefined> {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  if (!host.startsWith('unix://')) return undefined;
  const { Engine } = await import('../test/support/engine.ts');
  const engine = new Engine(host.slice('unix://'.length));
  if (!(await engine.answers())) return undefined;
  const containers = await engine.json<{ Names: string[] }[]>('GET', '/containers/json?all=1');
  return containers.map(({ Names }) => Names[0]!.slice(1));
}

/** Plain HTTPS to the API server, with what the kubeconfig holds. */
async function apiOf(
  kubeconfig: string | undefined,
): Promise<(method: string, path: string, body?: unknown) => Promise<unknown>> {
  if (kubeconfig === undefined) throw new Error('there is no cluster');
  const config = parse(await readFile(kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
    users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
  };
  const { server, 'certificate-authority-data': ca } = config.clusters[0]!.cluster;
  const { 'client-certificate-data': cert, 'client-key-data': key } = config.users[0]!.user;
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const ask = request(
        `${server}${path}`,
        { method, ca: bytes(ca), cert: bytes(cert), key: bytes(key), headers: { 'content-type': 'application/json' } },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => resolve(JSON.parse(text)));
        },
      );
      ask.on('error', reject);
      ask.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-smoke-'));
  const workspace = join(folder, 'shop');
  await cp(join(root, 'examples/shop'), workspace, { recursive: true });
  const settings = {
    'security.workspace.trust.enabled': false,
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'chat.disableAIFeatures': true,
  };
  const session = await openSession({ workspace, browser: true, cluster: true, say, settings });
  const browser = await launchBrowser(say);
  const rows: string[][] = [['part', 'shown', 'second source', '']];
  let failed = 0;
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    await page.goto(session.window.url!);
    await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
    const workbench = new Workbench(page);
    await workbench.openGantry();
    await session.cluster;
    for (const [name, check] of Object.entries(checks)) {
      const row = await check(workbench, session, workspace).then(
        ({ shown, source }) => [name, shown, source, shown === source ? 'same' : 'DIFFERS'],
        async (error: unknown) => [
          name,
          '',
          messageOf(error).split('\n')[0]!,
          `FAILED, see ${await workbench.screenshot(`smoke-${name}`)}`,
        ],
      );
      if (row[3] !== 'same') failed++;
      rows.push(row);
    }
  } finally {
    await browser.close();
    await session.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  console.log(table(rows).join('\n'));
  return failed === 0 && rows.length === 1 + Object.keys(checks).length ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
