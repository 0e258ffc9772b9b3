import assert from 'node:assert/strict';
import { Failure } from '../../../../src/core/failure.ts';
import type { KubeObject } from '../../../../src/kubernetes/actions/apiCall.ts';
import { debuggerName, isDebuggerReady, isPodSecurity } from '../../../../src/kubernetes/actions/debug.ts';

const pod = (state: object): KubeObject => ({
  metadata: { name: 'web' },
  spec: { ephemeralContainers: [{ name: 'debugger-1' }, { name: 'debugger-3' }] },
  status: { ephemeralContainerStatuses: [{ name: 'debugger-1', state }] },
});

describe('a debug container', () => {
  it('has a name of its own', () => {
    assert.deepEqual(
      [debuggerName({ metadata: { name: 'web' } }), debuggerName(pod({}))],
      ['debugger-1', 'debugger-2'],
    );
  });

  it('is waited for until it runs, and given up with a reason when it never will', () => {
    const said = [{}, { waiting: { reason: 'ContainerCreating' } }, { running: {} }].map((state) =>
      isDebuggerReady(pod(state), 'debugger-1'),
    );
    assert.deepEqual([...said, isDebuggerReady(pod({}), 'another')], [false, false, true, false]);
    const image = { waiting: { reason: 'ImagePullBackOff', message: 'no such image.' } };
    assert.throws(() => isDebuggerReady(pod(image), 'debugger-1'), /cannot start: no such image\./);
    const ended = { terminated: { reason: 'Error', exitCode: 1 } };
    assert.throws(() => isDebuggerReady(pod(ended), 'debugger-1'), /ended at once: Error/);
  });

  it('may be refused for its rights, which is told from other refusals', () => {
    const refusal = (text: string): Failure => new Failure('forbidden', text);
    assert.ok(isPodSecurity(refusal('pods "web" is forbidden: violates PodSecurity "restricted:latest": …')));
    assert.ok(!isPodSecurity(refusal('pods "web" is forbidden: User "eve" cannot patch')));
  });
});
