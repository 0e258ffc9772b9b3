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

export interface ContainerItemNode {
  readonly kind: 'container';
  readonly engine: string;
  /** Full id. */
  readonly id: string;
}

/** Images, volumes or networks of an engine: listed while it is open. */
export interface FolderNode {
  readonly kind: 'folder';
  readonly engine: string;
  readonly folder: 'images' | 'volumes' | 'networks';
}

/** A row of a folder: one tag of an image, a volume, a network. */
export interface ResourceNode {
  readonly kind: 'resource';
  readonly engine: string;
  readonly folder: FolderNode['folder'];
  /** Tells it from the folder's other rows. */
  readonly key: string;
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

export type ContainerNode = EngineNode | ProjectNode | ContainerItemNode | FolderNode | ResourceNode | MessageNode;
