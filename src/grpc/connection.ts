/** How a server is connected to, beside its address: whom to trust, who one is, limits. */
import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import { type ChannelOptions, type ChannelCredentials, credentials } from '@grpc/grpc-js';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Target } from './target.ts';

export interface ConnectionOptions {
  /** PEM file of the authority to trust instead of the system's. */
  readonly ca?: string;
  /** PEM files of the client's own certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** Sent as `:authority`, and the name that the server's certificate must be for. */
  readonly authority?: string;
  /** The name that the certificate must be for, where it is not the authority. */
  readonly serverName?: string;
  /** Take any certificate. */
  readonly skipVerify?: boolean;
  /** Largest answer accepted, in bytes. */
  readonly maxMessageBytes?: number;
  /** Seconds of silence after which the server is asked whether it is there; none asks never. */
  readonly keepalive?: number;
  readonly userAgent?: string;
  /** How what is sent is compressed; what comes may be compressed in any way. */
  readonly compression?: keyof typeof compressions;
}

/** The ways that grpc-js knows, by the number it gives them. */
const compressions = { deflate: 1, gzip: 2 } as const;

/** gRPC's own default of 4 MiB is below what many services answer; this still protects memory. */
export const defaultMaxMessageBytes = 64 * 1024 * 1024;

/** Go servers end a connection that is asked more often than each 5 minutes (grpc-go `keepalive.EnforcementPolicy`). */
const leastKeepalive = 310;

/** What tells one connection from another. */
export function connectionKey(target: Target, secure: boolean, options: ConnectionOptions): string {
  return JSON.stringify([target.address, secure, Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** grpc-js's options for a channel. */
export function channelOptions(target: Target, options: ConnectionOptions): ChannelOptions {
  const { authority, serverName, keepalive, userAgent, compression } = options;
  const verified = serverName ?? authority?.replace(/:\d+$/, '');
  return {
    'grpc.max_receive_message_length': options.maxMessageBytes ?? defaultMaxMessageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.primary_user_agent': userAgent ?? 'gantry',
    // Shared connections would outlive the client that is closed, retries would hide what the server answered.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    ...(authority === undefined ? {} : { 'grpc.default_authority': authority }),
    ...(verified === undefined ? {} : { 'grpc.ssl_target_name_override': verified }),
    ...(keepalive === undefined ? {} : { 'grpc.keepalive_time_ms': Math.max(keepalive, leastKeepalive) * 1000 }),
    // Settings are written by hand: what is none of these compresses nothing.
    ...(compression === undefined ? {} : { 'grpc.default_compression_algorithm': compressions[compression] ?? 0 }),
    ...(isLoopback(target) ? { 'grpc.enable_http_proxy': 0 } : {}),
  };
}

/** Throws Failure `invalid` when a file cannot be read or a certificate is none. */
export async function channelCredentials(secure: boolean, options: ConnectionOptions): Promise<ChannelCredentials> {
  if (!secure) return credentials.createInsecure();
  const { ca, cert, key, skipVerify } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new Failure('invalid', t('A client certificate needs both its file and the file of its key.'));
  }
  const [roots, chain, secret] = await Promise.all([
    ca === undefined ? systemRoots() : pem(ca),
    cert === undefined ? null : pem(cert),
    key === undefined ? null : pem(key),
  ]);
  try {
    return credentials.createSsl(roots, secret, chain, skipVerify === true ? { rejectUnauthorized: false } : {});
  } catch (error) {
    throw new Failure('invalid', t('The certificate files cannot be used: {0}', messageOf(error)));
  }
}

async function pem(path: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new Failure('invalid', t('{0} cannot be read: {1}', path, messageOf(error)));
  }
  if (!bytes.includes('-----BEGIN ')) throw new Failure('invalid', t('{0} is no PEM file.', path));
  return bytes;
}

/** The roots that Node ships, those of the system, and NODE_EXTRA_CA_CERTS, as browsers and curl trust them. */
function systemRoots(): Buffer {
  const roots = new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')]);
  return Buffer.from([...roots].join('\n'));
}

/** A proxy of the environment cannot reach this machine's own servers. */
function isLoopback({ host }: Target): boolean {
  return host === undefined || host === 'localhost' || host === '::1' || host.startsWith('127.');
}
