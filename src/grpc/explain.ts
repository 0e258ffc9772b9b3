/** Why a server could not be reached, as a sentence with what to do. */
import tls from 'node:tls';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Target } from './target.ts';

/** Milliseconds a server has to answer a TLS greeting. */
const probeTimeout = 1500;

/** Turns grpc-js's words for a connection that failed into a Failure; asks the server itself where the words do not say. */
export async function explainUnreachable(target: Target, details: string): Promise<Failure> {
  const { text } = target;
  const failure = (sentence: string): Failure => new Failure('unreachable', sentence, new Error(details));
  if (/ECONNREFUSED/.test(details)) {
    return failure(t('Nothing listens on {0}. Start the server, or correct its address.', text));
  }
  if (/ENOTFOUND|EAI_AGAIN|Name resolution failed/.test(details)) {
    return failure(t('The host of {0} is not known. Check its spelling, and the network.', text));
  }
  if (/ENOENT/.test(details)) return failure(t('There is no socket file at {0}. Start the server.', text));
  if (target.tls) return failure(tlsSentence(text, details));
  if (await speaksTls(target)) {
    const { host, port } = target;
    return failure(t('{0} speaks TLS. Write the address as {1}.', text, `tls:${host}:${port}`));
  }
  return failure(t('{0} cannot be reached: {1}', text, details));
}

function tlsSentence(text: string, details: string): string {
  if (/wrong version number|packet length too long|EPROTO|before secure TLS/i.test(details)) {
    return t('{0} does not speak TLS. Write the address without tls: or https://.', text);
  }
  if (/self.signed|unable to (verify|get)/i.test(details)) {
    return t('The certificate of {0} is signed by an authority this system does not trust. Add the authority to the system’s, or name its file in NODE_EXTRA_CA_CERTS.', text); // prettier-ignore
  }
  if (/expired/i.test(details)) return t('The certificate of {0} has expired.', text);
  if (/altname|does not match certificate/i.test(details)) {
    return t('The certificate of {0} is for another name: {1}', text, details);
  }
  return t('{0} cannot be reached: {1}', text, details);
}

/** True when a TLS greeting is answered with a certificate, whoever signed it. Nothing is sent after it. */
function speaksTls({ host, port }: Target): Promise<boolean> {
  if (host === undefined || port === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = tls.connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    const settle = (answer: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle(false), probeTimeout);
    socket.once('secureConnect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
