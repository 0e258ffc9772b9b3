/** `gantry cluster …`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, type Exit, exit, table } from '../core/cli.ts';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Report } from './build.ts';
import type { Reached } from './container/containerCluster.ts';
import { registrySentence } from './container/registry.ts';
import { type ContainerSettings, defaultSettings } from './container/request.ts';
import type { Status } from './controlPlane.ts';
import type { Cluster } from './domain.ts';
import type { Kind } from './layout.ts';
import { type Simulation, readSimulation, usualSimulation } from './simulation.ts';

/** Lines of a log that are shown unless more are asked for. */
const usualLines = 200;

/** Makes objects of clusters what they were before sessions that broke off. Resolves with a sentence for each. */
type Mend = (signal: AbortSignal) => Promise<readonly string[]>;

export function clusterCommands(domain: () => Promise<Cluster>, mend: Mend): CliCommand[] {
  return [
    {
      name: 'cluster create',
      usage:
        '[NAME] [--nodes N] [--stages FILE] | [NAME] [--container [--image IMAGE] [--registry IMAGE] [--memory SIZE] [--cpus N] [--mirror REGISTRY=ADDRESS]… [--proxy ADDRESS] [--argument=ARGUMENT]…]',
      summary: () => t('Start an embedded Kubernetes, or k3s in a container with --container'),
      run: (args, io) => create(args, io, domain),
    },
    {
      name: 'cluster start',
      usage: '[NAME] [--nodes N] [--stages FILE]',
      summary: () => t('Start a local cluster that was stopped'),
      run: async (args, io) => {
        await start(args, io, domain);
        for (const sentence of await mend(io.signal)) io.err(sentence);
        return exit.done;
      },
    },
    {
      name: 'cluster list',
      usage: '[--json]',
      summary: () => t('List the local clusters'),
      run: (args, io) => list(args, io, domain),
    },
    {
      name: 'cluster stop',
      usage: '[NAME]',
      summary: () => t('Stop a local cluster and keep its objects'),
      run: async (args) => {
        await (await domain()).stop(onlyName(args));
        return exit.done;
      },
    },
    {
      name: 'cluster snapshot',
      usage: '[NAME]',
      summary: () => t('Note down all objects of an embedded cluster, to come back to them'),
      run: async (args, io) => {
        await (await domain()).snapshot(io.signal, onlyName(args));
        return exit.done;
      },
    },
    {
      name: 'cluster reset',
      usage: '[NAME] [--empty] [--yes]',
      summary: () => t('Set an embedded cluster back to its snapshot, or to how it was when new; says what is lost'),
      run: (args, io) => reset(args, io, domain),
    },
    {
      name: 'cluster delete',
      usage: '[NAME]',
      summary: () => t('End a local cluster and delete its objects'),
      run: async (args, io) => {
        for (const sentence of await (await domain()).remove(onlyName(args))) io.err(sentence);
        return exit.done;
      },
    },
    {
      name: 'cluster kubeconfig',
      usage: '[NAME] [--merge]',
      summary: () => t('Print the path of the kubeconfig of a local cluster, or add its context to your own file'),
      run: (args, io) => kubeconfig(args, io, domain),
    },
    {
      name: 'cluster load',
      usage: 'IMAGE… [--cluster NAME]',
      summary: () => t('Bring images of the engine into a cluster in a container, of kind and k3d, too'),
      run: (args, io) => load(args, io, domain),
    },
    {
      name: 'cluster logs',
      usage: '[NAME] [--tail LINES]',
      summary: () => t('Print the log of a cluster in a container'),
      run: (args, io) => logs(args, io, domain),
    },
  ];
}

async function create(args: readonly string[], io: CliIo, domain: () => Promise<Cluster>): Promise<Exit> {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        container: { type: 'boolean' },
        ...simulationFlags,
        image: { type: 'string' },
        registry: { type: 'string' },
        memory: { type: 'string' },
        cpus: { type: 'string' },
        mirror: { type: 'string', multiple: true },
        proxy: { type: 'string' },
        argument: { type: 'string', multiple: true },
      },
    }),
  );
  const name = onlyName(positionals);
  const { container = false, nodes, stages, ...flags } = values;
  const [flag] = Object.keys(flags);
  if (!container && flag !== undefined) {
    throw new Failure('invalid', t('{0} is for a cluster in a container: add --container.', `--${flag}`));
  }
  const simulation = await simulationOf({ nodes, stages }, io);
  if (container && simulation !== undefined) {
    throw new Failure('invalid', t('{0} is for an embedded cluster: leave --container out.', '--nodes, --stages'));
  }
  const cluster = await domain();
  const reached = container
    ? await cluster.startContainer(progress(io), io.signal, settingsOf(flags), name)
    : await cluster.start(progress(io), io.signal, name, simulation);
  tell(reached, io);
  return exit.done;
}

function tell({ kubeconfig, registry }: Reached, io: CliIo): void {
  io.out(kubeconfig);
  if (registry !== undefined) io.err(registrySentence(registry));
}

async function start(args: readonly string[], io: CliIo, domain: () => Promise<Cluster>): Promise<void> {
  const { values, positionals } = parsed(() =>
    parseArgs({ args: [...args], allowPositionals: true, options: simulationFlags }),
  );
  const simulation = await simulationOf(values, io);
  const cluster = await domain();
  tell(await cluster.startAgain(progress(io), io.signal, onlyName(positionals), { simulation }), io);
}

const simulationFlags = { nodes: { type: 'string' }, stages: { type: 'string' } } as const;

/** Undefined when neither is given: then all is as before. */
async function simulationOf(
  { nodes, stages }: { readonly nodes?: string | undefined; readonly stages?: string | undefined },
  io: CliIo,
): Promise<Simulation | undefined> {
  if (nodes === undefined && stages === undefined) return undefined;
  return readSimulation(Number(nodes ?? usualSimulation.nodes), stages === undefined ? '' : resolve(io.cwd, stages));
}

interface ContainerFlags {
  readonly image?: string;
  readonly registry?: string;
  readonly memory?: string;
  readonly cpus?: string;
  readonly mirror?: readonly string[];
  readonly proxy?: string;
  readonly argument?: readonly string[];
}

function settingsOf({ cpus, mirror = [], argument = [], ...as }: ContainerFlags): ContainerSettings {
  const processors = Number(cpus ?? 0);
  if (cpus !== undefined && !(processors > 0 && processors < Number.POSITIVE_INFINITY)) {
    throw new Failure('invalid', t('{0} is no number of processors. Write 2 or 0.5.', cpus));
  }
  const mirrors: Record<string, string[]> = {};
  for (const each of mirror) {
    const [, registry, address] = /^([^=]+)=(.+)$/.exec(each) ?? [];
    if (registry === undefined || address === undefined) {
      throw new Failure('invalid', t('{0} is no mirror. Write REGISTRY=ADDRESS.', each));
    }
    (mirrors[registry] ??= []).push(address);
  }
  return { ...defaultSettings, ...as, mirrors, arguments: argument, cpus: processors };
}

async function list(args: readonly string[], io: CliIo, domain: () => Promise<Cluster>): Promise<Exit> {
  const unknown = args.find((arg) => arg !== '--json');
  if (unknown !== undefined) throw new Failure('invalid', t('Unknown argument: {0}', unknown));
  const clusters = await (await domain()).list();
  if (args.includes('--json')) io.out(JSON.stringify(clusters, undefined, 2));
  else if (clusters.length === 0) io.err(t('There is no local cluster. Create one: gantry cluster create'));
  else {
    const rows = clusters.map(({ name, kind, status, kubeconfig }) => [name, kindText(kind), statusText(status), kubeconfig]); // prettier-ignore
    for (const line of table([[t('NAME'), t('KIND'), t('STATUS'), t('KUBECONFIG')], ...rows])) io.out(line);
    for (const { name, message } of clusters) if (message !== undefined) io.err(`${name}: ${message}`);
  }
  return exit.done;
}

async function kubeconfig(args: readonly string[], io: CliIo, domain: () => Promise<Cluster>): Promise<Exit> {
  const name = onlyName(args.filter((arg) => arg !== '--merge'));
  const cluster = await domain();
  const path = await cluster.kubeconfig(name);
  if (!args.includes('--merge')) {
    io.out(path);
    return exit.done;
  }
  try {
    const { file, names } = await cluster.merge(name);
    io.out(t('{0} has the context {1}.', file, names.join(', ')));
    return exit.done;
  } catch (error) {
    io.err(t('Until then: export KUBECONFIG={0}', path));
    throw error;
  }
}

/** Without --yes it says what would be lost, and does nothing. */
async function reset(args: readonly string[], io: CliIo, domain: () => Promise<Cluster>): Promise<Exit> {
  const name = onlyName(args.filter((arg) => arg !== '--empty' && arg !== '--yes'));
  const to = args.includes('--empty') ? 'empty' : 'snapshot';
  const cluster = await domain();
  const loses = await cluster.resetLoses(to, name);
  for (const sentence of loses) io.out(sentence);
  if (loses.length === 0) io.err(t('All objects are as they were.'));
  else if (args.includes('--yes')) await cluster.reset(to, progress(io), io.signal, name);
  else {
    io.err(t('Nothing was done. Add --yes to do this.'));
    return exit.problems;
  }
  return exit.done;
}

async function load(args: readonly string[], io: CliIo, domain: () => Promise<Cluster>): Promise<Exit> {
  const { values, positionals } = parsed(() =>
    parseArgs({ args: [...args], allowPositionals: true, options: { cluster: { type: 'string' } } }),
  );
  if (positionals.length === 0) throw new Failure('invalid', t('Name an image: gantry cluster load IMAGE…'));
  const cluster = await domain();
  for (const image of positionals) {
    const loaded = await cluster.load(image, progress(io), io.signal, values.cluster);
    io.out(loaded === 'loaded' ? t('{0}: loaded', image) : t('{0}: was there', image));
  }
  return exit.done;
}

async function logs(args: readonly string[], io: CliIo, domain: () => Promise<Cluster>): Promise<Exit> {
  const { values, positionals } = parsed(() =>
    parseArgs({ args: [...args], allowPositionals: true, options: { tail: { type: 'string' } } }),
  );
  const { tail = String(usualLines) } = values;
  if (!/^\d+$/.test(tail)) throw new Failure('invalid', t('{0} is no number of lines.', tail));
  const text = await (await domain()).logs(Number(tail), io.signal, onlyName(positionals));
  io.out(text.trimEnd());
  return exit.done;
}

/** Milliseconds between two lines that differ only in figures. */
const pause = 1000;

/** Writes what is done to standard error: each sentence once, of one that counts up a line now and then. */
function progress(io: CliIo): Report {
  const words = (sentence: string): string => sentence.replaceAll(/[\d.]+ ?\w?B?/g, '#');
  let last = '';
  let at = 0;
  return (sentence) => {
    const now = Date.now();
    if (sentence === last || (words(sentence) === words(last) && now - at < pause)) return;
    [last, at] = [sentence, now];
    io.err(sentence);
  };
}

function kindText(kind: Kind): string {
  switch (kind) {
    case 'embedded':
      return t('embedded');
    case 'container':
      return t('container');
  }
}

function statusText(status: Status): string {
  switch (status) {
    case 'running':
      return t('running');
    case 'stopped':
      return t('stopped');
    case 'broken':
      return t('incomplete');
    case 'changing':
      return t('changing');
    case 'absent':
      return t('empty');
  }
}

/** The one optional argument these commands take. */
function onlyName(args: readonly string[]): string | undefined {
  const [name, more] = args;
  const wrong = more ?? (name?.startsWith('-') === true ? name : undefined);
  if (wrong !== undefined) throw new Failure('invalid', t('Unknown argument: {0}', wrong));
  return name;
}

/** What `read` gets out of a line. Throws Failure `invalid` with node's words. */
function parsed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Failure('invalid', messageOf(error), error);
  }
}
