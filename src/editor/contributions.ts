/**
 * Every id that package.json and the code share: commands with their arguments, views, settings with their types,
 * context keys. A unit test compares this file with package.json both ways.
 */
import type { Uri } from 'vscode';
import type { BuildRequest } from '../docker/build/build.ts';
import type { ContainerNode } from '../docker/nodes.ts';
import type { RunSpec } from '../docker/runSpec.ts';
import type { Filter as CurriculumFilter } from '../curriculum/model.ts';
import type { CurriculumNode } from '../curriculum/nodes.ts';
import type { ServerOptions } from '../grpc/domain.ts';
import type { GrpcNode } from '../grpc/nodes.ts';
import type { RuleSettings } from '../manifests/practice/catalog.ts';
import type { NamedTarget } from '../grpc/places.ts';
import type { Values as HelmValues } from '../kubernetes/helm/helm.ts';
import type { ObjectRef } from '../kubernetes/apiResource.ts';
import type { KubernetesNode } from '../kubernetes/nodes.ts';
import type { ServiceChoice } from '../scaffold/model.ts';

/** Command id → its arguments. A command from the palette gets none, so every handler asks for what it misses. */
export interface Commands {
  'gantry.showLog': [];
  'gantry.removeEverything': [];
  'gantry.logs.openDocument': [];
  'gantry.logs.search': [text?: string];
  'gantry.kubernetes.refresh': [];
  'gantry.kubernetes.copyName': [node?: KubernetesNode];
  'gantry.kubernetes.showMore': [node?: KubernetesNode];
  'gantry.kubernetes.filter': [text?: string];
  'gantry.kubernetes.clearFilter': [];
  'gantry.kubernetes.signIn': [node?: KubernetesNode];
  'gantry.kubernetes.addKubeconfig': [text?: string];
  'gantry.kubernetes.renameContext': [node?: KubernetesNode, name?: string];
  'gantry.kubernetes.removeContext': [node?: KubernetesNode];
  'gantry.kubernetes.selectNamespaces': [node?: KubernetesNode, names?: readonly string[]];
  /** The context by its name. */
  'gantry.kubernetes.revealNamespace': [context?: string, namespace?: string];
  'gantry.kubernetes.reveal': [ref?: ObjectRef];
  'gantry.kubernetes.helmValues': [node?: KubernetesNode];
  'gantry.kubernetes.helmManifest': [node?: KubernetesNode];
  'gantry.kubernetes.helmNotes': [node?: KubernetesNode];
  'gantry.kubernetes.helmHistory': [node?: KubernetesNode];
  'gantry.kubernetes.helmRollback': [node?: KubernetesNode, revision?: number];
  'gantry.kubernetes.helmUpgrade': [node?: KubernetesNode, chart?: string, values?: HelmValues];
  'gantry.kubernetes.helmUninstall': [node?: KubernetesNode];
  'gantry.kubernetes.addFavourite': [node?: KubernetesNode];
  'gantry.kubernetes.removeFavourite': [node?: KubernetesNode];
  'gantry.kubernetes.showLogs': [node?: KubernetesNode];
  'gantry.kubernetes.showPreviousLogs': [node?: KubernetesNode];
  'gantry.kubernetes.showLogsSince': [node?: KubernetesNode, seconds?: number];
  'gantry.kubernetes.openShell': [node?: KubernetesNode, shell?: string];
  'gantry.kubernetes.openOtherShell': [node?: KubernetesNode, shell?: string];
  'gantry.kubernetes.attach': [node?: KubernetesNode];
  'gantry.kubernetes.debug': [node?: KubernetesNode, image?: string];
  'gantry.kubernetes.copyFrom': [node?: KubernetesNode, path?: string, folder?: { readonly fsPath: string }];
  'gantry.kubernetes.copyTo': [node?: KubernetesNode, file?: { readonly fsPath: string }, path?: string];
  'gantry.kubernetes.forwardPort': [node?: KubernetesNode, ports?: string];
  'gantry.kubernetes.stopForward': [node?: KubernetesNode];
  /** The second is a port of this machine. */
  'gantry.kubernetes.intercept': [node?: KubernetesNode, to?: string];
  'gantry.kubernetes.endIntercept': [node?: KubernetesNode];
  'gantry.kubernetes.copyForwardAddress': [node?: KubernetesNode];
  'gantry.kubernetes.describe': [node?: KubernetesNode];
  'gantry.kubernetes.showEvents': [node?: KubernetesNode];
  'gantry.kubernetes.rolloutStatus': [node?: KubernetesNode];
  'gantry.kubernetes.rolloutHistory': [node?: KubernetesNode];
  'gantry.kubernetes.scale': [node?: KubernetesNode];
  'gantry.kubernetes.restart': [node?: KubernetesNode];
  'gantry.kubernetes.undo': [node?: KubernetesNode];
  'gantry.kubernetes.trigger': [node?: KubernetesNode];
  'gantry.kubernetes.suspend': [node?: KubernetesNode];
  'gantry.kubernetes.resume': [node?: KubernetesNode];
  'gantry.kubernetes.cordon': [node?: KubernetesNode];
  'gantry.kubernetes.uncordon': [node?: KubernetesNode];
  'gantry.kubernetes.drain': [node?: KubernetesNode];
  'gantry.kubernetes.explain': [node?: KubernetesNode];
  'gantry.kubernetes.showYaml': [node?: KubernetesNode];
  'gantry.kubernetes.revealSecret': [node?: KubernetesNode];
  'gantry.kubernetes.editSecret': [node?: KubernetesNode];
  /** The second is the namespace for objects that name none; the Explorer's menu hands over all files that are selected. */
  'gantry.kubernetes.applyFile': [uri?: Uri, into?: KubernetesNode | readonly Uri[]];
  'gantry.kubernetes.diffFile': [uri?: Uri];
  'gantry.kubernetes.validateFile': [uri?: Uri];
  /** With several rows selected, all of them come second. */
  'gantry.kubernetes.delete': [node?: KubernetesNode, nodes?: readonly KubernetesNode[]];
  /** The second is an action's id. */
  'gantry.kubernetes.showEquivalent': [node?: KubernetesNode, action?: string];
  /** The first is a kind. A button in the title hands over a row instead. */
  'gantry.cluster.create': [kind?: string, name?: string];
  'gantry.cluster.start': [node?: KubernetesNode];
  'gantry.cluster.stop': [node?: KubernetesNode];
  'gantry.cluster.delete': [node?: KubernetesNode];
  'gantry.cluster.snapshot': [node?: KubernetesNode];
  'gantry.cluster.reset': [node?: KubernetesNode, to?: string];
  'gantry.cluster.showLogs': [node?: KubernetesNode];
  'gantry.cluster.mergeKubeconfig': [node?: KubernetesNode];
  'gantry.cluster.exportKubeconfig': [node?: KubernetesNode, file?: Uri];
  'gantry.cluster.loadImage': [node?: KubernetesNode | ContainerNode, image?: string];
  'gantry.docker.refresh': [];
  'gantry.docker.showLogs': [node?: ContainerNode];
  'gantry.docker.reveal': [node?: ContainerNode];
  'gantry.docker.copyId': [node?: ContainerNode];
  'gantry.docker.start': [node?: ContainerNode];
  'gantry.docker.stop': [node?: ContainerNode];
  'gantry.docker.restart': [node?: ContainerNode];
  'gantry.docker.remove': [node?: ContainerNode];
  'gantry.docker.pause': [node?: ContainerNode];
  'gantry.docker.unpause': [node?: ContainerNode];
  'gantry.docker.kill': [node?: ContainerNode, signal?: string];
  'gantry.docker.rename': [node?: ContainerNode, name?: string];
  'gantry.docker.commit': [node?: ContainerNode, image?: string];
  'gantry.docker.top': [node?: ContainerNode];
  'gantry.docker.changes': [node?: ContainerNode];
  'gantry.docker.inspect': [node?: ContainerNode];
  'gantry.docker.compare': [node?: ContainerNode, other?: ContainerNode];
  'gantry.docker.copyLine': [node?: ContainerNode, line?: readonly string[]];
  'gantry.docker.run': [node?: ContainerNode, spec?: RunSpec];
  'gantry.docker.pull': [node?: ContainerNode, name?: string];
  'gantry.docker.push': [node?: ContainerNode];
  'gantry.docker.tag': [node?: ContainerNode, name?: string];
  'gantry.docker.save': [node?: ContainerNode, file?: { readonly fsPath: string }];
  'gantry.docker.load': [node?: ContainerNode, file?: { readonly fsPath: string }];
  'gantry.docker.showPods': [node?: ContainerNode];
  /** On a container of a pod. */
  'gantry.docker.showImage': [node?: KubernetesNode];
  'gantry.docker.history': [node?: ContainerNode];
  'gantry.docker.debug': [node?: ContainerNode, what?: { readonly folder: string; readonly package: string }];
  'gantry.docker.scan': [node?: ContainerNode];
  'gantry.docker.prune': [node?: ContainerNode];
  'gantry.docker.createVolume': [node?: ContainerNode, name?: string];
  'gantry.docker.createNetwork': [node?: ContainerNode, name?: string];
  'gantry.docker.exec': [node?: ContainerNode];
  'gantry.docker.attach': [node?: ContainerNode];
  'gantry.docker.openFile': [node?: ContainerNode];
  'gantry.docker.download': [node?: ContainerNode, folder?: { readonly fsPath: string }];
  'gantry.docker.signIn': [];
  'gantry.docker.signOut': [registry?: string];
  'gantry.docker.doctor': [];
  'gantry.docker.composeDown': [place?: ContainerNode | { readonly fsPath: string }];
  'gantry.docker.composeUp': [place?: ContainerNode | { readonly fsPath: string }];
  'gantry.docker.build': [place?: ContainerNode | { readonly fsPath: string }, given?: Partial<BuildRequest>];
  'gantry.docker.newDockerfile': [folder?: { readonly fsPath: string }];
  'gantry.grpc.addServer': [address?: string];
  'gantry.grpc.removeServer': [node?: GrpcNode];
  'gantry.grpc.refresh': [];
  'gantry.grpc.callMethod': [node?: GrpcNode];
  /** `passing`: a server that will soon be gone, and does not belong into the list. */
  'gantry.grpc.pasteGrpcurl': [line?: string, passing?: boolean];
  /** On a pod, service, workload or container. */
  'gantry.grpc.callObject': [node?: KubernetesNode | ContainerNode];
  'gantry.grpc.reveal': [node?: GrpcNode];
  'gantry.grpc.addServerFromFile': [uri?: Uri, address?: string];
  'gantry.grpc.selectEnvironment': [name?: string];
  'gantry.grpc.setSecret': [name?: string, value?: string];
  /** A request of a file, by its place in it. */
  'gantry.grpc.sendRequest': [uri?: Uri, index?: number];
  'gantry.grpc.debugRequest': [uri?: Uri, index?: number];
  'gantry.curriculum.open': [node?: CurriculumNode];
  'gantry.curriculum.start': [node?: CurriculumNode];
  'gantry.curriculum.check': [node?: CurriculumNode];
  'gantry.curriculum.checkAndKeep': [node?: CurriculumNode];
  'gantry.curriculum.openSubject': [node?: CurriculumNode];
  'gantry.curriculum.reset': [node?: CurriculumNode];
  'gantry.curriculum.undoReset': [node?: CurriculumNode];
  'gantry.curriculum.cancel': [node?: CurriculumNode];
  'gantry.curriculum.hint': [node?: CurriculumNode];
  'gantry.curriculum.solution': [node?: CurriculumNode];
  'gantry.curriculum.changes': [node?: CurriculumNode];
  'gantry.curriculum.attest': [node?: CurriculumNode];
  'gantry.curriculum.filter': [filter?: CurriculumFilter];
  /** A version, `cluster`, or a context. */
  'gantry.manifests.selectSchemas': [choice?: string];
  'gantry.manifests.validateRendered': [uri?: Uri];
  'gantry.snippets.insert': [prefix?: string];
  'gantry.snippets.getModules': [prefix?: string];
  'gantry.scaffold.newService': [choice?: ServiceChoice];
  'gantry.devloop.run': [place?: { readonly fsPath: string }];
  'gantry.devloop.debug': [place?: { readonly fsPath: string }];
  'gantry.toolchain.doctor': [];
  'gantry.toolchain.install': [name?: string];
}

export type CommandId = keyof Commands;

export const views = {
  services: 'gantry.services',
  pods: 'gantry.pods',
  containers: 'gantry.containers',
  grpc: 'gantry.grpc',
  curriculum: 'gantry.curriculum',
} as const;

export type ViewId = (typeof views)[keyof typeof views];

/** Steps of the walkthrough → the context key that is true in the moment in which it is known to be done. */
export const milestones = {
  /** The tools were examined, and none that is needed is missing. */
  tools: 'gantry.reached.tools',
  /** A cluster was shown live. */
  cluster: 'gantry.reached.cluster',
  /** A service was written. */
  service: 'gantry.reached.service',
  /** A method was called and answered OK. */
  call: 'gantry.reached.call',
  /** An item is proven. */
  lesson: 'gantry.reached.lesson',
} as const;

export type Milestone = keyof typeof milestones;

/** Setting → its type. Defaults stand in package.json only. */
export interface Settings {
  /** `gantry.cluster.nodes`: how many an embedded cluster has. */
  'gantry.cluster.nodes': number;
  /** `gantry.cluster.stages`: path of a file of stages for kwok; empty for none. */
  'gantry.cluster.stages': string;
  /** `gantry.cluster.image`: of k3s, for clusters in a container. */
  'gantry.cluster.image': string;
  /** `gantry.cluster.registry`: image of a registry beside clusters in a container; empty for none. */
  'gantry.cluster.registry': string;
  /** `gantry.cluster.registryMirrors`: registry → addresses asked for its images instead. */
  'gantry.cluster.registryMirrors': Readonly<Record<string, readonly string[]>>;
  /** `gantry.cluster.proxy`: address of a proxy for what clusters in a container pull; empty for none. */
  'gantry.cluster.proxy': string;
  /** `gantry.cluster.arguments`: added to those of `k3s server`. */
  'gantry.cluster.arguments': readonly string[];
  /** `gantry.cluster.memory`: `2g`, `1500m`; empty for no limit. */
  'gantry.cluster.memory': string;
  /** `gantry.cluster.cpus`: processors; 0 for no limit. */
  'gantry.cluster.cpus': number;
  /** `gantry.docker.endpoint`: where the engine listens; empty means found by itself. */
  'gantry.docker.endpoint': string;
  /** `gantry.docker.groupBy`: the label that containers are grouped by in the tree; empty for a flat list. */
  'gantry.docker.groupBy': string;
  /** `gantry.docker.vulnerabilityDatabase`: where govulncheck finds what is known; empty for its own. */
  'gantry.docker.vulnerabilityDatabase': string;
  /** `gantry.kubernetes.protectedContexts`: names of contexts, `*` for anything, where changes ask for a name typed. */
  'gantry.kubernetes.protectedContexts': readonly string[];
  /** `gantry.kubernetes.debugImage`: the image that debug containers are offered with. */
  'gantry.kubernetes.debugImage': string;
  /** `gantry.grpc.servers`: `host:port` of each server in the gRPC view. */
  'gantry.grpc.servers': readonly string[];
  /** `gantry.grpc.deadline`: seconds a call may take. */
  'gantry.grpc.deadline': number;
  /** `gantry.grpc.connections`: address → how it is connected to. */
  'gantry.grpc.connections': Readonly<Record<string, ServerOptions>>;
  /** `gantry.grpc.targets`: name → where it is and how it is reached. */
  'gantry.grpc.targets': Readonly<Record<string, NamedTarget>>;
  /** `gantry.grpc.environments`: name → variables. */
  'gantry.grpc.environments': Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** `gantry.curriculum.checkOnSave`: whether a save checks what changed, of lessons that were checked before. */
  'gantry.curriculum.checkOnSave': boolean;
  /** `gantry.manifests.kubernetesVersion`: the version manifests are checked against; `cluster` for the current cluster's. */
  'gantry.manifests.kubernetesVersion': string;
  /** `gantry.manifests.rules`: practice rule → severity. */
  'gantry.manifests.rules': RuleSettings;
}

export type SettingId = keyof Settings;
