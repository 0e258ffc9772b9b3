/** Generated services, built, tested and put through the proofs of the curriculum. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { freePorts } from '../../src/core/ports.ts';
import { killGroup, run } from '../../src/core/processes.ts';
import { createCurriculum } from '../../src/curriculum/domain.ts';
import type { Report } from '../../src/curriculum/model.ts';
import { readContract } from '../../src/grpc/protos/contract.ts';
import { ProtoLibrary } from '../../src/grpc/protos/library.ts';
import { createScaffold, type Made } from '../../src/scaffold/domain.ts';
import { extras, type Framework } from '../../src/scaffold/model.ts';
import { eventually } from './eventually.ts';
import { protocompileProgram } from './protoFolders.ts';

export const scaffold = createScaffold({
  templates: join(root, 'templates'),
  readContract: (file, signal) => readContract(protos, file, signal),
});

export const protos = new ProtoLibrary({
  log: { trace: () => {}, info: () => {}, warn: console.warn, error: console.error },
  folders: () => [],
  trusted: () => true,
  env: process.env,
  // Where neither buf nor protoc is installed: the parser that needs nothing would lose the comments.
  program: () => protocompileProgram(),
});

/** A service called billing, with everything. */
export const generated = (folder: string, framework: Framework, proto?: string): Promise<Made> =>
  scaffold.service(
    folder,
    {
      name: 'billing',
      module: 'example.org/shop/billing',
      framework,
      extras,
      ...(proto === undefined ? {} : { proto }),
    },
    new AbortController().signal,
  );

/** Runs go there; throws with what it says. */
export async function go(folder: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run('go', args, { cwd: folder, timeout: 20 * 60_000 });
  if (code !== 0) throw new Error(`go ${args.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}

/** What a service proves. T7.1 asks for the measures of HTTP by name and route; what is called otherwise has its own. */
export const provenItems = (framework: Framework): readonly string[] =>
  framework === 'grpc' || framework === 'gomicro' ? ['B5', 'B6', 'B7'] : ['B5', 'B6', 'B7', 'T7.1'];

/**
 * Proves an item on the packages of a service. What the lesson gives (its slow work, its store) is taken from there; in the
 * place of what the learner writes stand a few lines of test/fixtures/scaffold that call the service's own packages.
 */
export async function proveOn(service: string, item: string, framework: Framework): Promise<Report> {
  const lab = join(service, 'proofs', item);
  const adapters = join(root, 'test/fixtures/scaffold');
  const adapter = [join(adapters, framework, item), join(adapters, item)].find((folder) => existsSync(folder))!;
  mkdirSync(lab, { recursive: true });
  const given = join(root, 'curriculum', item, 'solution');
  for (const name of readdirSync(given).filter((file) => file.endsWith('.go'))) {
    const replaced = item === 'B5' && name === 'main.go'; // It makes the learner's health without anything.
    if (!existsSync(join(adapter, name)) && !replaced) cpSync(join(given, name), join(lab, name));
  }
  for (const name of readdirSync(adapter)) {
    const text = readFileSync(join(adapter, name), 'utf8');
    writeFileSync(join(lab, name), text.replaceAll('example.com/orders', 'example.org/shop/billing'));
  }
  writeFileSync(join(lab, 'gantry.contract.yaml'), 'package: .\n');
  const curriculum = createCurriculum({
    log: { trace: () => {}, info: () => {}, warn: console.warn, error: console.error },
    content: join(root, 'curriculum'),
    workspace: service,
    trusted: () => true,
    language: 'en',
  });
  try {
    return await curriculum.prove(item, lab, { signal: new AbortController().signal });
  } finally {
    curriculum.dispose();
  }
}

export interface Running {
  readonly port: number;
  /** Where probes and metrics are: the same port, but for gRPC. */
  readonly admin: number;
  signal(name: NodeJS.Signals): void;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  /** Ends it, however it is. */
  stop(): Promise<unknown>;
}

/** Builds and starts a service; resolves when it is ready. */
export async function started(folder: string): Promise<Running> {
  const program = join(folder, 'program');
  await go(folder, 'build', '-o', program, './cmd/billing');
  return runProgram(folder, program, []);
}

/** A program of a service, on ports of the kernel's choice. */
async function runProgram(folder: string, program: string, args: readonly string[]): Promise<Running> {
  const [port, second] = (await freePorts(2)) as [number, number];
  const admin = existsSync(join(folder, 'proto')) ? second : port;
  const env = { ...process.env, PORT: String(port), ADMIN_PORT: String(second) };
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const stop = (): Promise<unknown> => {
    killGroup(child.pid, 'SIGKILL');
    return ended;
  };
  try {
    await eventually(async () => {
      assert.equal(child.exitCode, null, 'it ended at once');
      return fetch(`http://127.0.0.1:${admin}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    }, 10 * 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, admin, signal: (name) => child.kill(name), ended, stop };
}

/**
 * Does what the README of a service says, to the letter but for the ports: tests it, runs it, and asks it from another
 * terminal. Returns what the asking printed; throws when a line fails.
 */
export async function followReadme(folder: string): Promise<string> {
  const text = readFileSync(join(folder, 'README.md'), 'utf8');
  const [begin, ask] = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, lines]) => lines!.trimEnd().split('\n'));
  const [serve, ...before] = begin!.toReversed();
  // With what the other tests have compiled, which is the same but for the folders' names in it.
  const flags = { GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -trimpath`.trim() };
  for (const line of before.toReversed()) await shell(folder, line, flags);
  const [program, ...args] = serve!.split(' ');
  const running = await runProgram(folder, program!, args);
  try {
    const asked = ask!.join('\n').replaceAll('8081', String(running.admin)).replaceAll('8080', String(running.port));
    if (existsSync(join(folder, 'requests'))) portOfRequests(folder, running.port);
    return await shell(folder, asked);
  } finally {
    await running.stop();
  }
}

/** Runs lines with `gantry` on PATH; throws with what they say when one fails. */
async function shell(folder: string, lines: string, more: NodeJS.ProcessEnv = {}): Promise<string> {
  const bin = join(folder, '.bin');
  mkdirSync(bin, { recursive: true });
  const words = [process.execPath, '--disable-warning=ExperimentalWarning', join(root, 'src/cli.ts')];
  writeFileSync(join(bin, 'gantry'), `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(join(bin, 'gantry'), 0o755);
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, ...more };
  const { code, stdout, stderr } = await run('sh', ['-ec', lines], { cwd: folder, env, timeout: 20 * 60_000 });
  if (code !== 0) throw new Error(`${lines}:\n${stdout}${stderr}`);
  return stdout;
}

/** Sends the requests of a service's file to it, and returns what is said of them, whatever the outcome. */
export async function sendRequests(folder: string, { port }: Running): Promise<string> {
  portOfRequests(folder, port);
  return shell(folder, 'gantry grpc run requests/billing.grpc.yaml || true');
}

/** The requests of a file name the port, too. */
function portOfRequests(folder: string, port: number): void {
  const file = join(folder, 'requests/billing.grpc.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('8080', String(port)));
}
