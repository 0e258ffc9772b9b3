/** Why a server could not be reached or a call was cut off, as a sentence with what to do, and the one fix. */
import { status } from '@grpc/grpc-js';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { defaultMaxMessageBytes } from './connection.ts';
import type { Cause, Explanation, Fix } from './events.ts';
import { certificateNames, speaksHttp1, speaksTls } from './probe.ts';
import type { Target } from './target.ts';

/** A server that could not be reached, with the explanation. */
export class Unreachable extends Failure {
  readonly explanation: Explanation;

  constructor(explanation: Explanation, details: string) {
    super('unreachable', explanation.sentence, new Error(details));
    this.explanation = explanation;
  }
}

/** What is known about the call that ended. */
export interface Ending {
  readonly code: status;
  readonly details: string;
  /** Made up by this side, because the server gave none. */
  readonly local: boolean;
}

const explained = (cause: Cause, sentence: string, fix?: Fix): Explanation =>
  fix === undefined ? { cause, sentence } : { cause, sentence, fix };
const again: Fix = { kind: 'again' };

/**
 * Turns grpc-js's words for a connection that failed into a Failure; asks the server itself where the words do not say.
 * @param secure whether the connection was tried with TLS.
 */
export async function explainUnreachable(target: Target, secure: boolean, details: string): Promise<Unreachable> {
  return new Unreachable(await unreachable(target, secure, details), details);
}

async function unreachable(target: Target, secure: boolean, details: string): Promise<Explanation> {
  const { text, host, port } = target;
  if (/ECONNREFUSED/.test(details)) {
    return explained('refused', t('Nothing listens on {0}. Start the server, or correct its address.', text), again);
  }
  if (/ENOTFOUND|EAI_AGAIN|Name resolution failed/.test(details)) {
    return explained('unknownHost', t('The host of {0} is not known. Check its spelling, and the network.', text));
  }
  if (/ENOENT/.test(details)) {
    return explained('noSocketFile', t('There is no socket file at {0}. Start the server.', text), again);
  }
  if (secure) {
    const reason = await tlsReason(target, details);
    if (reason !== undefined) return reason;
  } else if (await speaksTls(target)) {
    const address = `tls:${host}:${port}`;
    return explained('needsTls', t('{0} speaks TLS. Write the address as {1}.', text, address), {
      kind: 'address',
      value: address,
    });
  }
  if (!secure && (await speaksHttp1(target))) {
    return explained('http1', t('{0} answers in HTTP/1, which cannot carry gRPC: a web server or an old proxy stands there. Give the address of the server behind it.', text)); // prettier-ignore
  }
  if (/ECONNRESET|socket hang up|EPIPE|Failed to connect/.test(details)) {
    return explained('reset', t('{0} accepts the connection and ends it at once: a proxy or a firewall may stand there. Check the address.', text), again); // prettier-ignore
  }
  return explained('unreachable', t('{0} cannot be reached: {1}', text, details), again);
}

async function tlsReason(target: Target, details: string): Promise<Explanation | undefined> {
  const { text, host, port } = target;
  if (/wrong version number|packet length too long|EPROTO|before secure TLS/i.test(details)) {
    return explained('needsPlaintext', t('{0} does not speak TLS. Write the address without tls: or https://.', text), {
      kind: 'address',
      value: `http://${host}:${port}`,
    });
  }
  if (/certificate required|handshake failure|bad certificate|alert number (42|116)/i.test(details)) {
    return explained('noClientCertificate', t('{0} wants a client certificate. Choose yours and its key.', text), {
      kind: 'client',
    });
  }
  if (/expired/i.test(details)) {
    return explained('expired', t('The certificate of {0} has expired. Renew it on the server; until then it can be called without checking.', text), { kind: 'skipVerify' }); // prettier-ignore
  }
  if (/altname|does not match certificate/i.test(details)) {
    const [name] = await certificateNames(target);
    return explained(
      'otherName',
      name === undefined
        ? t('The certificate of {0} is for another name: {1}', text, details)
        : t('The certificate of {0} is for the name {1}. Call it by that name.', text, name),
      name === undefined ? undefined : { kind: 'authority', value: name },
    );
  }
  if (/self.signed|unable to (verify|get)|signature failure/i.test(details)) {
    return explained('unknownAuthority', t('The certificate of {0} is signed by an authority this system does not trust. Choose the file of that authority.', text), { kind: 'ca' }); // prettier-ignore
  }
  return undefined;
}

/** Explains a status that the transport or this side made, not the service. Undefined for the service's own. */
export async function explainEnding(
  target: Target,
  secure: boolean,
  { code, details, local }: Ending,
  { deadline }: { readonly deadline?: number },
): Promise<Explanation | undefined> {
  const { text } = target;
  if (code === status.DEADLINE_EXCEEDED && deadline !== undefined) {
    const seconds = deadline / 1000;
    return explained('deadline', t('{0} did not answer within {1} s. Give it longer, or see what keeps it.', text, seconds), { kind: 'deadline', value: String(seconds * 4) }); // prettier-ignore
  }
  if (code === status.RESOURCE_EXHAUSTED) return explainExhausted(text, details);
  if (code === status.UNAVAILABLE && /Connection dropped|ECONNRESET|socket hang up|GOAWAY/i.test(details)) {
    return explained('cut', t('The connection to {0} was cut during the call. The server may have stopped.', text), again); // prettier-ignore
  }
  if (/Received HTTP status code/.test(details)) {
    return explained('notGrpc', t('{0} is a web server, not a gRPC server: {1}.', text, details));
  }
  if (code === status.INTERNAL && /decompress/i.test(details)) {
    return explained('badCompression', t('{0} sent a message that cannot be decompressed.', text), again);
  }
  if (local && code === status.UNAVAILABLE) return unreachable(target, secure, details);
  return undefined;
}

/** gRPC uses one code for quotas, sizes and connections that a server ended; grpc-js's words tell them apart. */
function explainExhausted(text: string, details: string): Explanation | undefined {
  const [, size, limit] = /larger than max \((\d+) vs\.? (\d+)\)/.exec(details) ?? [];
  // Four letters read as a length: "HTTP", "HTML", "<htm" and such.
  if (size !== undefined && /^[\x20-\x7e]{4}$/.test(lettersOf(Number(size)))) {
    return explained('notGrpc', t('{0} is a web server, not a gRPC server: {1}.', text, t('it answers with text')));
  }
  if (size !== undefined) {
    const megabytes = Math.ceil(Number(size) / 2 ** 20);
    return explained('tooLarge', t('The message has {0} bytes, more than the {1} that are accepted. Accept up to {2} MiB.', size, limit!, megabytes), { kind: 'messageSize', value: String(megabytes * 2 ** 20) }); // prettier-ignore
  }
  const [, most] = /decompresses to a size larger than (\d+)/.exec(details) ?? [];
  if (most !== undefined) {
    return explained('tooLarge', t('The message decompresses to more than the {0} bytes that are accepted. It may be meant to harm; accept more only if you trust {1}.', most, text), { kind: 'messageSize', value: String(4 * defaultMaxMessageBytes) }); // prettier-ignore
  }
  if (/Bandwidth exhausted or memory limit exceeded|too_many_pings/.test(details)) {
    return explained('tooManyPings', t('{0} ended the connection because it is asked too often whether it is there (keepalive). Turn keepalive off for it.', text), again); // prettier-ignore
  }
  return undefined;
}

function lettersOf(length: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length >>> 0, 0);
  return bytes.toString('latin1');
}
