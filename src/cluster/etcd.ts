/** All that an embedded cluster knows, as etcd keeps it: read whole, and set back whole, over etcd's own HTTP interface. */
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { Layout } from './layout.ts';

/** Keys, such as `/registry/pods/shop/cart`, to values in base64. */
export type Contents = ReadonlyMap<string, string>;

export interface Read {
  readonly contents: Contents;
  /** Of the whole store when it was read. */
  readonly revision: number;
}

/** What makes one state out of another. */
export interface Changes {
  readonly put: Contents;
  readonly deleted: readonly string[];
}

interface Identity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Everything below `/registry/`: `0` comes after `/`. */
const everything = { key: encode('/registry/'), range_end: encode('/registry0') };

export class Etcd {
  readonly #port: number;
  readonly #tls: Identity;

  /** @param port of 127.0.0.1. */
  constructor(port: number, tls: Identity) {
    this.#port = port;
    this.#tls = tls;
  }

  /** As the API server is let in. */
  static async open(layout: Layout, port: number): Promise<Etcd> {
    const read = (file: string): Promise<string> => readFile(layout.certificate(file), 'utf8');
    return new Etcd(port, {
      ca: await read('etcd-ca.crt'),
      cert: await read('etcd.crt'),
      key: await read('etcd.key'),
    });
  }

  /** What is kept now, but for what is nobody's to go back to; see `isKept`. */
  async read(): Promise<Read> {
    const answer = (await this.#post('range', everything)) as {
      header: { revision: string };
      kvs?: readonly { key: string; value?: string }[];
    };
    const found = (answer.kvs ?? []).map(({ key, value = '' }) => [decode(key), value] as const);
    return { contents: new Map(found.filter(([key]) => isKept(key))), revision: Number(answer.header.revision) };
  }

  /**
   * Makes the changes in one transaction: all, or, when anything was written after `revision`, none. Whoever watches
   * through the API server is told as of anybody's change.
   * @returns whether they were made.
   */
  async apply({ put, deleted }: Changes, revision: number): Promise<boolean> {
    const answer = (await this.#post('txn', {
      compare: [{ ...everything, target: 'MOD', result: 'LESS', mod_revision: String(revision + 1) }],
      success: [
        ...deleted.map((key) => ({ request_delete_range: { key: encode(key) } })),
        ...[...put].map(([key, value]) => ({ request_put: { key: encode(key), value } })),
      ],
    })) as { succeeded?: boolean };
    return answer.succeeded === true;
  }

  #post(action: 'range' | 'txn', body: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const to = { ...this.#tls, host: '127.0.0.1', port: this.#port, method: 'POST', path: `/v3/kv/${action}`, agent: false } as const; // prettier-ignore
      const outgoing = request(to, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(pieces).toString('utf8');
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`etcd: ${response.statusCode} ${text.slice(0, 400)}`));
        });
      });
      outgoing.on('error', reject);
      outgoing.end(JSON.stringify(body));
    });
  }
}

/**
 * Signs of life are of the moment: a node whose lease is set back counts as dead. Events tell what happened to objects, and
 * go when they are an hour old.
 */
const isKept = (key: string): boolean =>
  !/^\/registry\/(?:events\/|events\.k8s\.io\/|leases\/kube-(?:node-lease|system)\/|masterleases\/)/.test(key);

function encode(key: string): string {
  return Buffer.from(key).toString('base64');
}

const decode = (key: string): string => Buffer.from(key, 'base64').toString('utf8');
