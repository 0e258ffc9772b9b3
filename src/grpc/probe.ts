/** Asks a port what it speaks, when a connection failed. Nothing of a call is sent. */
import { connect } from 'node:net';
import tls from 'node:tls';
import type { Target } from './target.ts';

/** Milliseconds a server has to answer. */
const patience = 1500;

/** The first bytes of every HTTP/2 connection (RFC 9113, 3.4) with empty settings. */
const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/** True when a TLS greeting is answered with a certificate, whoever signed it. */
export function speaksTls({ host, port }: Target): Promise<boolean> {
  if (host === undefined || port === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = tls.connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    const settle = (answer: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle(false), patience);
    socket.once('secureConnect', () => settle(true));
    // A server that wants a client's certificate refuses in TLS; one that does not speak it cannot.
    socket.once('error', (error: NodeJS.ErrnoException) => settle(/alert/i.test(error.message)));
  });
}

/** The DNS names that the server's certificate is for; none when it cannot be had. Wildcards are left out. */
export function certificateNames({ host, port }: Target): Promise<readonly string[]> {
  if (host === undefined || port === undefined) return Promise.resolve([]);
  return new Promise((resolve) => {
    const socket = tls.connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    const settle = (names: readonly string[]): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(names);
    };
    const timer = setTimeout(() => settle([]), patience);
    socket.once('secureConnect', () => {
      const { subjectaltname = '' } = socket.getPeerCertificate();
      settle([...subjectaltname.matchAll(/DNS:([a-zA-Z0-9._-]+)/g)].map(([, name]) => name!));
    });
    socket.once('error', () => settle([]));
  });
}

/** True when something there answers the beginning of a connection, in TLS or in HTTP/2: its process is not stuck. */
export async function isAlive(target: Target, secure: boolean): Promise<boolean> {
  if (secure) return speaksTls(target);
  return (await answerToPreface(target)) !== undefined;
}

/** True when the beginning of HTTP/2 is answered in HTTP/1, as web servers and proxies do. */
export async function speaksHttp1(target: Target): Promise<boolean> {
  return (await answerToPreface(target))?.toString('latin1').startsWith('HTTP/1.') ?? false;
}

/** The first bytes that come back; undefined when none do. */
function answerToPreface({ address, host, port }: Target): Promise<Buffer | undefined> {
  const to = host === undefined || port === undefined ? { path: address.slice('unix:'.length) } : { host, port };
  return new Promise((resolve) => {
    const socket = connect(to, () => socket.write(preface));
    const settle = (answer: Buffer | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle(undefined), patience);
    socket.once('data', settle);
    socket.once('error', () => settle(undefined));
    socket.once('close', () => settle(undefined));
  });
}
