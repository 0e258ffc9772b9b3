/** `gantry cluster …`. */
import { type CliCommand, type CliIo, type Exit, exit, table } from '../core/cli.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Status } from './controlPlane.ts';
import type { Cluster } from './domain.ts';

export function clusterCommands(domain: () => Promise<Cluster>): CliCommand[] {
  return [
    {
      name: 'cluster create',
      usage: '[NAME]',
      summary: () => t('Start the embedded Kubernetes, or one more under another name'),
      run: (args, io) => create(args, io, domain),
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
      summary: () => t('End the processes of a local cluster and keep its objects'),
      run: async (args) => {
        await (await domain()).stop(onlyName(args));
        return exit.done;
      },
    },
    {
      name: 'cluster delete',
      usage: '[NAME]',
      summary: () => t('End a local cluster and delete its objects'),
      run: async (args) => {
        await (await domain()).remove(onlyName(args));
        return exit.done;
      },
    },
    {
      name: 'cluster kubeconfig',
      usage: '[NAME]',
      summary: () => t('Print the path of the kubeconfig of a local cluster'),
      run: async (args, io) => {
        io.out(await (await domain()).kubeconfig(onlyName(args)));
        return exit.done;
      },
    },
  ];
}

async function create(args: readonly string[], io: CliIo, domain: () => Promise<Cluster>): Promise<Exit> {
  const name = onlyName(args);
  let last = '';
  const report = (sentence: string): void => {
    if (sentence !== last) io.err((last = sentence));
  };
  const { kubeconfig } = await (await domain()).start(report, io.signal, name);
  io.out(kubeconfig);
  return exit.done;
}

async function list(args: readonly string[], io: CliIo, domain: () => Promise<Cluster>): Promise<Exit> {
  const unknown = args.find((arg) => arg !== '--json');
  if (unknown !== undefined) throw new Failure('invalid', t('Unknown argument: {0}', unknown));
  const clusters = await (await domain()).list();
  if (args.includes('--json')) io.out(JSON.stringify(clusters, undefined, 2));
  else if (clusters.length === 0) io.err(t('There is no local cluster. Create one: gantry cluster create'));
  else {
    const rows = clusters.map(({ name, status, kubeconfig }) => [name, statusText(status), kubeconfig]);
    for (const line of table([[t('NAME'), t('STATUS'), t('KUBECONFIG')], ...rows])) io.out(line);
  }
  return exit.done;
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
