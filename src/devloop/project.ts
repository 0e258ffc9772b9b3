/** What a folder with a service has: its Dockerfile, its manifests, and which image of those it is. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Reader, Report, Sources } from './ports.ts';

export interface Project extends Sources {
  /** A kustomization's folder, or one of plain manifests. */
  readonly manifests: string;
  readonly kustomized: boolean;
}

/** Where people keep manifests for development, the likeliest first. */
const usualPlaces = ['deploy/overlays/dev', 'deploy/overlays/local', 'deploy', 'k8s', 'kubernetes', 'manifests', '.'];
const kustomizations = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Throws Failure that says what is missing. @param manifests where the person says they are. */
export async function findProject(folder: string, manifests?: string): Promise<Project> {
  const dockerfile = 'Dockerfile';
  if (!existsSync(join(folder, dockerfile))) {
    throw new Failure(
      'notFound',
      t('There is no {0} in {1}. Make one with: gantry new dockerfile', dockerfile, folder),
    );
  }
  const places = manifests === undefined ? usualPlaces : [manifests];
  for (const place of places.map((each) => resolve(folder, each))) {
    if (kustomizations.some((name) => existsSync(join(place, name)))) {
      return { folder, dockerfile, manifests: place, kustomized: true };
    }
    // Anything may lie beside a Dockerfile; elsewhere YAML is what is deployed.
    if ((place !== folder || manifests !== undefined) && (await manifestFiles(place)).length > 0) {
      return { folder, dockerfile, manifests: place, kustomized: false };
    }
  }
  throw new Failure(
    'notFound',
    t('There are no manifests in {0}. Name their folder with {1}.', places.join(', '), '--manifests'),
  );
}

const manifestFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).filter((name) => /\.ya?ml$/.test(name)).sort();

/** All manifests as one text. Throws Failure. */
export const manifestsOf = (
  { manifests, kustomized }: Project,
  reader: Reader,
  report: Report,
  signal: AbortSignal,
): Promise<string> => (kustomized ? reader.kustomize(manifests, report, signal) : plainManifests(manifests));

/** The texts of plain manifests as one. */
async function plainManifests(folder: string): Promise<string> {
  const texts = (await manifestFiles(folder)).map((name) => readFile(join(folder, name), 'utf8'));
  return (await Promise.all(texts)).join('\n---\n');
}

/**
 * Which of the images that the manifests name the folder builds. Throws Failure `invalid` when that cannot be told.
 * @param wanted what the person says.
 */
export async function ownImage({ folder }: Project, images: readonly string[], wanted?: string): Promise<string> {
  const names = new Set([basename(folder), await moduleName(folder)]);
  const own = images.filter((image) =>
    wanted === undefined
      ? images.length === 1 || names.has(basename(repositoryOf(image)))
      : image === wanted || repositoryOf(image) === wanted,
  );
  if (own.length === 1) return own[0]!;
  const list = images.join(', ') || t('none');
  throw new Failure(
    'invalid',
    t('Which image of the manifests is built here? Say so with {0}. There are: {1}', '--image', list),
  );
}

/** The last part of the Go module's path that is no version. */
async function moduleName(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'go.mod'), 'utf8').catch(() => '');
  return /^module\s+"?(\S*?\/)?([^/\s"]+?)(?:\/v\d+)?"?\s*$/m.exec(text)?.[2];
}

/** `registry:5000/orders:dev` without its tag or digest. */
export const repositoryOf = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');

/** A path as the person would type it. */
export const shown = (folder: string, path: string): string => relative(folder, path) || '.';
