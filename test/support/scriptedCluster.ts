/** Clusters whose schemas are what a test says: the context `kind` answers, `dead` does not. */
import { Failure } from '../../src/core/failure.ts';
import type { Clusters } from '../../src/manifests/clusterSchemas.ts';

export interface ScriptedCluster extends Clusters {
  /** What was asked for, in order. */
  readonly asked: string[];
  /** Path below `/openapi/v3/` → its document; the address has its hash. */
  documents: Readonly<Record<string, object>>;
  release: string;
  /** Set: nothing is answered before it resolves. */
  wait: Promise<void> | undefined;
}

export function scriptedCluster({
  release,
  documents,
}: Pick<ScriptedCluster, 'release' | 'documents'>): ScriptedCluster {
  const cluster: ScriptedCluster = {
    asked: [],
    documents,
    release,
    wait: undefined,
    contexts: async () => [
      { id: 'kind-id', name: 'kind', current: true },
      { id: 'dead-id', name: 'dead', current: false },
    ],
    async read(context, path, signal) {
      cluster.asked.push(path);
      await cluster.wait;
      signal.throwIfAborted();
      if (context === 'dead-id') throw new Failure('unreachable', 'dead does not answer.');
      if (path === '/version') return JSON.stringify({ gitVersion: `v${cluster.release}` });
      if (path === '/openapi/v3') return JSON.stringify({ paths: addresses(cluster.documents) });
      const document = cluster.documents[path.replace(/^\/openapi\/v3\//, '').replace(/\?.*/, '')];
      return JSON.stringify(document);
    },
  };
  return cluster;
}

/** The hash is a document's length, which suffices here. Not all paths have kinds. */
const addresses = (documents: Readonly<Record<string, object>>): object => ({
  version: { serverRelativeURL: '/openapi/v3/version?hash=1' },
  'apis/apps': { serverRelativeURL: '/openapi/v3/apis/apps?hash=1' },
  ...Object.fromEntries(
    Object.entries(documents).map(([path, document]) => [
      path,
      { serverRelativeURL: `/openapi/v3/${path}?hash=${JSON.stringify(document).length}` },
    ]),
  ),
});

/** A document with a custom resource, as a server writes it. */
export const thing = {
  openapi: '3.0.0',
  components: {
    schemas: {
      'com.example.v1.Thing': {
        type: 'object',
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] },
          spec: { type: 'object', properties: { size: { type: 'integer' } } },
        },
        'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Thing' }],
      },
    },
  },
} as const;
