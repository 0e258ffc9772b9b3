/** What an extension host holds, garbage aside, told from within it by an extension that is installed beside Gantry. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const program = `
const { createServer } = require('node:net');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

exports.activate = () => {
  createServer((asked) => {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    asked.end(String(heapUsed + external));
  }).listen(process.env.GANTRY_TEST_HOST_MEMORY);
};
`;

export interface HostMemory {
  /** Folder of the extension. */
  readonly extension: string;
  /** What the host's environment needs. */
  readonly env: NodeJS.ProcessEnv;
  /** Bytes that JavaScript holds, in it and outside for it. Throws while no host runs. */
  held(): Promise<number>;
  remove(): Promise<void>;
}

/** For one window at a time. */
export async function hostMemory(): Promise<HostMemory> {
  const extension = await mkdtemp(join(tmpdir(), 'gantry-memory-'));
  const socket = join(extension, 'memory.sock');
  const manifest = {
    ...{ name: 'host-memory', publisher: 'gantry-test', version: '1.0.0', engines: { vscode: '^1.134.0' } },
    ...{ main: './main.cjs', activationEvents: ['*'], extensionKind: ['workspace'] },
  };
  await writeFile(join(extension, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(extension, 'main.cjs'), program);
  return {
    extension,
    env: { GANTRY_TEST_HOST_MEMORY: socket },
    held: async () => Number(await text(connect(socket))),
    remove: () => rm(extension, { recursive: true, force: true }),
  };
}
