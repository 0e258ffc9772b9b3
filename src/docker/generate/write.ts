/** Puts a new Dockerfile and .dockerignore into a folder. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, errnoOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { readGoProject } from './goProject.ts';
import { type NewFiles, newDockerfile } from './newDockerfile.ts';

/** The files a project would get. Throws Failure `invalid` when it is none that can be put into an image. */
export async function dockerfileFor(folder: string): Promise<NewFiles> {
  return newDockerfile(await readGoProject(folder));
}

/**
 * Names of the files that were written; a .dockerignore that is there stays. Throws Failure `conflict`, and writes nothing,
 * when there is a Dockerfile, unless `force`.
 */
export async function writeDockerfile(folder: string, files: NewFiles, force = false): Promise<readonly string[]> {
  const dockerfile = await writeUnlessThere(folder, 'Dockerfile', files.dockerfile, force);
  if (dockerfile.length === 0) {
    throw new Failure('conflict', t('There is a Dockerfile in {0} already; it was left as it is.', folder));
  }
  return [...dockerfile, ...(await writeUnlessThere(folder, '.dockerignore', files.ignore, force))];
}

/** A file that is there holds what somebody decided; it is only replaced when that was asked for. */
async function writeUnlessThere(folder: string, name: string, content: string, force: boolean): Promise<string[]> {
  try {
    await writeFile(join(folder, name), content, { flag: force ? 'w' : 'wx' });
    return [name];
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return [];
    throw new Failure('forbidden', t('{0} could not be written in {1}.', name, folder), error);
  }
}
