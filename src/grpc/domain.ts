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
import type { CallEvent, MetadataEntries, RequestPlace } from './events.ts';
import type { GrpcNode, MethodNode } from './nodes.ts';
import { problemsOf } from './encode.ts';
import { sampleRequest } from './samples.ts';
import { type Schema, findMethod } from './schema.ts';
import { type Shapes, messageNames, shapesOf } from './shapes.ts';
import { Places, type TargetSettings, type Ways, placeName } from './places.ts';
import { type LibraryDeps, ProtoLibrary, type Selection } from './protos/library.ts';
import type { Contract } from './protos/contract.ts';
import type { RequestDocument, RequestEntry } from './requests/document.ts';
import type { RunEvent, RunOptions } from './requests/run.ts';
import { type Reach, Servers, withDefaults } from './servers.ts';
import { GrpcTree, type ListedServer, methodNode } from './tree.ts';

export interface GrpcDeps {
  readonly log: Log;
  readonly settings: GrpcSettings;
  /** Servers that something else knows of, such as those of the demo workspace. */
  readonly found?: FoundServers;
  /** Where schemas lie in files, and what compiles them. */
  readonly files?: Omit<LibraryDeps, 'log' | 'report'>;
  /** Targets with names, environments and secrets. */
  readonly targets?: TargetSettings;
  /** The ways to servers in clusters and containers. */
  readonly ways?: Ways;
  readonly env?: NodeJS.ProcessEnv;
}

export interface GrpcSettings {
  /** Addresses of the servers the person added. */
  servers(): readonly string[];
  /** Seconds a call may take unless it says otherwise. */
  deadline(): number;
  /** How servers are connected to, by address, where more than the address is needed. */
  readonly connections?: () => Readonly<Record<string, ServerOptions>>;
  /** The list of servers, or how they are connected to, changed. */
  readonly onDidChange: Event<void>;
}

export interface ServerOptions extends ConnectionOptions {
  /** .proto files, descriptor sets, or folders of them, that its schema lies in. */
  readonly schema?: readonly string[];
}

/** What a program is told about a server, over what the settings say. */
export interface GivenReach {
  readonly metadata?: MetadataEntries;
  readonly connection?: ConnectionOptions;
  readonly files?: Selection;
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
  /** What the request may hold. */
  readonly shapes: Shapes;
  /** Full names of the messages an Any may hold. */
  readonly anyTypes: readonly string[];
}

/** Something that keeps a request from being sent, at offsets of one of its messages. */
export interface RequestProblem extends RequestPlace {
  readonly text: string;
}

export interface Grpc extends Disposable {
  tree(): TreeSource<GrpcNode>;
  /** Servers of the view. */
  servers(): readonly ListedServer[];
  /** For as long as this lives, over what the settings say. */
  configure(target: string, reach: GivenReach): void;
  /** Asks every server of the view again. */
  refresh(): void;
  /** The server's schema, read now. Throws Failure. */
  schema(target: string): Promise<Schema>;
  /** All methods of a server. Throws Failure. */
  methods(target: string): Promise<readonly MethodNode[]>;
  draft(target: string, method: string): Promise<MethodDraft>;
  /**
   * Full name of a service, method, message, field, enum or value → what its source says of it. A server rarely publishes
   * that; then it is what the workspace's files say. Never throws.
   */
  comments(target: string): Promise<ReadonlyMap<string, string>>;
  /** What a .proto file says of the services in it. Throws Failure. */
  contract(file: string, signal: AbortSignal): Promise<Contract>;
  /** What the messages of these names may hold, as far as they are known. */
  shapes(target: string, names: readonly string[]): Promise<Shapes>;
  /** What is wrong with messages (JSON texts) for a method, by the schema as it was last read. */
  check(target: string, method: string, messages: readonly string[]): Promise<readonly RequestProblem[]>;
  /** The schema is read again first, so that it is never stale. Never throws: the last event tells. */
  call(request: CallRequest, signal: AbortSignal): AsyncGenerator<CallEvent>;
  /** Sends requests of a file, one after the other. Never throws: each tells how it ended. */
  run(
    document: RequestDocument,
    entries: readonly RequestEntry[],
    options: Partial<RunOptions>,
    signal: AbortSignal,
  ): AsyncGenerator<RunEvent>;
  /** Ends every call and connection; resolves when they are gone. */
  close(): Promise<void>;
}

export function createGrpc(deps: GrpcDeps): Grpc {
  const { log, settings, found, env } = deps;
  const channels = new Channels();
  const engine = createEngine(channels);
  const given = new Map<string, GivenReach>();
  const places = new Places({
    settings: deps.targets,
    ways: deps.ways,
    env,
    folder: () => deps.files?.folders()[0],
    connection: (address) => settings.connections?.()[address] ?? {},
  });
  const locate = async (target: string, signal: AbortSignal): Promise<Reach> => {
    const place = await places.locate(target, signal);
    const own = given.get(target);
    return {
      ...place,
      reflection: own?.metadata ?? [],
      connection: { ...place.connection, ...own?.connection },
      files: own?.files ?? place.files,
    };
  };
  const report = (sentence: string | undefined): void => servers.wait(sentence);
  const library = deps.files === undefined ? undefined : new ProtoLibrary({ log, report, ...deps.files });
  const servers = new Servers(channels, log, locate, library);
  const listChanged = new Emitter<void>();
  const subscriptions = [settings.onDidChange(() => listChanged.fire()), found?.onDidChange(() => listChanged.fire())];
  const list = (): readonly ListedServer[] =>
    listServers(settings.servers(), [
      ...Object.keys(deps.targets?.targets() ?? {}).map((name) => ({ name, target: `@${name}` })),
      ...(found?.list() ?? []),
    ]);
  let tree: GrpcTree | undefined;

  const method = (schema: Schema, target: string, name: string): NonNullable<ReturnType<typeof findMethod>> => {
    const known = findMethod(schema, name);
    if (known === undefined) throw new Failure('notFound', t('{0} has no method {1}.', target, name));
    return known;
  };

  async function* call(request: CallRequest, signal: AbortSignal): AsyncGenerator<CallEvent> {
    const { target, metadata = [], messages } = request;
    const service = request.method.replace(/^\//, '').replace(/[/.][^/.]*$/, '');
    const { schema } = await servers.current(target, service, metadata, signal);
    const callable = { method: method(schema, target, request.method), types: schema.types };
    const deadline = (request.deadline ?? settings.deadline()) * 1000;
    // Also where the way there had to be made again: a forward that was stopped.
    const reach = await locate(target, signal);
    const { connection } = reach;
    const { onSent } = request;
    const sent = withDefaults(metadata, reach.metadata);
    const options = {
      target: reach.target,
      metadata: sent,
      deadline,
      connection,
      ...(onSent === undefined ? {} : { onSent }),
    };
    yield* engine.call(callable, messages, options, signal);
  }

  async function* safely(request: CallRequest, signal: AbortSignal): AsyncGenerator<CallEvent> {
    try {
      yield* call(request, signal);
    } catch (error) {
      yield failedEvent(error);
    }
  }

  const closed = new AbortController();
  const commentsAt = async (target: string): Promise<ReadonlyMap<string, string>> => {
    try {
      const { schema } = await servers.schema(target);
      if (schema.comments.size > 0 || library === undefined) return schema.comments;
      const { linkLoaded } = await import('./protos/link.ts');
      return linkLoaded(await library.load({}, closed.signal)).comments;
    } catch {
      return new Map(); // Comments are a help, never a need.
    }
  };

  const close = async (): Promise<void> => {
    closed.abort();
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
      const known = await servers.schema(target);
      return known.schema.services.flatMap(({ methods }) => methods.map((each) => methodNode(target, each, known)));
    },
    draft: async (target, name) => {
      const known = await servers.schema(target);
      const found = method(known.schema, target, name);
      const { types, comments } = known.schema;
      return {
        node: methodNode(target, found, known),
        sample: sampleRequest(found.input),
        deadline: settings.deadline(),
        shapes: shapesOf([found.input.typeName], types, comments),
        anyTypes: messageNames(types),
      };
    },
    comments: commentsAt,
    contract: async (file, signal) => {
      if (library === undefined) throw new Failure('notFound', t('No .proto files are read here.'));
      const { readContract } = await import('./protos/contract.ts');
      return readContract(library, file, signal);
    },
    shapes: async (target, names) => {
      const [{ schema }, comments] = await Promise.all([servers.schema(target), commentsAt(target)]);
      return shapesOf(names, schema.types, comments);
    },
    check: async (target, name, messages) => {
      const { schema } = await servers.schema(target);
      const { input } = method(schema, target, name);
      return messages.flatMap((text, message) =>
        problemsOf(input, text, schema.types).map(({ message: sentence, start, end }) => {
          return { message, start, end, text: sentence };
        }),
      );
    },
    call: safely,
    run: async function* (document, entries, options, signal) {
      const [{ runRequests }, { callHttp }] = await Promise.all([
        import('./requests/run.ts'),
        import('./requests/httpCall.ts'),
      ]);
      const tools = { call: safely, http: callHttp, locate, variables: places.variables() };
      const chosen = options.environment ?? deps.targets?.environment();
      yield* runRequests(
        document,
        entries,
        tools,
        { deadline: settings.deadline(), ...options, environment: chosen },
        signal,
      );
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
    const name = placeName(target);
    if (target !== '') listed.set(target, { target, removable: true, ...(name === undefined ? {} : { name }) });
  }
  for (const { name, target } of found) {
    listed.set(target, { target, name, removable: listed.get(target)?.removable ?? false });
  }
  return [...listed.values()];
}
