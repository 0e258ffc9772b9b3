/** `gantry dev` and `gantry intercept`. */
import { resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type CliCommand, type CliIo, exit } from '../core/cli.ts';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { DevRequest } from './devLoop.ts';
import type { DevLoop } from './domain.ts';
import type { InterceptRequest, Place } from './ports.ts';

export const devLoopCommands = (domain: () => Promise<DevLoop>): CliCommand[] => [
  {
    name: 'dev',
    usage:
      '[FOLDER] [--manifests DIR] [--image NAME] [--once | --debug] [--delete] [-n NAMESPACE] [--context NAME] [--kubeconfig FILE]',
    summary: () => t('Build a service, run it on a local cluster, and do so again after each save'),
    run: async (args, io) => {
      const { debug, ...request } = parseDev(args, io);
      const telling = { ...tellingOf(io), log: (lines: readonly string[]) => lines.forEach((line) => io.out(line)) };
      if (debug) {
        const ready = (configuration: object): void => io.out(JSON.stringify(configuration, undefined, 2));
        await (await domain()).debug({ ...request, workspace: request.folder }, { ...telling, ready }, io.signal);
        return exit.done;
      }
      return (await (await domain()).run(request, telling, io.signal)) ? exit.done : exit.problems;
    },
  },
  {
    name: 'intercept',
    usage: 'SERVICE --to [PORT=]LOCALPORT | SERVICE --end [-n NAMESPACE] [--context NAME] [--kubeconfig FILE]',
    summary: () => t('Lead a Service of a local cluster to a program of this machine, until Ctrl+C'),
    run: async (args, io) => {
      const request = parseIntercept(args, io);
      const loop = await domain();
      if ('to' in request) io.err(await loop.intercept(request, tellingOf(io), io.signal));
      else if (await loop.endIntercept(request.place, request.service, io.signal)) {
        io.err(t('{0} leads to its pods again.', request.service));
      } else io.err(t('Nobody intercepts {0}.', request.service));
      return exit.done;
    },
  },
];

function tellingOf(io: CliIo) {
  const told = { last: '' };
  const say = (line: string): void => {
    told.last = line;
    io.err(line);
  };
  return {
    say,
    // A sentence that counts bytes or pods is told anew each time; one of each is enough in a terminal that scrolls.
    progress: (line: string) => withoutNumbers(line) !== withoutNumbers(told.last) && say(line),
    output: (line: string) => io.err(line),
  };
}

const withoutNumbers = (line: string): string => line.replaceAll(/[\d.]+ ?(?:[kMG]?B)?/g, '');

const placeOptions = {
  namespace: { type: 'string', short: 'n' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
} as const;

const placeOf = ({ namespace, context, kubeconfig }: Place, { cwd }: CliIo): Place => ({
  namespace,
  context,
  kubeconfig: kubeconfig === undefined ? undefined : resolve(cwd, kubeconfig),
});

function parseDev(args: readonly string[], io: CliIo): DevRequest & { readonly debug: boolean } {
  const { values, positionals } = parsed(args, {
    manifests: { type: 'string' },
    image: { type: 'string' },
    once: { type: 'boolean', default: false },
    debug: { type: 'boolean', default: false },
    delete: { type: 'boolean', default: false },
    ...placeOptions,
  });
  if (positionals.length > 1) throw new Failure('invalid', t('Name one folder.'));
  const { manifests, image, once, debug, delete: deletes } = values;
  const folder = resolve(io.cwd, positionals[0] ?? '.');
  return { folder, manifests, image, once, debug, delete: deletes, place: placeOf(values, io) };
}

function parseIntercept(args: readonly string[], io: CliIo): InterceptRequest | Omit<InterceptRequest, 'to' | 'port'> {
  const { values, positionals } = parsed(args, {
    to: { type: 'string' },
    end: { type: 'boolean', default: false },
    ...placeOptions,
  });
  const [service, ...more] = positionals;
  if (service === undefined || more.length > 0) throw new Failure('invalid', t('Name one Service.'));
  const named = { service: service.replace(/^(?:svc|services?)\//, ''), place: placeOf(values, io) };
  return values.end ? named : { ...named, ...parseTo(values.to) };
}

/** `8080`, or `http=8080` for another port of the Service than its first. Throws Failure `invalid`. */
export function parseTo(text = ''): Pick<InterceptRequest, 'to' | 'port'> {
  const [, port, local] = /^(?:([\w-]+)=)?(\d{1,5})$/.exec(text.trim()) ?? [];
  const to = Number(local);
  if (local === undefined || to < 1 || to > 65_535) {
    throw new Failure('invalid', t('Say where the program listens: --to 8080, or --to http=8080 for one of several ports.')); // prettier-ignore
  }
  return { to, port };
}

function parsed<O extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new Failure('invalid', messageOf(error), error);
  }
}
