export interface KubernetesNode {
  readonly kind: string;
}
