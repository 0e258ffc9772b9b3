/** The rows of the gRPC view, as plain data. */
import type { Icon } from '../core/node.ts';

export type MethodKind = 'unary' | 'server_streaming' | 'client_streaming' | 'bidi_streaming';

export interface ServerNode {
  readonly kind: 'server';
  /** The address as it was written; names the server everywhere. */
  readonly target: string;
  /** What it is called, where something other than the setting knows of it. */
  readonly name?: string;
  /** In the setting, so that the person may take it out. */
  readonly removable: boolean;
}

export interface ServiceNode {
  readonly kind: 'service';
  readonly target: string;
  /** Full name: `shop.v1.Orders`. */
  readonly service: string;
  readonly methods: number;
  readonly deprecated: boolean;
  /** What its source says of it. */
  readonly comment?: string;
  /** What happened to it since the server was first read. */
  readonly change?: 'new' | 'changed';
}

export interface MethodNode {
  readonly kind: 'method';
  readonly target: string;
  readonly service: string;
  readonly method: string;
  readonly methodKind: MethodKind;
  /** Full names of the messages. */
  readonly input: string;
  readonly output: string;
  readonly deprecated: boolean;
  readonly comment?: string;
  readonly change?: 'new' | 'changed';
}

/** A row that says how things stand. */
export interface MessageNode {
  readonly kind: 'message';
  readonly id: string;
  readonly label: string;
  readonly icon: Icon;
  readonly tooltip?: string;
  /** Runs when the row is chosen. */
  readonly command?: string;
}

export type GrpcNode = ServerNode | ServiceNode | MethodNode | MessageNode;
