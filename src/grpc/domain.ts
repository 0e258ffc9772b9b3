/** gRPC: servers, their schemas, and calls. */
import type { Disposable } from '../core/disposable.ts';
import { Emitter, type Event } from '../core/emitter.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import type { TreeSource } from '../core/tree.ts';
import { Channels } from './channels.ts';
import type { ConnectionOptions } from './connection.ts';
import { createEngine, failedEvent } from './engine.ts';
import type { CallEvent, MetadataEntries } from './events.ts';
import type { GrpcNode, MethodNode } from './nodes.ts';
import { sampleRequest } from './samples.ts';
import { type Schema, findMethod } from './schema.ts';
import { type Reach, Servers } from './servers.ts';
import { parseTarget } from './target.ts';
import { GrpcTree, type ListedServer, methodNode } from './tree.ts';

export interface GrpcDeps {
  readonly log: Log;
  readonly settings: GrpcSettings;
  /** Servers that something else knows of, such as those of the demo workspace. */
  readonly found?: FoundServers;
}

export interface GrpcSettings {
  /** Addresses of the servers the person added. */
  servers(): readonly string[];
  /** Seconds a call may take unless it says otherwise. */
  deadline(): number;
  /** How servers are connected to, by address, where more than the address is needed. */
  readonly connections?: () => Readonly<Record<string, ConnectionOptions>>;
  /** The list of servers, or how they are connected to, changed. */
  readonly onDidChange: Event<void>;
}

export interface FoundServers {
  list(): readonly { readonly name: string; readonly target: string }[];
  readonly onDidChange: Event<void>;
}

export interface CallRequest {
  readonly target: string;
  /** `package.Service/Method`. */
  readonly method: string;
  /** JSON texts. */
  readonly messages: AsyncIterable<string>;
  readonly metadata?: MetadataEntries;
  /** Seconds; the setting's when not given. */
  readonly deadline?: number;
  readonly onSent?: (event: CallEvent & { kind: 'sent' }) => void;
}

/** What the panel needs to begin with. */
export interface MethodDraft {
  readonly node: MethodNode;
  /** A request that can be sent as it is. */
  readonly sample: string;
  /** Seconds. */
  readonly deadline: number;
}

export interface Grpc extends Disposable {
  tree(): TreeSource<GrpcNode>;
  /** Servers of the view. */
  servers(): readonly ListedServer[];
  /** For as long as this lives, over what the settings say. */
  configure(target: string, reach: Reach): void;
  /** Asks every server of the view again. */
  refresh(): void;
  /** The server's schema, read now. Throws Failure. */
  schema(target: string): Promise<Schema>;
  /** All methods of a server. Throws Failure. */
  methods(target: string): Promise<readonly MethodNode[]>;
  draft(target: string, method: string): Promise<MethodDraft>;
  /** The schema is read again first, so that it is never stale. Never throws: the last event tells. */
  call(request: CallRequest, signal: AbortSignal): AsyncGenerator<CallEvent>;
  /** Ends every call and connection; resolves when they are gone. */
  close(): Promise<void>;
}

export function createGrpc({ log, settings, found }: GrpcDeps): Grpc {
  const channels = new Channels();
  const engine = createEngine(channels);
  const given = new Map<string, Reach>();
  const reach = (target: string): Reach => {
    const own = given.get(target);
    return { metadata: own?.metadata ?? [], connection: { ...settings.connections?.()[target], ...own?.connection } };
  };
  const servers = new Servers(channels, log, reach);
  const listChanged = new Emitter<void>();
  const subscriptions = [settings.onDidChange(() => listChanged.fire()), found?.onDidChange(() => listChanged.fire())];
  const list = (): readonly ListedServer[] => listServers(settings.servers(), found?.list() ?? []);
  let tree: GrpcTree | undefined;

  const method = (schema: Schema, target: string, name: string): NonNullable<ReturnType<typeof findMethod>> => {
    const known = findMethod(schema, name);
    if (known === undefined) throw new Failure('notFound', t('{0} has no method {1}.', target, name));
    return known;
  };

  async function* call(request: CallRequest, signal: AbortSignal): AsyncGenerator<CallEvent> {
    const { target, metadata = [], messages } = request;
    const parsed = parseTarget(target);
    const service = request.method.replace(/^\//, '').replace(/[/.][^/.]*$/, '');
    const { schema } = await servers.current(target, service, metadata, signal);
    const callable = { method: method(schema, target, request.method), types: schema.types };
    const deadline = (request.deadline ?? settings.deadline()) * 1000;
    const { connection } = reach(target);
    const { onSent } = request;
    const options = { target: parsed, metadata, deadline, connection, ...(onSent === undefined ? {} : { onSent }) };
    yield* engine.call(callable, messages, options, signal);
  }

  const close = async (): Promise<void> => {
    for (const subscription of subscriptions) subscription?.dispose();
    tree?.dispose();
    listChanged.dispose();
    servers.dispose();
    await channels.close();
  };

  return {
    tree: () => (tree ??= new GrpcTree(servers, { list, onDidChange: listChanged.event })),
    servers: list,
    configure: (target, reach) => void given.set(target, reach),
    refresh: () => {
      listChanged.fire();
      for (const { target } of list()) void servers.load(target);
    },
    schema: async (target) => (await servers.schema(target)).schema,
    methods: async (target) => {
      const { schema } = await servers.schema(target);
      return schema.services.flatMap((service) => service.methods.map((each) => methodNode(target, each)));
    },
    draft: async (target, name) => {
      const { schema } = await servers.schema(target);
      const known = method(schema, target, name);
      return { node: methodNode(target, known), sample: sampleRequest(known.input), deadline: settings.deadline() };
    },
    call: async function* (request, signal) {
      try {
        yield* call(request, signal);
      } catch (error) {
        yield failedEvent(error);
      }
    },
    close,
    dispose: () => void close().catch((error: unknown) => log.error('closing the gRPC connections failed', error)),
  };
}

/** The person's own first; one that is found as well keeps its name and stays removable. */
function listServers(
  written: readonly string[],
  found: readonly { readonly name: string; readonly target: string }[],
): readonly ListedServer[] {
  const listed = new Map<string, ListedServer>();
  for (const text of written) {
    const target = text.trim();
    if (target !== '') listed.set(target, { target, removable: true });
  }
  for (const { name, target } of found) {
    listed.set(target, { target, name, removable: listed.get(target)?.removable ?? false });
  }
  return [...listed.values()];
}
