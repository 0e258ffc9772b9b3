import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { runsFor, taskTools } from '../../../src/toolchain/tasks.ts';

const lines = (...files: string[]): string[] => runsFor(files).map(({ tool, args }) => [tool, ...args].join(' '));

describe('tasks of the tools', () => {
  it('are those that the files of the workspace are for', () => {
    assert.deepEqual(lines('deploy/Chart.yaml'), ['helm lint deploy', 'helm template deploy']);
    assert.deepEqual(lines('k8s/overlays/dev/kustomization.yaml'), [
      'kustomize build k8s/overlays/dev',
      'kubectl diff -k k8s/overlays/dev',
      'kubectl apply -k k8s/overlays/dev',
    ]);
    assert.deepEqual(lines('skaffold.yaml'), [
      'skaffold dev -f skaffold.yaml',
      'skaffold build -f skaffold.yaml',
      'skaffold run -f skaffold.yaml',
    ]);
    assert.deepEqual(lines(), []);
  });

  it('name an image after the folder, as the grammar of images allows', () => {
    assert.deepEqual(lines('Dockerfile', 'My Service_2/Dockerfile'), [
      'docker build -f Dockerfile -t app .',
      'docker build -f My Service_2/Dockerfile -t my-service-2 My Service_2',
    ]);
  });

  it('leave contracts to buf where there is a file of it', () => {
    assert.match(lines('api/shop.proto')[0]!, /^protoc -I=api --go_out=api .* api\/shop\.proto$/);
    assert.deepEqual(lines('api/shop.proto', 'buf.yaml', 'buf.gen.yaml'), [
      'buf generate --template buf.gen.yaml .',
      'buf lint .',
    ]);
  });

  it('have the tools that package.json names', () => {
    const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.deepEqual(contributes.taskDefinitions[0].properties.tool.enum, taskTools);
  });
});
