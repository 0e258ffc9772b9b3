/** Where a server is, as a person writes it. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

export interface Target {
  /** As it was written, without surrounding space: the server's identity in the view. */
  readonly text: string;
  /** What grpc-js is given: `dns:host:port` or `unix:path`. */
  readonly address: string;
  readonly tls: boolean;
  /** Whether the address says so; where it does not, it is found out. */
  readonly saysTls: boolean;
  /** Host and port for probing; undefined for a socket file. */
  readonly host?: string;
  readonly port?: number;
}

/**
 * Reads `host:port`, `http://host:port`, `https://host[:port]`, `tls:host:port` and `unix:path`.
 * Throws Failure `invalid` with what is wrong and how it is written.
 */
export function parseTarget(written: string): Target {
  const text = written.trim();
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '') throw new Failure('invalid', t('A path must follow unix:, as in unix:/run/app.sock.'));
    return { text, address: `unix:${path}`, tls: false, saysTls: true };
  }
  const [, scheme = '', rest = ''] = /^(https:\/\/|http:\/\/|tls:|dns:)?(?:\/{2,3})?(.*?)\/?$/.exec(text) ?? [];
  const tls = scheme === 'https://' || scheme === 'tls:';
  const [, host = '', portText] = /^(\[[0-9a-fA-F:.%]+\]|[^\s:/[\]@?#]+)(?::([0-9]+))?$/.exec(rest) ?? [];
  if (host === '') {
    throw new Failure(
      'invalid',
      t('“{0}” is no server address. Write host:port, tls:host:port for TLS, or unix:path.', text),
    );
  }
  if (portText === undefined && scheme !== 'https://') {
    throw new Failure('invalid', t('“{0}” has no port. Write it as {1}.', text, `${text}:50051`));
  }
  const port = Number(portText ?? 443);
  if (port < 1 || port > 65_535) throw new Failure('invalid', t('A port is a number from 1 to 65535.'));
  return {
    text,
    address: `dns:${host}:${port}`,
    tls,
    saysTls: scheme !== '' && scheme !== 'dns:',
    host: host.replace(/^\[|\]$/g, ''),
    port,
  };
}
