/** The few requests that starting a cluster needs, authenticated both ways by certificates. */
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { Layout } from './layout.ts';

/** Milliseconds for an answer; a server that is frozen counts as none. */
const patience = 3000;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Certificates as PEM. */
interface Identity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export class ApiClient {
  readonly #port: number;
  readonly #tls: Identity;

  /** @param port of 127.0.0.1. */
  constructor(port: number, tls: Identity) {
    this.#port = port;
    this.#tls = tls;
  }

  /** Speaks as the administrator. An answer proves that the listener holds a certificate of this cluster's authority. */
  static async open(layout: Layout, port: number): Promise<ApiClient> {
    const read = (file: string): Promise<string> => readFile(layout.certificate(file), 'utf8');
    return new ApiClient(port, {
      ca: await read('ca.crt'),
      cert: await read('admin.crt'),
      key: await read('admin.key'),
    });
  }

  /** Resolves with any status; rejects when nothing, or somebody else, answers. */
  send(method: string, path: string, body?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...this.#tls,
          host: '127.0.0.1',
          port: this.#port,
          method,
          path,
          headers: { 'content-type': 'application/json' },
          agent: false,
          timeout: patience,
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (piece: string) => (text += piece));
          response.on('error', reject);
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(text) }));
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${patience} ms`)));
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // /readyz answers in plain text.
  }
}
