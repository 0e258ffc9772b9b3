/** The rows of the Containers view, as plain references: what they show is looked up when they are drawn. */

export interface EngineNode {
  readonly kind: 'engine';
  /** The engine's address, such as `unix:///var/run/docker.sock`. */
  readonly engine: string;
}

/** A Compose project: the containers that carry its label. */
export interface ProjectNode {
  readonly kind: 'project';
  readonly engine: string;
  readonly project: string;
}

/** Containers with the same value of the label that they are grouped by. */
export interface GroupNode {
  readonly kind: 'group';
  readonly engine: string;
  readonly label: string;
  readonly value: string;
}

export interface ContainerItemNode {
  readonly kind: 'container';
  readonly engine: string;
  /** Full id. */
  readonly id: string;
}

/** Images, volumes, networks or build cache of an engine: listed while it is open. */
export interface FolderNode {
  readonly kind: 'folder';
  readonly engine: string;
  readonly folder: 'images' | 'volumes' | 'networks' | 'cache';
}

/** A row of a folder: one tag of an image, a volume, a network, what a build left. */
export interface ResourceNode {
  readonly kind: 'resource';
  readonly engine: string;
  readonly folder: FolderNode['folder'];
  /** Tells it from the folder's other rows. */
  readonly key: string;
}

/** A layer of an image, counted from the newest. */
export interface LayerNode {
  readonly kind: 'layer';
  readonly engine: string;
  /** The image's row. */
  readonly key: string;
  readonly index: number;
}

/** A vulnerability of a program in an image, found by the last scan. */
export interface VulnerabilityNode {
  readonly kind: 'vulnerability';
  readonly engine: string;
  /** The image's row. */
  readonly key: string;
  readonly program: string;
  readonly module: string;
  readonly id: string;
}

/** What there is to say instead of layers. */
export interface ImageMessageNode {
  readonly kind: 'imageMessage';
  readonly engine: string;
  /** The image's row. */
  readonly key: string;
}

/** What a running container uses of one thing. */
export interface UsageNode {
  readonly kind: 'usage';
  readonly engine: string;
  /** The container's. */
  readonly id: string;
  readonly row: 'cpu' | 'memory' | 'network' | 'disk';
}

/** A file or folder in a container. */
export interface FileNode {
  readonly kind: 'file';
  readonly engine: string;
  /** The container's. */
  readonly id: string;
  /** Absolute. */
  readonly path: string;
  readonly type: 'file' | 'folder' | 'symlink' | 'hardlink' | 'other';
}

/** Why a folder of a container shows no files. */
export interface FileMessageNode {
  readonly kind: 'fileMessage';
  readonly engine: string;
  readonly id: string;
  readonly path: string;
}

/** A row that says how things stand. */
export interface MessageNode {
  readonly kind: 'message';
  /** Undefined when it speaks of no engine in particular. */
  readonly engine?: string;
  /** Set when it stands in a folder. */
  readonly folder?: FolderNode['folder'];
  readonly message: 'noEngine' | 'advice' | 'unreachable' | 'noContainers' | 'nothing';
}

export type ContainerNode =
  | EngineNode
  | ProjectNode
  | GroupNode
  | ContainerItemNode
  | FolderNode
  | ResourceNode
  | LayerNode
  | VulnerabilityNode
  | ImageMessageNode
  | UsageNode
  | FileNode
  | FileMessageNode
  | MessageNode;
