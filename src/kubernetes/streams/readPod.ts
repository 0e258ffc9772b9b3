/** A whole pod, for what its row does not hold. */
import type { Requester } from '../connection.ts';

export interface WholePod {
  readonly metadata: { readonly name: string; readonly uid?: string };
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly image?: string;
      readonly stdin?: boolean;
      readonly tty?: boolean;
      readonly ports?: readonly {
        readonly name?: string;
        readonly containerPort: number;
        readonly protocol?: string;
      }[];
    }[];
  };
}

/** Throws Failure; `notFound` when there is no such pod. */
export async function readPod(
  server: Requester,
  namespace: string,
  pod: string,
  signal: AbortSignal,
): Promise<WholePod> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`;
  return readObject<WholePod>(server, path, `get pod ${namespace}/${pod}`, signal);
}

/** An object of the API as it is. */
export async function readObject<T>(server: Requester, path: string, what: string, signal: AbortSignal): Promise<T> {
  const { body } = await server.request(path, { signal, what });
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as T;
}
