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

/** A row that says how things stand. */
export interface MessageNode {
  readonly kind: 'message';
  /** Undefined when it speaks of no engine in particular. */
  readonly engine?: string;
  readonly message: 'noEngine' | 'advice' | 'unreachable' | 'noContainers';
}

export type ContainerNode = EngineNode | ProjectNode | ContainerItemNode | MessageNode;
