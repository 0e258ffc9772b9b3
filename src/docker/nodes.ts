export interface ContainerNode {
  readonly kind: string;
}
