export interface GrpcNode {
  readonly kind: string;
}
