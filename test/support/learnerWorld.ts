/** What lessons on images, clusters and the mesh need, for the VS Code of a learner. One per process, gone with it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lazy } from '../../src/core/lazy.ts';
import { testPorts } from './checkPorts.ts';
import { ownControlPlane } from './controlPlane.ts';
import { testEngine } from './engine.ts';
import { useLessonBases } from './lessonBases.ts';
import { compileSolution } from './lessons.ts';

/** The environment of that VS Code. What lessons build from is built here, where it is not yet, which takes minutes. */
export const learnerWorld = lazy(async (): Promise<NodeJS.ProcessEnv> => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-learner-world-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const kubeconfig = join(folder, 'no-contexts');
  writeFileSync(kubeconfig, '');
  // Where the product keeps its own cluster when this is the state folder; so it finds this one running.
  const controlPlane = ownControlPlane({ folder: join(folder, 'gantry', 'cluster') });
  const { signal } = new AbortController();
  await controlPlane.start(() => {}, signal);
  await testPorts().labkit('istiod', () => {}, signal);
  for (const id of ['T5.3', 'T6.1']) await compileSolution(id);
  const engine = await testEngine();
  await useLessonBases(engine);
  return { DOCKER_HOST: engine.address, DOCKER_CONFIG: folder, KUBECONFIG: kubeconfig, XDG_STATE_HOME: folder };
});
