/** What the loop needs of the others: something that reads the folder, and a cluster that runs what was built. */
import { Failure } from '../core/failure.ts';
import type { DebugConfiguration } from '../core/goDebug.ts';

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
  /** Its name, or the id of one that the program shows. */
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

/** A workload in which Delve holds the program. */
export interface Debugged {
  readonly configuration: DebugConfiguration;
  /** Resolves with a sentence when there is nothing left to debug: the workload, or this session's hold on it, is gone. */
  readonly over: Promise<string>;
  /** Makes the workload what it was; resolves with false when nothing is left to do. Throws Failure; then the next start does so. */
  end(): Promise<boolean>;
}

export interface DebugRequest {
  readonly workload: Workload;
  /** As the manifests name it. */
  readonly image: string;
  /** What was built under that name. */
  readonly id: string;
  /** The Go module. */
  readonly folder: string;
  /** The folder that is open in the editor. */
  readonly workspace: string;
}

/** A cluster whose nodes are containers of this machine's engine. */
export interface Target {
  /** Its context's name. */
  readonly name: string;
  /** The images that the workloads of a text name. Throws Failure `invalid` for what is no manifest. */
  images(manifests: string): readonly string[];
  /** The workloads of a text that run an image and whose pods can be debugged, and whether the cluster has each. */
  running(
    manifests: string,
    image: string,
    signal: AbortSignal,
  ): Promise<readonly (Workload & { readonly there: boolean })[]>;
  /** Puts the program of a workload under Delve until it is told to end. Throws Failure, and then all is as it was. */
  debug(request: DebugRequest, report: Report, signal: AbortSignal): Promise<Debugged>;
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

/** What is asked of an intercept. */
export interface InterceptRequest {
  readonly place: Place;
  readonly service: string;
  /** Number or name of the Service's port; its first when left out. */
  readonly port?: string | undefined;
  /** The port of this machine's loopback where a program listens. */
  readonly to: number;
}

export interface InterceptTelling {
  readonly say: Report;
  readonly progress: Report;
}

export interface DevPorts extends Reader {
  /** Throws Failure for a cluster that is not of this machine: its nodes cannot be given an image. */
  target(place: Place, signal: AbortSignal): Promise<Target>;
  /** Leads a Service here. Resolves with why it ended. Throws Failure for what it cannot begin with. */
  intercept(request: InterceptRequest, telling: InterceptTelling, signal: AbortSignal): Promise<string>;
  /** Leads a Service back to its pods, whoever intercepts it. Resolves with false when nobody does. */
  endIntercept(place: Place, service: string, signal: AbortSignal): Promise<boolean>;
  /** Gives back what processes that are gone had of clusters. Returns a sentence for each. */
  mend(signal: AbortSignal): Promise<readonly string[]>;
}
