/** A custom resource with printer columns of its own: the CronTab that Kubernetes' documentation makes. */
import type { TestCluster } from './controlPlane.ts';
import { makeDefinitions, removeDefinitions } from './crds.ts';

const name = 'crontabs.stable.example.com';

const definition = {
  metadata: { name },
  spec: {
    group: 'stable.example.com',
    scope: 'Namespaced',
    names: { plural: 'crontabs', singular: 'crontab', kind: 'CronTab', shortNames: ['ct'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { cronSpec: { type: 'string' }, replicas: { type: 'integer' } } },
            },
          },
        },
        additionalPrinterColumns: [
          { name: 'Schedule', type: 'string', jsonPath: '.spec.cronSpec' },
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
      },
    ],
  },
};

/** Defines the kind and waits until it is served. */
export const makeCronTabs = (cluster: TestCluster): Promise<void> => makeDefinitions(cluster, [definition]);

/** Removes the kind with all its objects, and waits until it is gone. */
export const removeCronTabs = (cluster: TestCluster): Promise<void> => removeDefinitions(cluster, [name]);

export const cronTab = (tab: string, cronSpec: string, replicas: number): object => ({
  apiVersion: 'stable.example.com/v1',
  kind: 'CronTab',
  metadata: { name: tab },
  spec: { cronSpec, replicas },
});
