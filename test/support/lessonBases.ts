/**
 * What the Dockerfiles of lessons begin from, for engines without a registry: this machine's Go with the lessons' modules,
 * and a base with nothing in it. Lessons take their names from the environment, as `docker build --build-arg NAME` does.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { cacheFolder } from '../../src/core/platform.ts';
import type { Engine } from './engine.ts';
import { goBase, goEnvironment } from './goBase.ts';
import { tar } from './tar.ts';

/** Lessons whose checks build an image. */
export const imageLessons = ['T4.2', 'T4.3', 'T5.2'];

const names = { GO_IMAGE: 'gantry-test/go:1', RUNTIME_IMAGE: 'gantry-test/static:1' };

/** Gives the engine both images, unless it has them, and sets the environment. */
export async function useLessonBases(engine: Engine): Promise<void> {
  Object.assign(process.env, names);
  const folder = mkdtempSync(join(tmpdir(), 'gantry-bases-'));
  try {
    if ((await engine.api('GET', `/images/${names.GO_IMAGE}/json`)).status !== 200) {
      const base = await goBase(folder, modulesAndCache());
      const change = `${goEnvironment} GOPROXY=file:///modules GOSUMDB=off GOCACHE=/build-cache`;
      await engine.importImage(names.GO_IMAGE, base, change);
    }
    const empty = tar([{ name: 'etc/os-release', data: Buffer.from('') }]);
    await engine.importImage(names.RUNTIME_IMAGE, empty, 'ENV PATH=/');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Builds each lesson once as its image does, into a module cache and a build cache of their own. They are kept from one run to
 * the next: compiling Go's library twice takes minutes.
 */
function modulesAndCache(): { readonly modules: string; readonly cache: string } {
  const go = (name: string): string => execFileSync('go', ['env', name], { encoding: 'utf8' }).trim();
  const folder = join(cacheFolder(process.env), 'lesson-bases', go('GOVERSION'));
  mkdirSync(folder, { recursive: true });
  const [modules, cache] = [join(folder, 'modules'), join(folder, 'cache')];
  const env = {
    ...process.env,
    CGO_ENABLED: '0',
    GOCACHE: cache,
    GOMODCACHE: modules,
    GOPROXY: `file://${go('GOMODCACHE')}/cache/download,${go('GOPROXY')}`,
    GOFLAGS: '-modcacherw',
    GOSUMDB: 'off',
  };
  for (const id of imageLessons) {
    // An impostor is built as PIE, for which Go compiles its library anew.
    for (const mode of ['exe', 'pie']) {
      execFileSync('go', ['build', '-trimpath', `-buildmode=${mode}`, '-ldflags=-s -w', '-o', devNull, '.'], {
        cwd: join(root, 'curriculum', id, 'solution'),
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
  }
  return { modules: join(modules, 'cache', 'download'), cache };
}
