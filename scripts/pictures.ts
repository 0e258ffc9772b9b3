/**
 * `npm run pictures [-- NAME…]`: the pictures of README and walkthrough in both languages, or those named, taken of the
 * real thing: VS Code on the demo workspace, the embedded cluster with the shop's manifests applied, the demo services
 * answering. Fails when a view in a picture is loading or empty.
 *
 * `npm run pictures -- kubernetes`: the views of clusters in every theme, to be looked at, in `test-output/pictures`.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { TestCluster } from '../test/support/controlPlane.ts';
import { TestEditor } from '../test/support/editor.ts';
import { startShop } from '../test/support/shop.ts';
import { type ViewName, Workbench } from '../test/support/workbench.ts';
import { sharedWorld } from '../test/support/world.ts';
import { buildAll } from './build.ts';
import { kubernetesPictures } from './lib/kubernetesPictures.ts';
import { takePicture } from './lib/picture.ts';
import { root } from './lib/project.ts';
import { speaker } from './lib/speaker.ts';

const folder = join(root, 'media/pictures');

/** Where the API server takes objects of the kinds that the shop has. */
const collections: Readonly<Record<string, (namespace: string) => string>> = {
  Namespace: () => '/api/v1/namespaces',
  Service: (namespace) => `/api/v1/namespaces/${namespace}/services`,
  Deployment: (namespace) => `/apis/apps/v1/namespaces/${namespace}/deployments`,
};

async function applyShop(cluster: TestCluster): Promise<void> {
  const deploy = join(root, 'examples/shop/deploy');
  const files = (await readdir(deploy)).filter((file) => !['kustomization.yaml', 'wrong.yaml'].includes(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(deploy, file), 'utf8')));
  const objects = texts.flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS() as { kind: string; metadata: { namespace?: string } }),
  );
  // The namespace first: the rest stands in it.
  for (const object of objects.toSorted((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'))) {
    const path = collections[object.kind];
    if (path === undefined) throw new Error(`the shop has a ${object.kind}; say where it goes`);
    await cluster.api('POST', path(object.metadata.namespace ?? 'shop'), object);
  }
}

/** A window in a language, and where its pictures go. */
interface Sitting {
  readonly workbench: Workbench;
  readonly folder: string;
  /** What stands in the window for an English text of ours. */
  readonly say: (english: string) => string;
}

async function takeDoctor({ workbench, folder, say }: Sitting): Promise<void> {
  await workbench.runCommand(`Gantry: ${say('Toolchain Doctor')}`);
  await workbench.pageShows(say('Toolchain Doctor'));
  await workbench.runCommand('Notifications: Clear All Notifications');
  await takePicture(workbench, await workbench.openView(say('Curriculum') as ViewName), join(folder, 'doctor.webp'));
}

async function takePods({ workbench, folder, say }: Sitting): Promise<void> {
  await workbench.openFile('wrong.yaml');
  await workbench.problems();
  const pods = await workbench.openView(say('Pods') as ViewName);
  await workbench.unfold(workbench.row(pods, say('Local cluster')));
  await workbench.unfold(workbench.row(pods, 'shop'));
  for (const name of ['orders', 'products']) {
    await workbench.unfold(workbench.row(pods, name));
    await workbench.row(pods, `${name}-`).filter({ hasText: 'Running' }).waitFor({ timeout: 60_000 });
  }
  await takePicture(workbench, pods, join(folder, 'pods.webp'));
  await workbench.runCommand('View: Hide Panel');
}

async function takeService({ workbench, folder, say }: Sitting): Promise<void> {
  await workbench.runCommand(`Gantry: ${say('New Service…')}`);
  await workbench.type(say('Name of the service, its image and its objects in a cluster'), 'billing');
  await workbench.type(say('Path of its Go module'), 'example.org/billing');
  await workbench.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
  await takePicture(workbench, await workbench.openView(say('Curriculum') as ViewName), join(folder, 'service.webp'));
  await workbench.dismiss();
}

async function takeGrpc({ workbench, folder, say }: Sitting, products: string): Promise<void> {
  const grpc = await workbench.openView(say('gRPC') as ViewName);
  await workbench.callMethod(grpc, [products, 'ProductsService', 'ListProducts']);
  await takePicture(workbench, grpc, join(folder, 'grpc.webp'));
}

async function takeCurriculum({ workbench, folder, say }: Sitting): Promise<void> {
  const curriculum = await workbench.openView(say('Curriculum') as ViewName);
  await workbench.unfold(workbench.row(curriculum, say('Best practices')));
  await workbench.unfold(workbench.row(curriculum, say('Development')));
  const lesson = workbench.row(curriculum, say('Graceful shutdown'));
  await workbench.act(lesson, say('Start Lesson'));
  await workbench.page.locator('.tab').filter({ hasText: 'main.go' }).waitFor({ timeout: 30_000 });
  await workbench.act(lesson, say('Check My Work'));
  await lesson.filter({ hasText: say('failing') }).waitFor({ timeout: 180_000 });
  await takePicture(workbench, curriculum, join(folder, 'curriculum.webp'));
}

const names = ['doctor', 'pods', 'service', 'grpc', 'curriculum', 'kubernetes'];
const named = process.argv.slice(2);
const strange = named.filter((name) => !names.includes(name));
if (strange.length > 0) {
  console.error(`There is no picture ${strange.join(', ')}. There are: ${names.join(', ')}.`);
  process.exit(2);
}
const wanted = (name: string): boolean => named.length === 0 || named.includes(name);

await buildAll();
if (process.argv[2] === 'kubernetes') {
  await kubernetesPictures(join(root, 'test-output/pictures'));
  process.exit(0);
}
// Calls need the shop's services alone, no cluster.
const world = wanted('pods') || wanted('curriculum') ? await sharedWorld() : undefined;
const shop = world?.shop ?? (await startShop({}, (line) => console.error(line)));
if (world !== undefined) await applyShop(world.cluster);

async function takeAll(language: 'en' | 'zh-cn'): Promise<void> {
  const editor = await TestEditor.launch({
    workspace: join(root, 'examples/shop'),
    language,
    env: world?.env ?? {},
    settings: {
      ...(world?.settings ?? { 'gantry.grpc.servers': Object.values(shop.addresses) }),
      'window.title': 'shop',
    },
  });
  try {
    const workbench = new Workbench(await editor.openWorkbench([], { width: 1200, height: 720 }));
    await workbench.openGantry();
    const sitting: Sitting = { workbench, folder: join(folder, language), say: await speaker(language) };
    const take = async (name: string, picture: () => Promise<void>): Promise<void> => {
      if (!wanted(name)) return;
      await picture();
      await workbench.runCommand('View: Close All Editors');
    };
    await take('doctor', () => takeDoctor(sitting));
    await take('pods', () => takePods(sitting));
    await take('service', () => takeService(sitting));
    await take('grpc', () => takeGrpc(sitting, shop.addresses.products));
    await take('curriculum', () => takeCurriculum(sitting));
  } finally {
    await editor.close();
  }
}

try {
  for (const language of ['en', 'zh-cn'] as const) await takeAll(language);
} finally {
  await shop.stop();
}
process.exit(0);
