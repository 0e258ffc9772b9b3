/** What the checks need of the other domains; `compose.ts` fills it. Everything is asked for when a check needs it. */
import type { Disposable } from '../core/disposable.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

/** A gRPC call as it went. */
export interface GrpcAnswer {
  /** `OK`, `DEADLINE_EXCEEDED` …; undefined when the call could not be made. */
  readonly code?: string;
  /** The messages that came, as JSON texts. */
  readonly messages: readonly string[];
  /** What the server said beside the code, or why the call could not be made. */
  readonly details: string;
}

export interface GrpcRequest {
  /** `127.0.0.1:PORT`, plaintext. */
  readonly target: string;
  /** `package.Service/Method`, found by reflection. */
  readonly method: string;
  /** JSON texts, sent as they come. */
  readonly messages: AsyncIterable<string>;
  readonly metadata: readonly (readonly [name: string, value: string])[];
  /** Milliseconds. */
  readonly deadline: number;
  /** Told of each message as it comes. */
  readonly onMessage?: (json: string) => void;
}

export interface ContainerOptions {
  readonly image: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly env: readonly string[];
  /** Where it is reached: at one of its ports, published at a free port of 127.0.0.1, or only within another's network. */
  readonly at: { readonly port: number } | { readonly networkOf: string };
  readonly readOnly: boolean;
  readonly dropCapabilities: boolean;
  readonly user?: string;
  /** Bytes. */
  readonly memory?: number;
  /** How many processors' time it gets, at most; a fraction, too. */
  readonly processors?: number;
  /** How often the image's HEALTHCHECK is run, in place of what the image says. */
  readonly health?: HealthOptions;
}

export interface HealthOptions {
  /** Milliseconds. */
  readonly interval: number;
  /** Milliseconds after which it counts as failed. */
  readonly timeout: number;
  /** Failures in a row that make it unhealthy. */
  readonly retries: number;
}

export interface ContainerState {
  readonly running: boolean;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** The port of 127.0.0.1; undefined when it does not run. */
  readonly port?: number;
  /** `healthy`, `unhealthy`, `starting`; undefined without a HEALTHCHECK. */
  readonly health?: string;
}

export interface ImageFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly size: number;
  /** Its first bytes, 256 at most, a character each. */
  readonly head: string;
}

export interface ImageFacts {
  readonly id: string;
  readonly user: string;
  /** Digests of the layers, from the first to the last. */
  readonly layers: readonly string[];
  readonly entrypoint: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** What the steps of its making were. */
  readonly history: readonly string[];
}

export interface BuildOptions {
  /** With the Dockerfile; its .dockerignore is obeyed. */
  readonly folder: string;
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly args: Readonly<Record<string, string>>;
}

/** How a build went. */
export interface BuildResult {
  /** Undefined when it ended with an image; else the step that failed, its line and the end of what it printed. */
  readonly failure?: { readonly line?: number; readonly text: string };
  /** The steps that were run and not taken from the cache, and what each printed. */
  readonly ran: readonly { readonly line?: number; readonly name: string; readonly output: string }[];
}

/** A connection to an engine, held open. */
export interface EngineHold extends Disposable {
  /** Whether the engine ended since: containers it ended with it say nothing about the program. */
  readonly lost: boolean;
}

/** A container engine of this machine. */
export interface EnginePort {
  /** Its address, for links into the Containers view. */
  readonly address: string;
  /** Throws a Failure when it could not be tried. */
  build(options: BuildOptions, signal: AbortSignal): Promise<BuildResult>;
  image(name: string, signal: AbortSignal): Promise<ImageFacts>;
  /** The files of a container made of the image, and the content of one of them. */
  files(
    image: string,
    labels: Readonly<Record<string, string>>,
    content: string,
    signal: AbortSignal,
  ): Promise<{ readonly files: readonly ImageFile[]; readonly content?: Buffer }>;
  /** Where one of the texts is found in the image: a layer, also what a later one removed, or its settings and history. */
  find(image: string, texts: readonly string[], signal: AbortSignal): Promise<'layer' | 'settings' | undefined>;
  /** Makes and starts a container; returns its id. */
  run(options: ContainerOptions, signal: AbortSignal): Promise<string>;
  state(id: string, signal: AbortSignal): Promise<ContainerState>;
  logs(id: string, signal: AbortSignal): Promise<string>;
  /** As `docker stop`: SIGTERM, and SIGKILL after so many seconds. */
  stop(id: string, seconds: number, signal: AbortSignal): Promise<void>;
  /** Sends process 1 of it what `docker stop` begins with: SIGTERM, unless its image names another. Resolves once it is sent. */
  askToStop(id: string, signal: AbortSignal): Promise<void>;
  /** Sends a signal to process 1 of it; resolves once it is sent. */
  kill(id: string, name: NodeJS.Signals, signal: AbortSignal): Promise<void>;
  /**
   * Runs the command of its HEALTHCHECK in it, with these variables besides its own. Its exit code; undefined when it did
   * not end in so many milliseconds.
   */
  runHealth(id: string, env: readonly string[], milliseconds: number, signal: AbortSignal): Promise<number | undefined>;
  /** Waits for its end; its exit code. */
  wait(id: string, signal: AbortSignal): Promise<number>;
  /** How many processors it has. */
  processors(signal: AbortSignal): Promise<number>;
  /** Holds a connection to the engine, which breaks when the engine ends, also when it is back at once. */
  hold(signal: AbortSignal): Promise<EngineHold>;
  /** Removes the containers and images with this label; anything else stays. */
  removeAll(label: string): Promise<void>;
}

/** The administrator's way into a cluster. */
export interface ClusterPort {
  /** The name of its context, for links into the Pods view. */
  readonly context: string;
  /** `https://127.0.0.1:PORT`. */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** A cluster whose pods run: its nodes are containers of an engine of this machine. */
export interface PodCluster extends ClusterPort {
  /** Brings an image of `EnginePort` into every node, under its name. */
  load(image: string, signal: AbortSignal): Promise<void>;
  /** Takes it out of every node again; one that is not there is no fault. */
  unload(image: string, signal: AbortSignal): Promise<void>;
}

/** There is none; a person can have it made at once. */
export class NoPodCluster extends Failure {
  constructor() {
    super('notFound', t('No local cluster that runs pods is there. Create one: gantry cluster create --container'));
    this.name = 'NoPodCluster';
  }
}

/** No container engine answers. It says what to do, in the words of whoever looked for one. */
export class NoEngine extends Failure {
  constructor({ kind, message }: Failure) {
    super(kind, message);
    this.name = 'NoEngine';
  }
}

export interface CheckPorts {
  /** The built program of `labkit/<name>`; builds it when this is the first time, which takes minutes. */
  labkit(name: string, report: (step: string) => void, signal: AbortSignal): Promise<string>;
  grpc(request: GrpcRequest, signal: AbortSignal): Promise<GrpcAnswer>;
  /** Throws `NoEngine`. */
  engine(signal: AbortSignal): Promise<EnginePort>;
  /** The local cluster; starts it when it does not run. Throws a Failure that says what to do. */
  cluster(report: (step: string) => void, signal: AbortSignal): Promise<ClusterPort>;
  /** A cluster in containers that runs: ours, or one of kind or k3d. Throws `NoEngine`, `NoPodCluster`. */
  podCluster(signal: AbortSignal): Promise<PodCluster>;
}
