/** `gantry get`: rows of the same store the trees show. */
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, type Exit, exit, table } from '../core/cli.ts';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { lastValue } from '../core/loadable.ts';
import type { Kubernetes } from './domain.ts';
import { type KubeContext, contextNamed } from './kubeconfig.ts';
import { findKind, knownKind } from './getKind.ts';
import { type AnyRow, layoutOf } from './getTable.ts';
import type { WatchableResource } from './kinds.ts';
import { complete } from './complete.ts';
import type { Look, Query } from './store.ts';

const usage =
  'KIND [NAME] [-n NAMESPACE | -A] [-l SELECTOR] [-w] [--context NAME] [--kubeconfig FILE] [--no-exec] [--json]';

export function kubernetesCommands(kubernetes: () => Promise<Kubernetes>): CliCommand[] {
  return [
    {
      name: 'get',
      usage,
      summary: () => t('Lists the objects of any kind; -w follows them.'),
      run: async (args, io) => {
        const request = parseRequest(args);
        const domain = await kubernetes();
        if (request.noExec) domain.refusePlugins();
        return get(domain, request, io);
      },
    },
  ];
}

interface Request {
  /** As typed. */
  readonly kind: string;
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

/** What is printed: a kind, found, in the namespaces that were asked for. */
interface Listing extends Request {
  readonly query: Query<'pods' | 'services' | 'objects'>;
  /** Whether NAMESPACE is a column. */
  readonly showNamespace: boolean;
}

function parseRequest(args: readonly string[]): Request {
  const { values, positionals } = parse(args);
  const [first, second, ...rest] = positionals;
  if (first === undefined) {
    throw new Failure('invalid', t('Name a kind, such as pods or deployments. Usage: gantry get {0}', usage));
  }
  const [kind = '', named] = first.split('/', 2);
  if (named !== undefined && second !== undefined) rest.unshift(second);
  const name = named ?? second;
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
  const listing = await findListing(kubernetes, context, request);
  const look = kubernetes.store.look(listing.query);
  try {
    return await (request.watch ? follow(look, listing, io) : once(look, listing, io));
  } finally {
    look.dispose();
  }
}

async function findListing(kubernetes: Kubernetes, context: KubeContext, request: Request): Promise<Listing> {
  const known = knownKind(request.kind);
  const resource = known === undefined ? await findResource(kubernetes, context, request.kind) : undefined;
  const namespaced = resource?.namespaced ?? true;
  return {
    ...request,
    showNamespace: request.allNamespaces && namespaced,
    query: {
      context: context.id,
      kind: known ?? 'objects',
      ...(resource === undefined ? {} : { resource }),
      namespace: request.allNamespaces || !namespaced ? undefined : (request.namespace ?? context.namespace),
      labelSelector: request.selector,
      fieldSelector: request.name === undefined ? undefined : `metadata.name=${request.name}`,
    },
  };
}

async function findResource({ discovery }: Kubernetes, { id }: KubeContext, word: string): Promise<WatchableResource> {
  await discovery.want(id);
  const current = discovery.current(id);
  if (current?.state === 'failed') throw current.failure;
  return findKind(word, (current && lastValue(current)) ?? []);
}

/** The context that the options name, else the current one. Throws Failure that lists those there are. */
export async function chooseContext(
  kubernetes: Kubernetes,
  request: { readonly context?: string | undefined; readonly kubeconfig?: string | undefined },
  io: CliIo,
): Promise<KubeContext> {
  const configs = await kubernetes.contexts.load(request.kubeconfig);
  for (const failure of configs.failures) io.err(failure.message);
  const { contexts } = configs;
  if (request.context !== undefined) return contextNamed(request.context, configs);
  const chosen =
    contexts.find(({ id }) => id === configs.current) ??
    contexts.find((each) => kubernetes.contexts.local(each) !== undefined);
  if (chosen !== undefined) return chosen;
  throw new Failure(
    'notFound',
    t(
      'No kubeconfig names a current context. Choose one with --context, or create a local cluster: gantry cluster create',
    ),
  );
}

type Rows = Look<AnyRow>;

/** Waits for a complete list, prints it and ends. */
async function once(look: Rows, listing: Listing, io: CliIo): Promise<Exit> {
  await complete(look, io.signal);
  const state = look.state();
  if ('failure' in state) throw state.failure;
  const rows = inOrder(look.rows);
  const { kind, namespace, resource } = listing.query;
  if (listing.json) io.out(JSON.stringify(rows.map(layoutOf(kind).json), undefined, 2));
  else if (rows.length > 0)
    for (const line of table([header(rows[0], listing), ...rows.map((row) => cells(row, listing))])) io.out(line);
  if (rows.length > 0) return exit.done;
  if (listing.name !== undefined) {
    const what = resource?.resource ?? kind;
    io.err(
      namespace === undefined
        ? t('{0} {1} was not found.', what, listing.name)
        : t('{0} {1} was not found in namespace {2}.', what, listing.name, namespace),
    );
    return exit.problems;
  }
  if (!listing.json)
    io.err(namespace === undefined ? t('No resources found.') : t('No resources found in namespace {0}.', namespace));
  return exit.done;
}

/** Prints what there is, then each row as it changes, until Ctrl-C; a row that went is printed with a minus sign. */
async function follow(look: Rows, listing: Listing, io: CliIo): Promise<Exit> {
  await complete(look, io.signal);
  const state = look.state();
  if (state.state === 'failed') throw state.failure;
  const { json } = layoutOf(listing.query.kind);
  const printed = new Map<string, AnyRow>();
  let headed = listing.json;
  const print = (keys: Iterable<string>): void => {
    const lines: string[][] = [];
    for (const key of [...keys].sort()) {
      const row = look.rows.get(key);
      const before = printed.get(key);
      const shown = row ?? before;
      if (shown === undefined) continue;
      if (row === undefined) printed.delete(key);
      else printed.set(key, row);
      if (listing.json) io.out(JSON.stringify(row === undefined ? { gone: json(shown) } : { row: json(row) }));
      else lines.push(cells(shown, listing, row === undefined));
      if (!headed) lines.unshift(header(shown, listing));
      headed = true;
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

/** The API's own order: by the bytes of `namespace/name`, which is how etcd holds them. */
function inOrder(rows: ReadonlyMap<string, AnyRow>): AnyRow[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row);
}

function header(row: AnyRow | undefined, { query, showNamespace }: Listing): string[] {
  const columns = layoutOf(query.kind).header(row);
  return showNamespace ? ['NAMESPACE', ...columns] : columns;
}

function cells(row: AnyRow, { query, showNamespace }: Listing, gone = false): string[] {
  const columns = layoutOf(query.kind).cells(row, Date.now());
  if (gone) columns[0] = `-${columns[0]}`;
  return showNamespace ? [row.namespace, ...columns] : columns;
}
