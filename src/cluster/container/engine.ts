/** The port to a container engine: what a cluster in a container needs of one. The composition fills it. */
import type { Readable } from 'node:stream';
import type { LogFeed } from '../../core/log/entry.ts';

export interface ContainerEngine {
  /** Its address: what tells it from others. */
  readonly address: string;
  facts(signal: AbortSignal): Promise<EngineFacts>;
  /** Undefined when the engine does not have it. */
  image(name: string, signal: AbortSignal): Promise<ImageFacts | undefined>;
  /** Names of all images that have one. */
  imageNames(signal: AbortSignal): Promise<readonly string[]>;
  /** Resolves when the image is there. Throws Failure. */
  pull(name: string, report: (sentence: string) => void, signal: AbortSignal): Promise<void>;
  /** One platform of an image as `docker save` writes it. */
  save(name: string, platform: Platform, signal: AbortSignal): Promise<Readable>;
  /** @param body of the engine's `POST /containers/create`. Returns the id. Throws Failure `conflict` for a name in use. */
  create(name: string, body: object, signal: AbortSignal): Promise<string>;
  /** Unpacks an archive into a folder of a container that may not have been started. */
  put(id: string, folder: string, archive: Buffer, signal: AbortSignal): Promise<void>;
  start(id: string, signal: AbortSignal): Promise<void>;
  /** What has stopped already is fine. */
  stop(id: string, signal: AbortSignal): Promise<void>;
  /** With its volumes; what is gone already is fine. */
  remove(id: string, signal: AbortSignal): Promise<void>;
  /** A container by name or id; undefined when there is none. */
  container(name: string, signal: AbortSignal): Promise<ContainerFacts | undefined>;
  /** The containers that run and bear a label. */
  labelled(label: string, signal: AbortSignal): Promise<readonly LabelledContainer[]>;
  /** A file of a container; undefined when there is none. */
  read(id: string, path: string, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Runs a command to its end, with `input` as its standard input. */
  exec(id: string, command: readonly string[], signal: AbortSignal, input?: Readable): Promise<ExecResult>;
  /** The end of what a container wrote. @param lines how much of it. */
  logs(id: string, lines: number, signal: AbortSignal): Promise<string>;
  /**
   * Yields at once, and each time a container of this name was started, ended or removed. Throws Failure when the engine
   * goes away.
   */
  changes(name: string, signal: AbortSignal): AsyncIterable<void>;
  /** What a container writes, from its last `lines` on, through restarts. */
  follow(id: string, name: string, lines: number): LogFeed;
}

/** Where clusters can be. */
export interface ContainerEngines {
  /** The one that the docker command would use. Throws a Failure that says what to do when it does not answer. */
  preferred(): Promise<ContainerEngine>;
  /** The engine at an address. Throws Failure `unreachable` when it does not answer. */
  at(address: string): Promise<ContainerEngine>;
}

export interface EngineFacts {
  /** `linux` or `windows`. */
  readonly os: string;
  /** As images name it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly cgroupVersion: '1' | '2' | '';
  /** Bytes; 0 when the engine does not say. */
  readonly memory: number;
  readonly rootless: boolean;
  /** Whether users of containers are mapped to others (`userns-remap`). */
  readonly remapped: boolean;
  /** Whether it can limit them. */
  readonly limits: { readonly memory: boolean; readonly cpu: boolean; readonly pids: boolean };
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

export interface ImageFacts extends Platform {
  readonly id: string;
}

export interface ContainerFacts {
  readonly id: string;
  readonly running: boolean;
  /** Exit status of the last run. */
  readonly exitCode: number;
  /** Whether the kernel ended it for want of memory. */
  readonly outOfMemory: boolean;
  /** When it was last started, in milliseconds since the epoch on the engine's clock; 0 when it never was. */
  readonly started: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface LabelledContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Ports of this machine that lead into it. */
  readonly ports: readonly number[];
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}
