/** `gantry grpc …` told wrongly: each row is one line in words, on standard error, with the exit status that CI looks at. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';

const nobody = '127.0.0.1:1';
const files = {
  'down.grpc.yaml': `target: ${nobody}\nrequests:\n  - {name: health, grpc: a.B/C}\n`,
  'typo.grpc.yaml': `target: ${nobody}\nrequests:\n  - {name: health, grpc: a.B/C, expect: {satus: OK}}\n`,
  'broken.grpc.yaml': 'target: [\n',
  'other.grpc.yaml': 'kind: Deployment\n',
  'bytes.grpc.yaml': Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]),
};

const rows: readonly (readonly [line: string, status: number, says: RegExp])[] = [
  ['list', 2, /missing/],
  ['list a:1 b c', 2, /“c” is one word too many/],
  ['list 127.0.0.1:99999', 2, /1 to 65535/],
  ['list nowhere', 2, /nowhere:50051/],
  [`list ${nobody}`, 3, /Nothing listens/],
  ['list unix:/no/such.sock', 3, /no socket file/],
  [`list ${nobody} -nosuchflag`, 2, /-nosuchflag/],
  ['list k8s://x', 2, /k8s:\/\/context\/namespace/],
  ['list @nobody', 3, /no target nobody/],
  [`list tls:${nobody} -cacert none.pem`, 2, /none\.pem cannot be read/],
  [`call ${nobody}`, 2, /missing/],
  [`call ${nobody} a.B/C -d {`, 2, /line 1, column 2/],
  [`call ${nobody} a.B/C -d @none.json`, 2, /none\.json cannot be read/],
  [`call ${nobody} a.B/C --deadline soon`, 2, /“soon” is no number of seconds/],
  [`call ${nobody} a.B/C -H`, 2, /-H needs a value/],
  [`call ${nobody} a.B/C -H nocolon`, 2, /“nocolon” is no metadata/],
  [`call ${nobody} a.B/C`, 3, /Nothing listens/],
  [`describe ${nobody}`, 2, /missing/],
  ['run', 2, /missing/],
  ['run none.grpc.yaml', 2, /none\.grpc\.yaml cannot be read/],
  ['run typo.grpc.yaml', 2, /typo\.grpc\.yaml:3:\d+.*satus/s],
  ['run broken.grpc.yaml', 2, /broken\.grpc\.yaml:\d+:\d+/],
  ['run other.grpc.yaml', 2, /other\.grpc\.yaml:1:1.*kind/s],
  ['run bytes.grpc.yaml', 2, /bytes\.grpc\.yaml/],
  ['run down.grpc.yaml', 1, /0 passed, 1 failed/],
  ['run down.grpc.yaml --request none', 2, /none/],
  ['run down.grpc.yaml --env none', 2, /no environment none/],
  ['run down.grpc.yaml --var novalue', 2, /--var name=value/],
  ['run down.grpc.yaml --deadline never', 2, /“never” is no number of seconds/],
  ['run --nosuch', 2, /--nosuch/],
  ['nothing', 2, /nothing/],
];

describe('gantry grpc told wrongly', function () {
  this.timeout(60_000);
  let cwd: string;

  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'gantry-grpc-commands-'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  const run = (line: string): Promise<{ status: number; said: string }> =>
    new Promise((resolve) => {
      const args = [join(root, 'dist/cli.js'), 'grpc', ...line.split(' ')];
      const child = execFile(process.execPath, args, { cwd }, (_, stdout, stderr) =>
        resolve({ status: child.exitCode ?? -1, said: stderr + stdout }),
      );
    });

  for (const [line, status, says] of rows) {
    it(`gantry grpc ${line}`, async () => {
      const ended = await run(line);
      assert.match(ended.said, says);
      assert.equal(ended.status, status);
      assert.doesNotMatch(ended.said, /^\s+at /m, 'no stack');
    });
  }
});
