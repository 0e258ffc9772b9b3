/** `gantry dev`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, exit } from '../core/cli.ts';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { DevRequest } from './devLoop.ts';
import type { DevLoop } from './domain.ts';

export const devLoopCommands = (domain: () => Promise<DevLoop>): CliCommand[] => [
  {
    name: 'dev',
    usage:
      '[FOLDER] [--manifests DIR] [--image NAME] [--once] [--delete] [-n NAMESPACE] [--context NAME] [--kubeconfig FILE]',
    summary: () => t('Build a service, run it on a local cluster, and do so again after each save'),
    run: async (args, io) => {
      const request = parse(args, io);
      const told = { last: '' };
      const say = (line: string): void => {
        told.last = line;
        io.err(line);
      };
      const telling = {
        say,
        // A sentence that counts bytes or pods is told anew each time; one of each is enough in a terminal that scrolls.
        progress: (line: string) => withoutNumbers(line) !== withoutNumbers(told.last) && say(line),
        output: (line: string) => io.err(line),
        log: (lines: readonly string[]) => lines.forEach((line) => io.out(line)),
      };
      const good = await (await domain()).run(request, telling, io.signal);
      return good ? exit.done : exit.problems;
    },
  },
];

const withoutNumbers = (line: string): string => line.replaceAll(/[\d.]+ ?(?:[kMG]?B)?/g, '');

function parse(args: readonly string[], io: CliIo): DevRequest {
  const options = {
    manifests: { type: 'string' },
    image: { type: 'string' },
    once: { type: 'boolean', default: false },
    delete: { type: 'boolean', default: false },
    namespace: { type: 'string', short: 'n' },
    context: { type: 'string' },
    kubeconfig: { type: 'string' },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    if (positionals.length > 1) throw new Error(t('Name one folder.'));
    const { manifests, image, once, delete: deletes, namespace, context } = values;
    const kubeconfig = values.kubeconfig === undefined ? undefined : resolve(io.cwd, values.kubeconfig);
    return {
      folder: resolve(io.cwd, positionals[0] ?? '.'),
      manifests,
      image,
      once,
      delete: deletes,
      place: { namespace, context, kubeconfig },
    };
  } catch (error) {
    throw new Failure('invalid', messageOf(error), error);
  }
}
