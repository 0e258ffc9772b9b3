/** What the loop needs of the others: something that reads the folder, and a cluster that runs what was built. */
import { Failure } from '../core/failure.ts';

/** Gets sentences for the person. */
export type Report = (sentence: string) => void;

/** A step that failed, with what there is to read about it. */
export class StepFailure extends Failure {
  /** Lines: places in the sources, what to do, the end of a log. */
  readonly details: readonly string[];

  constructor(failure: Failure, details: readonly string[]) {
    super(failure.kind, failure.message, failure.cause);
    this.name = 'StepFailure';
    this.details = details;
  }
}

export interface Sources {
  /** Where the Dockerfile is, and what it may copy. */
  readonly folder: string;
  /** In that folder. */
  readonly dockerfile: string;
}

export interface Reader {
  /** A text that is another one when something that goes into the image has changed. */
  fingerprint(sources: Sources): Promise<string>;
  /** The manifests that a kustomization stands for. Throws Failure with Kustomize's words. */
  kustomize(folder: string, report: Report, signal: AbortSignal): Promise<string>;
}

/** Which cluster is meant; the local one that runs when nothing is said. */
export interface Place {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
}

export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

export interface Applied {
  /** A line for each object: what became of it. */
  readonly lines: readonly string[];
  /** Those whose pods run the image, and what tells when a rollout of them is over. */
  readonly rollouts: readonly Rollout[];
  readonly reachable: readonly Reachable[];
}

/** A workload's way to new pods. */
export interface Rollout {
  readonly workload: Workload;
  /** Resolves when its pods are those of the last apply. Throws StepFailure when they get no further. */
  done(report: Report, signal: AbortSignal): Promise<void>;
}

/** What a port can be forwarded to. */
export interface Reachable extends Workload {
  readonly port: number;
}

/** A cluster whose nodes are containers of this machine's engine. */
export interface Target {
  /** Its context's name. */
  readonly name: string;
  /** The images that the workloads of a text name. Throws Failure `invalid` for what is no manifest. */
  images(manifests: string): readonly string[];
  /** Builds an image under this name. Returns its id. Throws StepFailure that says where the build failed. */
  build(sources: Sources, image: string, output: Report, signal: AbortSignal): Promise<string>;
  /** Brings an image of the engine to every node, under a name that no other image has. Returns that name. */
  load(image: string, id: string, report: Report, signal: AbortSignal): Promise<string>;
  /** Applies all objects, or none when one of them would be refused. @param images what stands for what is written. */
  apply(manifests: string, images: ReadonlyMap<string, string>, signal: AbortSignal): Promise<Applied>;
  /** Lines of the pods of a workload that are to come. */
  logs(workload: Workload, signal: AbortSignal): AsyncIterable<readonly string[]>;
  /** Listens on a port of this machine, called again on the same one for new connections alone. Returns `127.0.0.1:PORT`. */
  forward(reachable: Reachable): Promise<string>;
  /** Deletes the objects that were not there before they were applied. */
  remove(signal: AbortSignal): Promise<void>;
  dispose(): void;
}

export interface DevPorts extends Reader {
  /** Throws Failure for a cluster that is not of this machine: its nodes cannot be given an image. */
  target(place: Place, signal: AbortSignal): Promise<Target>;
}
