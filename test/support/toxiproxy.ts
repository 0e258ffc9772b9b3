/** A network that can be broken: toxiproxy, built from its pin, as a process of this test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { freePorts } from '../../src/core/ports.ts';
import { eventually } from './controlPlane.ts';
import { toxiproxyProgram } from './peers.ts';

export interface BadNetwork {
  readonly port: number;
  /** Adds a fault to both directions: `timeout`, `reset_peer`, `latency`, `bandwidth` … with its attributes. */
  poison(type: string, attributes?: Record<string, number>): Promise<void>;
  /** Takes all faults away. */
  heal(): Promise<void>;
  /** Ends every connection and refuses new ones, or accepts them again. */
  enable(enabled: boolean): Promise<void>;
  /** Leads to another port from now on. */
  lead(target: number): Promise<void>;
}

export class Toxiproxy {
  readonly #child: ChildProcess;
  readonly #port: number;
  #proxies = 0;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  static async start(): Promise<Toxiproxy> {
    const program = await toxiproxyProgram();
    const [port] = (await freePorts(1)) as [number];
    const child = spawn(program, ['-host', '127.0.0.1', '-port', String(port)], { stdio: 'ignore' });
    process.once('exit', () => child.kill('SIGKILL'));
    const started = new Toxiproxy(child, port);
    await eventually(() => started.#ask('GET', '/version').then(Boolean, () => false));
    return started;
  }

  /** A way to a port of this machine. */
  async to(target: number): Promise<BadNetwork> {
    const name = `way-${++this.#proxies}`;
    const made = await this.#ask('POST', '/proxies', { name, listen: '127.0.0.1:0', upstream: `127.0.0.1:${target}` });
    const toxics: string[] = [];
    const path = `/proxies/${name}`;
    return {
      port: Number((made as { listen: string }).listen.split(':').at(-1)),
      poison: async (type, attributes = {}) => {
        for (const stream of ['upstream', 'downstream']) {
          const toxic = `${type}-${stream}`;
          await this.#ask('POST', `${path}/toxics`, { name: toxic, type, stream, attributes });
          toxics.push(toxic);
        }
      },
      heal: async () => {
        for (const toxic of toxics.splice(0)) await this.#ask('DELETE', `${path}/toxics/${toxic}`);
      },
      enable: async (enabled) => void (await this.#ask('POST', path, { enabled })),
      lead: async (port) => void (await this.#ask('POST', path, { upstream: `127.0.0.1:${port}` })),
    };
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method,
      headers: { connection: 'close' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`toxiproxy ${method} ${path}: ${answer.status} ${text}`);
    return text.startsWith('{') ? JSON.parse(text) : text;
  }
}
