/**
 * The images of the tests' real node: a Debian root file system for the node itself, and small ones for its pods. There
 * is no registry: the first is made by mmdebstrap once and kept in the person's cache, the others are put together here.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { needSystemPackages } from '../../scripts/lib/systemPackages.ts';
import { lazy } from '../../src/core/lazy.ts';
import { cacheFolder } from '../../src/core/platform.ts';
import { run } from '../../src/core/processes.ts';
import { workerProgram } from './peers.ts';
import { tar } from './tar.ts';

const packages = ['containerd', 'runc', 'iptables', 'containernetworking-plugins', 'iproute2'] as const;
const release = 'bookworm';
const unneeded = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/var/cache/apt/*'];

/** Path of the node's root file system as a tar archive. Takes two minutes the first time. */
export const nodeRootFileSystem = lazy(async (): Promise<string> => {
  const recipe = JSON.stringify([release, packages, unneeded, process.arch]);
  const folder = join(cacheFolder(), 'test');
  const file = join(folder, `node-${createHash('sha256').update(recipe).digest('hex').slice(0, 16)}.tar`);
  if (existsSync(file)) return file;
  await needSystemPackages(['mmdebstrap'], (line) => console.error(line));
  console.error('making the root file system of the test node …');
  await mkdir(folder, { recursive: true });
  const draft = `${file}.${process.pid}`;
  try {
    const excluded = unneeded.map((path) => `--dpkgopt=path-exclude=${path}`);
    const args = ['--quiet', '--variant=minbase', '--format=tar', `--include=${packages.join(',')}`, ...excluded];
    const { code, stderr } = await run('mmdebstrap', [...args, release, draft], { timeout: 20 * 60_000 });
    if (code !== 0) throw new Error(`mmdebstrap failed:\n${stderr}`);
    await rename(draft, file); // Whole, or not at all.
  } finally {
    await rm(draft, { force: true });
  }
  return file;
});

/** What the pods run. `bare` has no shell, `shell` has busybox, `tools` is busybox alone, `pause` is what holds a pod's network. */
export const images = {
  bare: 'gantry.test/bare:1',
  shell: 'gantry.test/shell:1',
  tools: 'gantry.test/tools:1',
  pause: 'gantry.test/pause:1',
} as const;

const applets = [
  'test',
  'sh',
  'ash',
  'cat',
  'tar',
  'ls',
  'mkdir',
  'rm',
  'sleep',
  'stty',
  'echo',
  'dd',
  'head',
  'wc',
  'seq',
  'ln',
];

/** The pods' images as one archive that `ctr images import` reads. */
export const podImages = lazy(async (): Promise<Buffer> => {
  await needSystemPackages(['busybox-static'], (line) => console.error(line));
  const worker = { name: 'worker', data: await readFile(await workerProgram()), mode: 0o755 };
  const busybox = [
    { name: 'bin/busybox', data: await readFile('/bin/busybox'), mode: 0o755 },
    ...applets.map((name) => ({ name: `bin/${name}`, data: Buffer.alloc(0), mode: 0o777, link: 'busybox' })),
    { name: 'tmp/.keep', data: Buffer.alloc(0) },
  ];
  return dockerArchive([
    { name: images.bare, layer: tar([worker]), entrypoint: ['/worker'] },
    { name: images.shell, layer: tar([worker, ...busybox]), entrypoint: ['/worker'] },
    { name: images.tools, layer: tar(busybox), entrypoint: ['/bin/sh'] },
    { name: images.pause, layer: tar([worker]), entrypoint: ['/worker', 'wait'] },
  ]);
});

/** The one image that a node cannot do without, as such an archive. */
export const pauseImage = lazy(async (): Promise<Buffer> => {
  const worker = { name: 'worker', data: await readFile(await workerProgram()), mode: 0o755 };
  return dockerArchive([{ name: images.pause, layer: tar([worker]), entrypoint: ['/worker', 'wait'] }]);
});

interface Image {
  readonly name: string;
  readonly layer: Buffer;
  readonly entrypoint: readonly string[];
}

const ownArchitecture = process.arch === 'x64' ? 'amd64' : process.arch;

/** The format of `docker save`: manifest.json, and per image a configuration and its layer. */
export function dockerArchive(all: readonly Image[], architecture = ownArchitecture): Buffer {
  const described = all.map(({ name, layer, entrypoint }, index) => {
    const config = Buffer.from(
      JSON.stringify({
        architecture,
        os: 'linux',
        config: { Entrypoint: entrypoint, Env: ['PATH=/bin'], WorkingDir: '/' },
        rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
      }),
    );
    return { name, layer, config, files: { config: `${index}.json`, layer: `${index}/layer.tar` } };
  });
  const manifest = described.map(({ name, files }) => ({
    Config: files.config,
    RepoTags: [name],
    Layers: [files.layer],
  }));
  return tar([
    ...described.flatMap(({ layer, config, files }) => [
      { name: files.config, data: config },
      { name: files.layer, data: layer },
    ]),
    { name: 'manifest.json', data: Buffer.from(JSON.stringify(manifest)) },
  ]);
}
