/** `gantry new dockerfile`: a Dockerfile for the Go module in a folder. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type CliCommand, exit } from '../core/cli.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { parsed } from './insideCli.ts';

export const newDockerfileCommand: CliCommand = {
  name: 'new dockerfile',
  usage: '[FOLDER] [--force] [--print]',
  summary: () => t('Write a Dockerfile and a .dockerignore for the Go module in a folder, each line explained'),
  async run(args, io) {
    const { values, positionals } = parsed(() =>
      parseArgs({
        args: [...args],
        allowPositionals: true,
        options: { force: { type: 'boolean' }, print: { type: 'boolean' } },
      }),
    );
    if (positionals.length > 1) throw new Failure('invalid', t('Name one folder.'));
    const folder = resolve(io.cwd, positionals[0] ?? '.');
    const { dockerfileFor, writeDockerfile } = await import('./generate/write.ts');
    const files = await dockerfileFor(folder);
    if (values.print === true) {
      for (const line of files.dockerfile.trimEnd().split('\n')) io.out(line);
      return exit.done;
    }
    for (const name of await writeDockerfile(folder, files, values.force)) io.out(name);
    return exit.done;
  },
};
