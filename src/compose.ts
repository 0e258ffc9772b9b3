/**
 * Wires the domains together, once, for both programs. A domain is loaded when it is first asked for; what one needs of
 * another it declares as a port, filled here.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from './cluster/domain.ts';
import { type Disposable, DisposableStore } from './core/disposable.ts';
import { type Event, neverChanges } from './core/emitter.ts';
import { lazy } from './core/lazy.ts';
import type { Log } from './core/log.ts';
import { cacheFolder, loansFolder, stateFolder } from './core/platform.ts';
import type { Curriculum } from './curriculum/domain.ts';
import type { Language } from './curriculum/model.ts';
import { Failure } from './core/failure.ts';
import type { DevLoop } from './devloop/domain.ts';
import type { Docker } from './docker/domain.ts';
import type { ContainerNode } from './docker/nodes.ts';
import type { ConnectionOptions } from './grpc/connection.ts';
import type { Grpc } from './grpc/domain.ts';
import type { OfferedServer } from './grpc/offers.ts';
import type { TargetSettings } from './grpc/places.ts';
import type { Lessons } from './kubernetes/actions/explain/explanation.ts';
import type { Kubernetes, KubernetesDeps } from './kubernetes/domain.ts';
import type { RunningPod } from './kubernetes/images.ts';
import type { KubernetesNode } from './kubernetes/nodes.ts';
import { type Memory, passingMemory } from './core/memory.ts';
import type { ClusterSchemas } from './manifests/clusterSchemas.ts';
import type { Manifests } from './manifests/domain.ts';
import type { RenderChart } from './manifests/render.ts';
import type { Snippets } from './snippets/domain.ts';
import type { Scaffold } from './scaffold/domain.ts';
import type { RowCommand } from './serverRows.ts';
import type { Toolchain } from './toolchain/domain.ts';
import { toolsFolder } from './toolchain/folder.ts';

/** What the two programs differ in. */
export interface Surroundings {
  readonly log: Log;
  /** Where package.json, schemas, curriculum and labkit are. */
  readonly extensionFolder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly language: Language;
  /** False in an untrusted workspace: then nothing of it, and no credential plugin, is run. */
  readonly trusted: () => boolean;
  /** Asked before a credential plugin of a kubeconfig runs; left out, all may. */
  readonly approvePlugin?: KubernetesDeps['approvePlugin'];
  readonly workspaceFolder: () => string | undefined;
  /** All of them, where there may be several. */
  readonly workspaceFolders?: () => readonly string[];
  /** Keeps what the person chose to see, beyond the end of the program where it can. */
  readonly memory: Memory;
  /** As `memory`, for this workspace alone. */
  readonly workspaceMemory: Memory;
  readonly settings: {
    readonly dockerEndpoint: () => string;
    readonly dockerGroupBy: () => string;
    readonly onDidChangeDocker: Event<'gantry.docker.endpoint' | 'gantry.docker.groupBy'>;
    readonly vulnerabilityDatabase: () => string;
    readonly grpcServers: () => readonly string[];
    /** Seconds. */
    readonly grpcDeadline: () => number;
    /** By address. */
    readonly grpcConnections: () => Readonly<Record<string, ConnectionOptions>>;
    readonly grpcTargets?: TargetSettings;
    readonly onDidChangeGrpc: Event<void>;
  };
}

export interface Gantry extends Disposable {
  readonly cluster: () => Promise<Cluster>;
  readonly kubernetes: () => Promise<Kubernetes>;
  readonly docker: () => Promise<Docker>;
  readonly grpc: () => Promise<Grpc>;
  /** The ports of a row of another view that may be gRPC servers. Throws Failure for a row that has none. */
  readonly grpcServersOf: (
    row: KubernetesNode | ContainerNode,
    signal: AbortSignal,
  ) => Promise<readonly OfferedServer[]>;
  /** Where a server of the gRPC view runs, as the command that shows it. Throws Failure where nothing is known of that. */
  readonly rowOfServer: (target: string, signal: AbortSignal) => Promise<RowCommand>;
  /** What clusters know of images. */
  readonly podsAndImages: {
    readonly podsOfImage: (isMeant: (image: string) => boolean, signal: AbortSignal) => Promise<readonly RunningPod[]>;
    readonly imageOf: (row: KubernetesNode, signal: AbortSignal) => Promise<string>;
  };
  readonly manifests: () => Promise<Manifests>;
  /** The schemas that clusters serve, for manifests. */
  readonly clusterSchemas: () => Promise<ClusterSchemas>;
  /** Renders charts with the person's helm. */
  readonly renderChart: RenderChart;
  readonly curriculum: () => Promise<Curriculum>;
  readonly snippets: () => Promise<Snippets>;
  readonly toolchain: () => Promise<Toolchain>;
  readonly scaffold: () => Promise<Scaffold>;
  readonly devLoop: () => Promise<DevLoop>;
  /**
   * Gives back what sessions that broke off have left lent in clusters. Resolves with a sentence for each. Nothing is
   * loaded where there is nothing.
   */
  readonly mend: (signal: AbortSignal) => Promise<readonly string[]>;
  /** Ends what is held in clusters, then disposes. */
  close(): Promise<void>;
}

export function compose({
  log,
  extensionFolder,
  env,
  language,
  trusted,
  approvePlugin,
  workspaceFolder,
  workspaceFolders = () => [workspaceFolder()].filter((folder) => folder !== undefined),
  memory,
  workspaceMemory,
  settings,
}: Surroundings): Gantry {
  const store = new DisposableStore();
  const own = <T extends Disposable>(load: () => Promise<T>): (() => Promise<T>) =>
    lazy(async () => store.add(await load()));
  let hasGo = false;
  /** For domains that run Go: one that was installed meanwhile is found, too. */
  const withGo =
    <T>(domain: () => Promise<T>): (() => Promise<T>) =>
    async () => {
      if (!hasGo) hasGo = await (await import('./toolchain/goOnPath.ts')).putGoOnPath(env);
      return domain();
    };

  const cluster = own(async () => {
    const { createCluster } = await import('./cluster/domain.ts');
    return createCluster({
      log,
      cacheFolder: cacheFolder(env),
      stateFolder: stateFolder(env),
      labkitFolder: join(extensionFolder, 'labkit'),
      engines: async () => (await import('./clusterEngine.ts')).clusterEngines(docker),
      kubeconfigs: async () => (await kubernetes()).kubeconfigs,
    });
  });
  const kubernetes: Gantry['kubernetes'] = own(async () => {
    const [{ createKubernetes }, local] = await Promise.all([import('./kubernetes/domain.ts'), cluster()]);
    await local.refresh(); // So that the first thing shown of local clusters is true.
    const approve = approvePlugin === undefined ? {} : { approvePlugin };
    const lessons = async (): Promise<Lessons> => {
      const { lessonsByTopic } = await import('./lessonsByTopic.ts');
      return lessonsByTopic(await curriculum());
    };
    return createKubernetes({ log, env, trusted, local, memory, workspaceMemory, lessons, ...approve });
  });
  const docker = own(async () => {
    const { createDocker } = await import('./docker/domain.ts');
    const { dockerEndpoint: endpoint, dockerGroupBy: groupBy, vulnerabilityDatabase } = settings;
    const onDidChange = settings.onDidChangeDocker;
    return createDocker({ log, endpoint, groupBy, onDidChange, vulnerabilityDatabase, trusted });
  });
  const grpc = own(async () => {
    const { createGrpc } = await import('./grpc/domain.ts');
    return createGrpc({
      log,
      settings: {
        servers: settings.grpcServers,
        deadline: settings.grpcDeadline,
        connections: settings.grpcConnections,
        onDidChange: settings.onDidChangeGrpc,
      },
      env,
      ...(settings.grpcTargets === undefined ? {} : { targets: settings.grpcTargets }),
      ways: {
        forward: async (place) => {
          const { contexts, forwards } = await kubernetes();
          await contexts.loaded();
          const { port, ...of } = place;
          const { address, problem } = await forwards.start({ ...of, remotePort: port, localPort: 0 });
          if (address === undefined) throw problem ?? new Failure('unreachable', of.name);
          return address;
        },
        published: async (name, port, signal) => {
          const { publishedAddress } = await import('./docker/published.ts');
          return publishedAddress(await docker(), name, port, signal);
        },
      },
      files: {
        folders: workspaceFolders,
        trusted,
        env,
        program: async (signal, report) => {
          const told = (sentence: string): void => {
            log.info(sentence);
            report(sentence);
          };
          return (await cluster()).labkit('protocompile', told, signal);
        },
        shipped: join(extensionFolder, 'schemas', 'protos'),
      },
    });
  });
  const manifests = own(async () => {
    const { createBoundedManifests } = await import('./manifests/bounded.ts');
    return createBoundedManifests({
      schemas: join(extensionFolder, 'schemas'),
      worker: join(extensionFolder, 'dist', 'manifestsWorker.js'),
    });
  });
  const clusterSchemas = lazy(async () => {
    const [{ ClusterSchemas }, { manifestClusters }] = await Promise.all([
      import('./manifests/clusterSchemas.ts'),
      import('./manifestClusters.ts'),
    ]);
    return new ClusterSchemas({ folder: join(cacheFolder(env), 'openapi'), clusters: manifestClusters(kubernetes) });
  });
  const renderChart: RenderChart = async (chart, signal) => {
    const { chartRenderer } = await import('./manifests/render.ts');
    return chartRenderer({ helm: async () => (await toolchain()).pathOf('helm'), trusted, env })(chart, signal);
  };
  const lessonGrpc = own(async () => (await import('./checkPorts.ts')).grpcOfLessons(log));
  const curriculum = own(async () => {
    const [{ createCurriculum }, { checkPorts }] = await Promise.all([
      import('./curriculum/domain.ts'),
      import('./checkPorts.ts'),
    ]);
    return createCurriculum({
      log,
      content: join(extensionFolder, 'curriculum'),
      workspace: workspaceFolder(),
      trusted,
      language,
      ports: checkPorts({ cluster, docker, grpc: lessonGrpc }),
    });
  });
  const titles = lazy(async () => {
    const { readOutline, stepsAndItemsOf } = await import('./curriculum/outline.ts');
    const items = stepsAndItemsOf(await readOutline(join(extensionFolder, 'curriculum')));
    return new Map(items.map(({ id, title }) => [id, title[language]]));
  });
  const snippets = lazy(async () => {
    const { createSnippets } = await import('./snippets/domain.ts');
    return createSnippets({
      content: join(extensionFolder, 'snippets'),
      language,
      trusted,
      lessonTitle: async (id) => (await titles()).get(id),
    });
  });
  const toolchain = lazy(async () => {
    const { createToolchain } = await import('./toolchain/domain.ts');
    return createToolchain({ env, folder: toolsFolder(env) });
  });
  const grpcServersOf: Gantry['grpcServersOf'] = async (row, signal) => {
    const { containerPlaceText, kubernetesPlaceText } = await import('./grpc/places.ts');
    if ('engine' in row) {
      const { publishedPorts } = await import('./docker/published.ts');
      const { name, ports } = await publishedPorts(await docker(), row, signal);
      return ports.map((port) => ({ target: containerPlaceText(name, port), port, portName: '' }));
    }
    const { offeredPorts } = await import('./kubernetes/forward/offers.ts');
    const offers = await offeredPorts(await kubernetes(), row as KubernetesNode, signal);
    return offers.map((offer) => ({ ...offer, target: kubernetesPlaceText(offer) }));
  };
  const rowOfServer: Gantry['rowOfServer'] = async (target, signal) => {
    const { rowOfServer: row } = await import('./serverRows.ts');
    return row(target, { kubernetes, docker }, signal);
  };
  const podsAndImages: Gantry['podsAndImages'] = {
    podsOfImage: async (isMeant, signal) => {
      const { podsOfImage } = await import('./kubernetes/images.ts');
      return podsOfImage(await kubernetes(), isMeant, signal);
    },
    imageOf: async (row, signal) => {
      const { imageOf } = await import('./kubernetes/images.ts');
      return imageOf(await kubernetes(), row, signal);
    },
  };
  const scaffold = lazy(async () => {
    const { createScaffold } = await import('./scaffold/domain.ts');
    return createScaffold({
      templates: join(extensionFolder, 'templates'),
      readContract: async (file, signal) => (await grpc()).contract(file, signal),
    });
  });
  let devLoopBegan = false;
  const devLoop = lazy(async () => {
    devLoopBegan = true;
    const [{ createDevLoop }, { devPorts }, { Journal }] = await Promise.all([
      import('./devloop/domain.ts'),
      import('./devPorts.ts'),
      import('./kubernetes/loans/journal.ts'),
    ]);
    const journal = new Journal(loansFolder(env));
    const kubernetesOf = async (kubeconfig: string): Promise<Kubernetes> => {
      const { createKubernetes } = await import('./kubernetes/domain.ts');
      const approve = approvePlugin === undefined ? {} : { approvePlugin };
      return createKubernetes({
        log,
        env: { ...env, KUBECONFIG: kubeconfig },
        trusted,
        local: { clusters: () => [], onDidChange: neverChanges, refresh: async () => {} },
        memory: passingMemory(),
        workspaceMemory: passingMemory(),
        ...approve,
      });
    };
    return createDevLoop(devPorts({ cluster, docker, kubernetes, kubernetesOf, trusted, journal }));
  });
  return {
    cluster: withGo(cluster),
    kubernetes,
    docker: withGo(docker),
    grpc: withGo(grpc),
    grpcServersOf,
    rowOfServer,
    podsAndImages,
    manifests,
    clusterSchemas,
    renderChart,
    curriculum: withGo(curriculum),
    snippets: withGo(snippets),
    toolchain: withGo(toolchain),
    scaffold: withGo(scaffold),
    devLoop: withGo(devLoop),
    mend: async (signal) => {
      const lent = await readdir(loansFolder(env)).catch(() => []);
      return lent.length === 0 ? [] : (await devLoop()).mend(signal);
    },
    close: async () => {
      if (devLoopBegan) await (await devLoop()).close();
      store.dispose();
    },
    dispose: () => store.dispose(),
  };
}
