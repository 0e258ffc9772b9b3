/** `gantry apply`, `gantry diff` and `gantry explain`: the same engine as the editor's commands. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type CliCommand, type CliIo, type Exit, exit } from '../../core/cli.ts';
import { Failure, errnoOf, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { printableText } from '../../core/printable.ts';
import { chooseContext } from '../cli.ts';
import type { Kubernetes } from '../domain.ts';
import { findKind } from '../getKind.ts';
import { pick } from '../apiResource.ts';
import { type Applied, applyForGood, isChanged, outcomeText, sides, tryFile } from './applyFile.ts';
import type { KubeObject } from './apiCall.ts';
import { title } from './confirmation.ts';
import { explain, explanationText } from './explain/explain.ts';
import { readManifests } from './manifest.ts';
import type { NamingField } from './missing.ts';
import { type Remark, remarksAndMissing } from './remarks.ts';

const place = '[-n NAMESPACE] [--context NAME] [--kubeconfig FILE]';
const usages = {
  apply: `-f FILE [--force] [--dry-run] ${place}`,
  diff: `-f FILE [--force] ${place}`,
  explain: `KIND/NAME ${place}`,
} as const;

export function actionCommands(kubernetes: () => Promise<Kubernetes>): CliCommand[] {
  const summaries = {
    apply: () => t('Applies manifests server-side; fields that others look after are only taken with --force.'),
    diff: () => t('Shows what applying manifests would change; exits with 1 when that is something.'),
    explain: () => t('Explains why an object is not well and what to do; exits with 1 when it is not.'),
  };
  const runs = { apply, diff, explain: explainCommand };
  return (['apply', 'diff', 'explain'] as const).map((name) => ({
    name,
    usage: usages[name],
    summary: summaries[name],
    run: async (args, io) => runs[name](parse(name, args), await kubernetes(), io),
  }));
}

const options = {
  filename: { type: 'string', short: 'f', multiple: true },
  namespace: { type: 'string', short: 'n' },
  force: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

interface Request {
  readonly files: readonly string[];
  readonly names: readonly string[];
  readonly namespace: string | undefined;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly context: string | undefined;
  readonly kubeconfig: string | undefined;
}

/** Throws Failure `invalid`. */
function parse(command: keyof typeof usages, args: readonly string[]): Request {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const { filename = [], namespace, force = false, context, kubeconfig } = values;
    const complete = command === 'explain' ? positionals.length > 0 : filename.length > 0 && positionals.length === 0;
    if (!complete)
      throw new Error(command === 'explain' ? t('Name an object, such as pod/orders-1') : t('Name a file with -f'));
    return {
      files: filename,
      names: positionals,
      namespace,
      force,
      dryRun: values['dry-run'] ?? false,
      context,
      kubeconfig,
    };
  } catch (error) {
    const problem = messageOf(error).split('. ', 1)[0]!;
    throw new Failure('invalid', t('{0}. Usage: gantry {1} {2}', problem, command, usages[command]), error);
  }
}

async function manifests({ files }: Request, io: CliIo): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const file of files) objects.push(...readManifests(await textOf(file, io), file));
  if (objects.length === 0) throw new Failure('invalid', t('{0} holds no object.', files.join(', ')));
  return objects;
}

/** A file's text; `-` is standard input. */
async function textOf(file: string, { cwd }: CliIo): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : resolve(cwd, file), 'utf8');
  } catch (error) {
    const missing = errnoOf(error) === 'ENOENT';
    throw new Failure('invalid', missing ? t('There is no file {0}.', file) : messageOf(error), error);
  }
}

async function trial(request: Request, kubernetes: Kubernetes, io: CliIo): Promise<[Applied[], string]> {
  const objects = await manifests(request, io);
  const { id } = await chooseContext(kubernetes, request, io);
  const target = kubernetes.actions.applyTarget(id, io.signal, request.namespace);
  return [await tryFile(objects, target, request.force), id];
}

/** Applies only when every object can be applied: half of a file is nothing to leave behind. */
async function apply(request: Request, kubernetes: Kubernetes, io: CliIo): Promise<Exit> {
  const [tried, context] = await trial(request, kubernetes, io);
  const bad = tried.filter(({ after }) => after === undefined);
  for (const each of bad) io.err(printableText(outcomeText(each)));
  if (bad.length > 0) {
    if (bad.some(({ conflicts }) => conflicts.length > 0)) {
      io.err(t('Nothing was applied. --force takes these fields; gantry diff --force shows what changes.'));
    } else io.err(t('Nothing was applied.'));
    return exit.problems;
  }
  for (const each of tried) {
    if (!request.dryRun && isChanged(each)) {
      await applyForGood(each, { server: kubernetes.actions.server(context), signal: io.signal }, request.force);
    }
    io.out(outcomeText(each));
  }
  return exit.done;
}

async function diff(request: Request, kubernetes: Kubernetes, io: CliIo): Promise<Exit> {
  const [tried] = await trial(request, kubernetes, io);
  const { createTwoFilesPatch } = await import('diff');
  let status: Exit = exit.done;
  for (const each of tried) {
    if (each.after === undefined) io.err(printableText(outcomeText(each)));
    else if (!isChanged(each)) continue;
    status = exit.problems;
    const { before, after } = sides(each);
    const name = title(each.ref);
    const text = createTwoFilesPatch(name, name, before, after, t('in the cluster'), t('after applying'));
    // The first line is a rule that says nothing.
    for (const line of text.trimEnd().split('\n').slice(1)) io.out(printableText(line));
  }
  return status;
}

async function explainCommand(request: Request, kubernetes: Kubernetes, io: CliIo): Promise<Exit> {
  const context = await chooseContext(kubernetes, request, io);
  const [word = '', name = request.names[1] ?? ''] = request.names[0]!.split('/');
  if (name === '') throw new Failure('invalid', t('Name an object, such as pod/orders-1'));
  const { actions, discovery } = kubernetes;
  await discovery.want(context.id);
  const kinds = discovery.current(context.id);
  if (kinds?.state === 'failed') throw kinds.failure;
  const api = findKind(word, kinds?.state === 'ready' ? kinds.value : []);
  const namespace = api.namespaced ? (request.namespace ?? context.namespace) : '';
  const ref = { ...pick(api), context: context.id, namespace, name };
  const found = await explain(ref, actions.server(context.id), io.signal);
  for (const line of explanationText(ref, found, await actions.lessons())
    .trimEnd()
    .split('\n'))
    io.out(line);
  return found.length > 0 ? exit.problems : exit.done;
}

interface AskedText {
  readonly text: string;
  /** As the person named it. */
  readonly path: string;
  /** What it names, which has to be somewhere. */
  readonly named: readonly NamingField[];
}

/** For `gantry validate`: what the cluster of a context would say of a text. Throws Failure. */
export const askCluster =
  (domain: () => Promise<Kubernetes>) =>
  async ({ text, path, named }: AskedText, context: string, io: CliIo): Promise<Remark[]> => {
    const kubernetes = await domain();
    const { id } = await chooseContext(kubernetes, { context }, io);
    return remarksAndMissing(text, path, named, kubernetes.actions.applyTarget(id, io.signal));
  };
