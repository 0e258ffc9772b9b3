import assert from 'node:assert/strict';
import { type CliIo, exit } from '../../../src/core/cli.ts';
import { dockerCommands } from '../../../src/docker/cli.ts';
import { fromList } from '../../../src/docker/containers.ts';
import type { Output } from '../../../src/docker/demux.ts';
import type { Docker } from '../../../src/docker/domain.ts';

/** Runs a command on a domain in memory. */
async function run(
  name: string,
  args: readonly string[],
  docker: Partial<Docker>,
): Promise<{ code: number; out: string[]; err: string[] }> {
  const [out, err]: [string[], string[]] = [[], []];
  const io: CliIo = {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    env: {},
    cwd: '/',
    signal: new AbortController().signal,
  };
  const command = dockerCommands(async () => docker as Docker).find((one) => one.name === name)!;
  return { code: await command.run(args, io), out, err };
}

const users = fromList({
  Id: 'c0ffee0000000000',
  Names: ['/users'],
  Image: 'users:1',
  State: 'exited',
  Status: 'Exited (2) 1 second ago',
  Ports: [{ PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }],
});
const listing: Partial<Docker> = { list: async () => [{ engine: 'unix:///s', container: users }] };

const finding = { source: 'Docker', address: 'unix:///s', errno: 'ENOENT', problem: 'None.', fix: 'start it' };

describe('gantry doctor', () => {
  it('prints each place with its errno and fix, and has problems when no engine can be used', async () => {
    const answer = await run('doctor engines', [], {
      examine: async () => ({ advice: 'Install one.', findings: [finding] }),
    });
    assert.deepEqual(answer, {
      code: exit.problems,
      out: ['Docker: unix:///s', '  ENOENT: None.', '  Fix: start it', '', 'No engine can be used. Install one.'],
      err: [],
    });
  });

  it('is done when one can, also in JSON', async () => {
    const examination = { used: 'unix:///t', findings: [finding] };
    const { code, out } = await run('doctor engines', ['--json'], { examine: async () => examination });
    assert.deepEqual([code, JSON.parse(out.join('\n'))], [exit.done, examination]);
  });
});

const speaking = (pieces: readonly [Output['stream'], string | Buffer][]): Partial<Docker> => ({
  async *logs() {
    for (const [stream, data] of pieces) yield { stream, data: Buffer.from(data) };
  },
});

describe('gantry containers', () => {
  for (const name of ['containers', 'containers list']) {
    it(`${name} prints a table`, async () => {
      assert.deepEqual(await run(name, [], listing), {
        code: exit.done,
        out: ['CONTAINER ID  NAME   IMAGE    STATE       PORTS', 'c0ffee000000  users  users:1  exited (2)  8080→80'],
        err: [],
      });
    });
  }

  it('list --json prints what the rows are made of', async () => {
    const { out } = await run('containers list', ['--json'], listing);
    assert.deepEqual(JSON.parse(out.join('\n')), [{ engine: 'unix:///s', ...users }]);
  });

  it('logs puts each stream where it belongs, in whole lines', async () => {
    const euro = Buffer.from('€\n');
    const pieces: [Output['stream'], string | Buffer][] = [
      ['stdout', 'a\nb'],
      ['stderr', 'x'],
      ['stdout', euro.subarray(0, 2)],
      ['stdout', euro.subarray(2)],
      ['stderr', 'y'],
    ];
    const { out, err } = await run('containers logs', ['users'], speaking(pieces));
    assert.deepEqual({ out, err }, { out: ['a', 'b€'], err: ['xy'] });
  });

  it('logs --json names the stream of each line', async () => {
    const { out } = await run('containers logs', ['users', '--json'], speaking([['stderr', 'x\n']]));
    assert.deepEqual(out, ['{"stream":"stderr","line":"x"}']);
  });

  it('logs passes on what to follow and how far back', async () => {
    let asked: unknown[] = [];
    const docker: Partial<Docker> = {
      logs(...args) {
        asked = args.slice(0, 2);
        return speaking([]).logs!(...args);
      },
    };
    await run('containers logs', ['-f', '--tail', '5', 'users'], docker);
    assert.deepEqual(asked, ['users', { follow: true, tail: 5 }]);
  });

  for (const args of [[], ['a', 'b'], ['a', '--tail', 'x'], ['a', '--no-such-flag']]) {
    it(`logs ${args.join(' ')} is wrong use`, async () => {
      await assert.rejects(run('containers logs', args, {}), { name: 'Failure', kind: 'invalid' });
    });
  }
});
