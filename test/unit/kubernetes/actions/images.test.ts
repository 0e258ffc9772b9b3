import assert from 'node:assert/strict';
import { imagesOf, portsOf, withImage } from '../../../../src/kubernetes/actions/images.ts';

const workload = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'orders' },
  spec: {
    template: {
      spec: {
        initContainers: [{ name: 'migrate', image: 'orders:dev' }],
        containers: [
          { name: 'orders', image: 'orders:dev', imagePullPolicy: 'Always', ports: [{ containerPort: 8080 }] },
          { name: 'proxy', image: 'envoy:1', ports: [{ containerPort: 53, protocol: 'UDP' }] },
        ],
      },
    },
  },
};

describe('images of manifests', () => {
  it('are those of all containers, also of a CronJob', () => {
    assert.deepEqual(imagesOf(workload), ['orders:dev', 'envoy:1']);
    const spec = { jobTemplate: { spec: workload.spec } };
    assert.deepEqual(imagesOf({ ...workload, kind: 'CronJob', spec }), ['orders:dev', 'envoy:1']);
    assert.deepEqual(imagesOf({ ...workload, spec: { template: { spec: { containers: 'none' } } } }), []);
  });

  it('are replaced where they are named, and looked for on the node first', () => {
    const copy = structuredClone(workload);
    const [init, [own, ...others]] = [copy.spec.template.spec.initContainers[0]!, copy.spec.template.spec.containers];
    Object.assign(init, { image: 'orders:2', imagePullPolicy: 'IfNotPresent' });
    Object.assign(own!, { image: 'orders:2', imagePullPolicy: 'IfNotPresent' });
    assert.equal(others.length, 1);
    assert.deepEqual(withImage(workload, 'orders:dev', 'orders:2'), copy);
    assert.equal(withImage(workload, 'redis:8', 'redis:9'), workload);
  });
});

describe('ports of manifests', () => {
  it('are TCP ports of containers, and of a Service its own', () => {
    assert.deepEqual(portsOf(workload), [8080]);
    const ports = [{ port: 80, targetPort: 'http' }, { port: 53, protocol: 'UDP' }]; // prettier-ignore
    assert.deepEqual(
      portsOf({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'orders' }, spec: { ports } }),
      [80],
    );
  });
});
