import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import type { PluginCall } from '../../../src/kubernetes/execPlugin.ts';
import { askingOnce, commandLine } from '../../../src/kubernetes/pluginConsent.ts';

const call: PluginCall = {
  context: 'prod',
  file: '/home/u/.kube/config',
  command: '/usr/bin/login',
  args: ['--token', 'a b'],
  env: [],
};

describe('consent to plugins', () => {
  let known: Set<string>;
  let asked: PluginCall[];
  let answer: boolean;
  let approve: (call: PluginCall) => Promise<void>;
  beforeEach(() => {
    known = new Set();
    asked = [];
    answer = true;
    const memory = { has: (key: string) => known.has(key), add: async (key: string) => void known.add(key) };
    approve = askingOnce(memory, async (each) => {
      asked.push(each);
      return answer;
    });
  });

  it('is asked for once for the same program, also by several at a time', async () => {
    await Promise.all([approve(call), approve({ ...call, context: 'another of the file' }), approve(call)]);
    await approve(call);
    assert.equal(asked.length, 1);
  });

  for (const [what, other] of Object.entries({
    file: { file: '/elsewhere' },
    command: { command: '/usr/bin/other' },
    argument: { args: ['--token'] },
    variable: { env: [{ name: 'LD_PRELOAD', value: '/tmp/x.so' }] },
  })) {
    it(`is asked for again when the ${what} is another`, async () => {
      await approve(call);
      await approve({ ...call, ...other });
      assert.equal(asked.length, 2);
    });
  }

  it('that is refused means no sign in, and may be given later', async () => {
    answer = false;
    await assert.rejects(approve(call), (error) => error instanceof Failure && error.kind === 'unauthorised');
    answer = true;
    await approve(call);
    assert.equal(asked.length, 2);
  });

  it('shows the whole command, with nothing hidden in it', () => {
    const env = [{ name: 'A', value: '1' }];
    assert.equal(
      commandLine({ ...call, env, args: ['-c', 'x; rm -rf ~\n', '\u202e'] }),
      'A=1 /usr/bin/login -c "x; rm -rf ~\\n" "\\u202e"',
    );
  });
});
