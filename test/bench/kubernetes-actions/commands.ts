/** Commands in containers. */
import { startRemote } from '../../../src/kubernetes/streams/remoteCommand.ts';
import { type Figure, figure } from '../figures.ts';
import { type Scene, growth, never, runs } from './scene.ts';

const bytes = 100_000_000;

export async function commandOutput({ node, namespace, kubernetes, context }: Scene): Promise<Figure[]> {
  await node.run(namespace, 'shell', { args: ['wait'], image: 'shell' });
  const place = { namespace, pod: 'shell', container: 'main' };
  const command = ['sh', '-c', `head -c ${bytes} /dev/zero`];
  const grown: number[] = [];
  for (let run = 0; run < runs; run++) {
    const [megabytes, length] = await growth(async () => {
      const options = { command, stdin: false, tty: false };
      const remote = await startRemote(kubernetes.contexts.connect(context), place, options, never);
      let received = 0;
      for await (const { data } of remote.output) received += data.length;
      return received;
    });
    if (length !== bytes) throw new Error(`${length} of ${bytes} bytes came`);
    grown.push(megabytes);
  }
  return [
    figure(`100 MB of a command's output: memory growth, the most of ${runs} runs`, Math.max(...grown), 'MB', 40),
  ];
}
