/** A custom resource with printer columns of its own: the CronTab that Kubernetes' documentation makes. */
import { type TestCluster, eventually } from './controlPlane.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
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
export async function makeCronTabs(cluster: TestCluster): Promise<void> {
  await cluster.api('POST', definitions, definition);
  await eventually(async () => (await cluster.send('GET', '/apis/stable.example.com/v1/crontabs')).status === 200);
}

/** Removes the kind with all its objects, and waits until it is gone. */
export async function removeCronTabs(cluster: TestCluster): Promise<void> {
  await cluster.send('DELETE', `${definitions}/${name}`);
  await eventually(async () => (await cluster.send('GET', `${definitions}/${name}`)).status === 404);
}

export const cronTab = (tab: string, cronSpec: string, replicas: number): object => ({
  apiVersion: 'stable.example.com/v1',
  kind: 'CronTab',
  metadata: { name: tab },
  spec: { cronSpec, replicas },
});
