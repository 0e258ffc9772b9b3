/** How Delve is started as the parent of a program: the one place that says so, for containers and for pods. */
import { delvePort } from '../../core/goDebug.ts';

/** A folder that no image has: what is brought into one lies there. */
export const place = '/.gantry';

export interface DelveStart {
  readonly program: string;
  readonly args: readonly string[];
  /**
   * `published`: a port of a container, reached from this machine's loopback, and the program waits for the debugger.
   * `forwarded`: only the pod's own loopback, which is where forwarded ports arrive, and the program runs at once, for a
   * Service leads to it.
   */
  readonly reached: 'published' | 'forwarded';
}

export function delveCommand({ program, args, reached }: DelveStart): string[] {
  const listen =
    reached === 'published'
      ? [`--listen=:${delvePort}`]
      : // On loopback Delve looks whose connection it is; a forwarded one is the node's, never the program's user's.
        [`--listen=127.0.0.1:${delvePort}`, '--only-same-user=false', '--continue'];
  const own = args.length === 0 ? [] : ['--', ...args];
  return [`${place}/dlv`, 'exec', '--headless', '--api-version=2', '--accept-multiclient', ...listen, program, ...own];
}
