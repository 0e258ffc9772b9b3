/** What a gRPC service is made of, read by whoever knows .proto files. */
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';

export interface Contract {
  /** The name by which others import the file. */
  readonly main: string;
  /** Import name → text of the file and of its imports that belong to whoever wrote it. */
  readonly sources: ReadonlyMap<string, string>;
  /** Of the file and all its imports, each after what it imports. */
  readonly files: readonly FileDescriptorProto[];
  readonly services: readonly {
    /** `shop.v1.OrdersService`. */
    readonly name: string;
    readonly methods: readonly {
      readonly name: string;
      readonly clientStreams: boolean;
      /** Nothing comes of asking twice. */
      readonly repeatable: boolean;
      /** A request as JSON. */
      readonly sample: string;
    }[];
  }[];
}

/** Throws Failure for a file that cannot be read, does not compile, or declares no service. */
export type ReadContract = (file: string, signal: AbortSignal) => Promise<Contract>;
