import assert from 'node:assert/strict';
import { OpenObject } from '../../../../src/kubernetes/actions/openObject.ts';
import type { KubeObject } from '../../../../src/kubernetes/actions/apiCall.ts';
import { known } from '../../../../src/kubernetes/apiResource.ts';

const version = (resourceVersion: string): KubeObject => ({ metadata: { name: 'orders', resourceVersion } });
const ref = { ...known.pods, context: 'ctx', namespace: 'shop', name: 'orders' };

describe('an object that is open as a text', () => {
  const opened = (): OpenObject => new OpenObject(ref, undefined, version('1'), () => 1000);

  it('is another file with each version, also within one millisecond', () => {
    const open = opened();
    const seen = [version('1'), version('2'), version('2'), version('3')].map((each) => [open.see(each), open.mtime]);
    assert.deepEqual(seen, [
      [false, 1000],
      [true, 1001],
      [false, 1001],
      [true, 1002],
    ]);
  });

  it('is behind from the first change that the editor did not read until it reads again', () => {
    const open = opened();
    const states = [open.isBehind];
    open.give();
    states.push(open.isBehind);
    open.see(version('2')); // What was saved …
    open.see(version('3')); // … and what somebody else changed meanwhile.
    states.push(open.isBehind);
    assert.equal(open.give().metadata.resourceVersion, '3');
    states.push(open.isBehind);
    assert.deepEqual(states, [false, false, true, false]);
  });

  it('finds the version that a text was made of, and takes the newest for what it does not know', () => {
    const open = opened();
    open.see(version('2'));
    const found = ['1', '2', '7', undefined].map((each) => open.version(each).metadata.resourceVersion);
    assert.deepEqual(found, ['1', '2', '2', '2']);
    for (let number = 3; number < 60; number++) open.see(version(String(number)));
    assert.deepEqual([open.version('1'), open.version('59')], [version('59'), version('59')]);
  });
});
