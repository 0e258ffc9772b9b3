/** `gantry grpc run FILE…`: request files in a terminal and in CI. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type CliIo, type Exit, exit } from '../../core/cli.ts';
import { Failure, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Grpc } from '../domain.ts';
import { type RequestDocument, type RequestEntry, demandSound, readRequests, requestNamed } from './document.ts';
import { withNeeds } from './needs.ts';
import type { Outcome, RunOptions } from './run.ts';

export const runUsage = 'FILE… [--request NAME] [--env NAME] [--var NAME=VALUE] [--deadline SECONDS] [--verbose] [--json]'; // prettier-ignore

interface Arguments {
  readonly files: readonly string[];
  readonly requests: readonly string[];
  readonly options: Partial<RunOptions>;
  readonly verbose: boolean;
  readonly json: boolean;
}

/** Exit 0 when all is as expected, 1 when not, 2 for a file or an option that is wrong. */
export async function runFiles(grpc: Grpc, args: readonly string[], io: CliIo): Promise<Exit> {
  const asked = parseRun(args);
  let [passed, failed] = [0, 0];
  for (const file of asked.files) {
    const document = readRequests(await readText(resolve(io.cwd, file), file));
    demandSound(document, file);
    const { environment } = asked.options;
    if (environment !== undefined && !document.environments.has(environment)) {
      throw new Failure('invalid', t('{0} has no environment {1}.', file, environment));
    }
    const named = asked.requests.map((name) => requestNamed(document, name));
    const entries = named.length === 0 ? document.requests : withNeeds(document, named);
    for await (const event of grpc.run(document, entries, asked.options, io.signal)) {
      if (asked.json) io.out(JSON.stringify(plain(event.entry, event)));
      else if (event.kind === 'call' && asked.verbose) io.out(JSON.stringify(event.event));
      if (event.kind !== 'ended') continue;
      if (event.outcome.complaints.length === 0) passed++;
      else failed++;
      if (!asked.json) report(document, event.entry, event.outcome, file, io);
    }
    if (io.signal.aborted) return exit.unable;
  }
  if (!asked.json) io.err(t('{0} passed, {1} failed', passed, failed));
  return failed === 0 ? exit.done : exit.problems;
}

const plain = ({ name, index }: RequestEntry, { kind, ...rest }: { readonly kind: string }): unknown => {
  const { entry: _, ...fields } = rest as { entry?: unknown };
  return { kind, request: name, index, ...fields };
};

function report(
  { lines }: RequestDocument,
  { name }: RequestEntry,
  { answer, complaints }: Outcome,
  file: string,
  io: CliIo,
): void {
  const took = answer === undefined ? '' : ` (${answer.status}, ${answer.milliseconds.toFixed(0)} ms)`;
  io.out(`${complaints.length === 0 ? '✔' : '✘'} ${name}${took}`);
  for (const { range, message } of complaints) {
    const { line, column } = lines.positionAt(range.start);
    io.out(`  ${file}:${line + 1}:${column + 1}: ${message}`);
  }
}

/** Throws Failure `invalid`. */
export function parseRun(args: readonly string[]): Arguments {
  const files: string[] = [];
  const requests: string[] = [];
  const variables = new Map<string, string>();
  const flags = { verbose: false, json: false };
  let [environment, deadline]: [string | undefined, number | undefined] = [undefined, undefined];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name, , attached] = /^--([a-z]+)(=(.*))?$/s.exec(arg) ?? [];
    const value = (): string => {
      const given = attached ?? rest.shift();
      if (given === undefined) throw new Failure('invalid', t('{0} needs a value.', arg));
      return given;
    };
    if (name === undefined && arg.startsWith('-')) throw new Failure('invalid', t('There is no option {0}.', arg));
    else if (name === undefined) files.push(arg);
    else if (name === 'verbose' || name === 'json') flags[name] = true;
    else if (name === 'request') requests.push(value());
    else if (name === 'env') environment = value();
    else if (name === 'deadline') deadline = secondsOf(value());
    else if (name === 'var') {
      const [, key, text = ''] = /^([^=]+)=(.*)$/s.exec(value()) ?? [];
      if (key === undefined) throw new Failure('invalid', t('Write a variable as {0}.', '--var name=value'));
      variables.set(key, text);
    } else throw new Failure('invalid', t('There is no option {0}.', arg));
  }
  if (files.length === 0) throw new Failure('invalid', t('Something is missing: see {0}.', 'gantry grpc run --help'));
  return {
    files,
    requests,
    options: { variables, ...(environment === undefined ? {} : { environment }), ...(deadline === undefined ? {} : { deadline }) }, // prettier-ignore
    ...flags,
  };
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0)) throw new Failure('invalid', t('“{0}” is no number of seconds.', text));
  return seconds;
}

async function readText(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Failure('invalid', t('{0} cannot be read: {1}', file, messageOf(error)), error);
  }
}
