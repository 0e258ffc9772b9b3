import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import { manifestChanges } from '../../../src/kubernetes/helm/changes.ts';
import { Helm, helmArguments, helmLine } from '../../../src/kubernetes/helm/helm.ts';

const ref = { context: 'id', namespace: 'shop', name: 'web' };
const target = { context: 'my ctx', kubeconfig: '/k' };

describe('a change of a Helm release', () => {
  it('is a line of helm that names its target', () => {
    const where = "--kubeconfig /k --kube-context 'my ctx' --namespace shop";
    const lines = [
      { verb: 'rollback', revision: 2 } as const,
      { verb: 'uninstall' } as const,
      { verb: 'upgrade', chart: './a chart', values: 'keep' } as const,
      { verb: 'upgrade', chart: 'oci://r/c', values: { file: 'v.yaml' } } as const,
      { verb: 'upgrade', chart: 'r/c', values: 'chart' } as const,
    ].map((change) => helmLine(target, ref, change));
    assert.deepEqual(lines, [
      `helm rollback web 2 ${where}`,
      `helm uninstall web ${where}`,
      `helm upgrade web './a chart' --reset-then-reuse-values ${where}`,
      `helm upgrade web oci://r/c --values v.yaml ${where}`,
      `helm upgrade web r/c --reset-values ${where}`,
    ]);
  });

  it('passes no name on that helm would take for an option', () => {
    const change = { verb: 'upgrade', chart: '--post-renderer=/bin/sh', values: 'keep' } as const;
    assert.throws(() => helmArguments(target, ref, change), Failure);
    assert.throws(() => helmArguments(target, { ...ref, name: '-h' }, { verb: 'uninstall' }), Failure);
  });

  it('is shown object by object, those that go and come too, no value of a secret among them', () => {
    const config = (value: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: ${value}\n---\n`;
    const secret = (value: string): string =>
      `apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: ${value}\n---\n`;
    const same = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: same\n---\n';
    const changes = manifestChanges(
      `---\n# Source: web/templates/c.yaml\n${config('one')}${same}`,
      `${same}${config('two')}${secret('open-sesame')}`,
    );
    assert.deepEqual(
      changes.map(({ name, before, after }) => [name, before !== '', /two/.test(after)]),
      [
        ['ConfigMap c', true, true],
        ['Secret s', false, false],
      ],
    );
    assert.ok(!JSON.stringify(changes).includes('open-sesame'));
    assert.match(changes[1]!.after, /password: .*11 bytes, hidden/);
  });

  it('runs no program in an untrusted workspace, and says where helm is missing', async () => {
    const signal = new AbortController().signal;
    const change = { verb: 'uninstall' } as const;
    const kindOf = (helm: Helm): Promise<unknown> =>
      helm.perform(target, ref, change, signal).then(
        () => 'done',
        (error: unknown) => error instanceof Failure && error.kind,
      );
    assert.equal(await kindOf(new Helm({ trusted: () => false, env: process.env })), 'forbidden');
    assert.equal(await kindOf(new Helm({ trusted: () => true, env: { PATH: '/nowhere' } })), 'toolMissing');
  });
});
