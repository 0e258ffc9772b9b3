/** `gantry get`: rows of the same store the trees show. */
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, type Exit, exit, table } from '../core/cli.ts';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { ageOf, ports, ready, restarts } from './columns.ts';
import type { Kubernetes } from './domain.ts';
import type { KubeContext } from './kubeconfig.ts';
import type { KindName, RowTypes } from './kinds.ts';
import type { PodRow, Row, ServiceRow } from './rows.ts';
import { type Look, type Query, complete } from './store.ts';

const usage =
  'KIND [NAME] [-n NAMESPACE | -A] [-l SELECTOR] [-w] [--context NAME] [--kubeconfig FILE] [--no-exec] [--json]';

export function kubernetesCommands(kubernetes: () => Promise<Kubernetes>): CliCommand[] {
  return [
    {
      name: 'get',
      usage,
      summary: () => t('Lists pods or services; -w follows them.'),
      run: async (args, io) => {
        const request = parseRequest(args);
        const domain = await kubernetes();
        if (request.noExec) domain.refusePlugins();
        return get(domain, request, io);
      },
    },
  ];
}

type Printable = 'pods' | 'services';

const kindNames: Readonly<Record<string, Printable>> = {
  pod: 'pods',
  pods: 'pods',
  po: 'pods',
  service: 'services',
  services: 'services',
  svc: 'services',
};

interface Request {
  readonly kind: Printable;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly allNamespaces: boolean;
  readonly selector: string | undefined;
  readonly watch: boolean;
  readonly context: string | undefined;
  readonly kubeconfig: string | undefined;
  /** No credential plugin of the kubeconfig is run. */
  readonly noExec: boolean;
  readonly json: boolean;
}

function parseRequest(args: readonly string[]): Request {
  const { values, positionals } = parse(args);
  const [word, name, ...rest] = positionals;
  if (word === undefined)
    throw new Failure('invalid', t('Name a kind: pods or services. Usage: gantry get {0}', usage));
  const kind = Object.hasOwn(kindNames, word.toLowerCase()) ? kindNames[word.toLowerCase()] : undefined;
  if (kind === undefined)
    throw new Failure('invalid', t('{0} is not a kind that can be listed: use pods or services.', word));
  if (rest.length > 0) throw new Failure('invalid', t('One name at most: {0} is too many.', rest.join(' ')));
  const allNamespaces = values['all-namespaces'] ?? false;
  if (allNamespaces && name !== undefined) {
    throw new Failure('invalid', t('A name is looked up in one namespace: leave out -A, or the name.'));
  }
  return {
    kind,
    name,
    allNamespaces,
    namespace: values.namespace,
    selector: values.selector,
    watch: values.watch ?? false,
    context: values.context,
    kubeconfig: values.kubeconfig,
    noExec: values['no-exec'] ?? false,
    json: values.json ?? false,
  };
}

const options = {
  namespace: { type: 'string', short: 'n' },
  'all-namespaces': { type: 'boolean', short: 'A' },
  selector: { type: 'string', short: 'l' },
  watch: { type: 'boolean', short: 'w' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
  'no-exec': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

function parse(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const problem = messageOf(error).split('. ', 1)[0]!;
    throw new Failure('invalid', t('{0}. Usage: gantry get {1}', problem, usage), error);
  }
}

async function get(kubernetes: Kubernetes, request: Request, io: CliIo): Promise<Exit> {
  const context = await chooseContext(kubernetes, request, io);
  const namespace = request.allNamespaces ? undefined : (request.namespace ?? context.namespace);
  const query: Query<Printable> = {
    context: context.id,
    kind: request.kind,
    namespace,
    labelSelector: request.selector,
    fieldSelector: request.name === undefined ? undefined : `metadata.name=${request.name}`,
  };
  const look = kubernetes.store.look(query);
  try {
    return await (request.watch ? follow(look, request, io) : once(look, request, namespace, io));
  } finally {
    look.dispose();
  }
}

async function chooseContext(kubernetes: Kubernetes, request: Request, io: CliIo): Promise<KubeContext> {
  const configs = await kubernetes.contexts.load(request.kubeconfig);
  for (const failure of configs.failures) io.err(failure.message);
  const { contexts } = configs;
  if (request.context !== undefined) {
    const found = contexts.find(({ name }) => name === request.context);
    if (found !== undefined) return found;
    const known = contexts.map(({ name }) => name).join(', ') || t('none');
    throw new Failure('invalid', t('There is no context {0}. Known: {1}', request.context, known));
  }
  const chosen =
    contexts.find(({ id }) => id === configs.current) ?? contexts.find((each) => kubernetes.contexts.isLocal(each));
  if (chosen !== undefined) return chosen;
  throw new Failure(
    'notFound',
    t(
      'No kubeconfig names a current context. Choose one with --context, or create a local cluster: gantry cluster create',
    ),
  );
}

type Rows = Look<RowTypes[KindName]>;

/** Waits for a complete list, prints it and ends. */
async function once(look: Rows, request: Request, namespace: string | undefined, io: CliIo): Promise<Exit> {
  await complete(look, io.signal);
  const state = look.state();
  if ('failure' in state) throw state.failure;
  const rows = inOrder(look.rows);
  if (request.json) io.out(JSON.stringify(rows, undefined, 2));
  else if (rows.length > 0)
    for (const line of table([header(request), ...rows.map((row) => cells(row, request))])) io.out(line);
  if (rows.length > 0) return exit.done;
  if (request.name !== undefined) {
    io.err(t('{0} {1} was not found in namespace {2}.', request.kind, request.name, namespace ?? ''));
    return exit.problems;
  }
  if (!request.json)
    io.err(namespace === undefined ? t('No resources found.') : t('No resources found in namespace {0}.', namespace));
  return exit.done;
}

/** Prints what there is, then each row as it changes, until Ctrl-C; a row that went is printed with a minus sign. */
async function follow(look: Rows, request: Request, io: CliIo): Promise<Exit> {
  await complete(look, io.signal);
  const state = look.state();
  if (state.state === 'failed') throw state.failure;
  const printed = new Map<string, RowTypes[KindName]>();
  const print = (keys: Iterable<string>): void => {
    const lines: string[][] = printed.size === 0 && !request.json ? [header(request)] : [];
    for (const key of [...keys].sort()) {
      const row = look.rows.get(key);
      const before = printed.get(key);
      if (row === undefined && before === undefined) continue;
      if (row === undefined) printed.delete(key);
      else printed.set(key, row);
      if (request.json) io.out(JSON.stringify(row === undefined ? { gone: before } : { row }));
      else lines.push(cells(row ?? before!, request, row === undefined));
    }
    for (const line of table(lines)) io.out(line);
  };
  print(look.rows.keys());
  let told = '';
  const listening = look.onDidChange(({ keys }) => {
    if (keys.size > 0) print(keys);
    const now = look.state();
    const problem = 'failure' in now ? now.failure.message : '';
    if (problem !== told && problem !== '') io.err(problem);
    told = problem;
  });
  await new Promise<void>((resolve) => {
    if (io.signal.aborted) resolve();
    else io.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  listening.dispose();
  return exit.done;
}

/** The API's own order: by the bytes of namespace and name. */
function inOrder(rows: ReadonlyMap<string, RowTypes[KindName]>): RowTypes[KindName][] {
  const order = (a: Row, b: Row): number => compare(a.namespace, b.namespace) || compare(a.name, b.name);
  return [...rows.values()].sort(order);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function header({ kind, allNamespaces }: Request): string[] {
  const columns =
    kind === 'pods'
      ? ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE']
      : ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE'];
  return allNamespaces ? ['NAMESPACE', ...columns] : columns;
}

function cells(row: Row, { kind, allNamespaces }: Request, gone = false): string[] {
  const now = Date.now();
  const name = gone ? `-${row.name}` : row.name;
  const columns = kind === 'pods' ? podCells(row as PodRow, name, now) : serviceCells(row as ServiceRow, name, now);
  return allNamespaces ? [row.namespace, ...columns] : columns;
}

const podCells = (row: PodRow, name: string, now: number): string[] => [
  name,
  ready(row),
  row.status,
  restarts(row, now),
  ageOf(row.created, now),
];

const serviceCells = (row: ServiceRow, name: string, now: number): string[] => [
  name,
  row.type,
  row.clusterIp,
  row.externalIp,
  ports(row),
  ageOf(row.created, now),
];
