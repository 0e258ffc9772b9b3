/** A port of something in another view that may be a gRPC server. */
export interface OfferedServer {
  /** As `places.ts` reads it. */
  readonly target: string;
  readonly port: number;
  /** Empty where the port has none. */
  readonly portName: string;
}
