/**
 * An engine of our own for what a real one cannot be made to do: events in a shape of another version, answers that come
 * late, broken streams, names no engine would take. It answers at a unix socket, or on loopback, and keeps containers.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { dirname } from 'node:path';

export interface ScriptedOptions {
  /** Where it listens; a path's folders are made. `tcp` takes a free port of loopback. */
  readonly at: string;
  readonly podman?: boolean;
  readonly apiVersion?: string;
  /** Answers a request itself and returns true, or leaves it to the script. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse, path: string) => boolean;
}

export class ScriptedEngine {
  /** Inspections by id; the list is made of them. */
  readonly containers = new Map<string, Record<string, unknown>>();
  /** Paths asked for, without version and query. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #listeners = new Set<ServerResponse>();
  readonly #options: ScriptedOptions;
  address = '';

  private constructor(options: ScriptedOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(options: ScriptedOptions): Promise<ScriptedEngine> {
    const engine = new ScriptedEngine(options);
    const { at } = options;
    await new Promise<void>((resolve, reject) => {
      engine.#server.once('error', reject);
      if (at === 'tcp') engine.#server.listen(0, '127.0.0.1', resolve);
      else {
        mkdirSync(dirname(at), { recursive: true });
        engine.#server.listen(at, resolve);
      }
    });
    const place = engine.#server.address();
    engine.address = typeof place === 'object' && place !== null ? `tcp://127.0.0.1:${place.port}` : `unix://${at}`;
    return engine;
  }

  /** Changes a container (undefined: removes it) and says so as engines from API 1.52 on do. */
  change(
    id: string,
    state: string | undefined,
    action: string,
    name = id,
    labels: Readonly<Record<string, string>> = {},
  ): void {
    if (state === undefined) this.containers.delete(id);
    else this.containers.set(id, inspection(id, name, state, labels));
    this.event({ Type: 'container', Action: action, Actor: { ID: id, Attributes: {} }, scope: 'local', time: 1 });
  }

  event(value: unknown): void {
    for (const response of this.#listeners) response.write(`${JSON.stringify(value)}\n`);
  }

  /** Connections that listen for events. */
  get listening(): number {
    return this.#listeners.size;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    if (this.#options.at !== 'tcp') rmSync(this.#options.at, { force: true });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*/, '');
    this.asked.push(path);
    request.resume();
    if (this.#options.answer?.(request, response, path) === true) return;
    const json = (value: unknown, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const id = /^\/containers\/([^/]+)\/json$/.exec(path)?.[1];
    if (path === '/_ping') {
      const server = this.#options.podman === true ? 'Libpod/4.3.1 (linux)' : 'Docker/29.0.0 (linux)';
      response.writeHead(200, { 'api-version': this.#options.apiVersion ?? '1.52', server }).end('OK');
    } else if (path === '/libpod/_ping') response.writeHead(this.#options.podman === true ? 200 : 404).end();
    else if (path === '/info') json({ ID: this.address });
    else if (path === '/containers/json') json([...this.containers.values()].map(listed));
    else if (path === '/events') {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      this.#listeners.add(response);
      response.on('close', () => this.#listeners.delete(response));
    } else if (id !== undefined && this.containers.has(id)) json(this.containers.get(id));
    else json({ message: `No such thing: ${path}` }, 404);
  }
}

const inspection = (id: string, name: string, state: string, Labels: object): Record<string, unknown> => ({
  Id: id,
  Name: `/${name}`,
  Config: { Image: 'scripted:1', Labels },
  State: { Status: state, ExitCode: 0 },
});

function listed(inspected: Record<string, unknown>): Record<string, unknown> {
  const { Id, Name, State, Config } = inspected as {
    Id: string;
    Name: string;
    State: { Status: string };
    Config: { Labels: object };
  };
  return { Id, Names: [Name], Image: 'scripted:1', State: State.Status, Status: '', Labels: Config.Labels };
}
