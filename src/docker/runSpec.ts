/** A container to be made from an image: what the form asks for, as the engine's request and as the docker line. */
import { isIP } from 'node:net';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { array, record, text } from './fields.ts';
import type { Operation } from './operations.ts';

export interface RunSpec {
  readonly image: string;
  readonly name?: string;
  /** `8080:80`, `127.0.0.1:8080:80/udp`; `80` alone leaves the host's port to the engine. */
  readonly ports: readonly string[];
  /** `NAME=VALUE`. */
  readonly env: readonly string[];
  /** `volume:/path`, `/host/path:/path:ro`. */
  readonly volumes: readonly string[];
  /** Arguments instead of the image's own. */
  readonly command: readonly string[];
}

/** What an image offers, from its inspection: the form begins with it. */
export interface ImageOffer {
  /** `8080/tcp`. */
  readonly ports: readonly string[];
  readonly env: readonly string[];
  /** Paths it declares as volumes. */
  readonly volumes: readonly string[];
  readonly command: readonly string[];
}

export function offerOf(inspection: unknown): ImageOffer {
  const config = record(record(inspection)['Config']);
  return {
    ports: Object.keys(record(config['ExposedPorts'])),
    env: array(config['Env'])
      .map(text)
      .filter((line) => !line.startsWith('PATH=')),
    volumes: Object.keys(record(config['Volumes'])),
    command: array(config['Cmd']).map(text),
  };
}

interface Port {
  readonly host: string;
  readonly hostPort: string;
  readonly container: string;
}

/** Throws Failure `invalid` that names what cannot be read. */
export function createContainer(spec: RunSpec): Operation {
  const ports = spec.ports.map(parsePort);
  for (const line of spec.env) checkVariable(line);
  for (const volume of spec.volumes) checkVolume(volume);
  const exposed = Object.fromEntries(ports.map(({ container }) => [container, {}]));
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { host, hostPort, container } of ports) {
    (bindings[container] ??= []).push({ HostIp: host, HostPort: hostPort });
  }
  const flags = (name: string, values: readonly string[]): string[] => values.flatMap((value) => [name, value]);
  return {
    request: {
      method: 'POST',
      path: '/containers/create',
      query: spec.name === undefined ? {} : { name: spec.name },
      body: {
        Image: spec.image,
        Env: spec.env,
        ...(spec.command.length === 0 ? {} : { Cmd: spec.command }),
        ...(ports.length === 0 ? {} : { ExposedPorts: exposed }),
        HostConfig: { Binds: spec.volumes, PortBindings: bindings },
      },
    },
    line: [
      'run',
      '--detach',
      ...(spec.name === undefined ? [] : ['--name', spec.name]),
      ...flags('--publish', spec.ports),
      ...flags('--env', spec.env),
      ...flags('--volume', spec.volumes),
      spec.image,
      ...spec.command,
    ],
  };
}

const portPattern = /^(?:(?:([\d.]+|\[[0-9a-fA-F:]+\]):)?(\d{0,5}):)?(\d{1,5})(\/(?:tcp|udp|sctp))?$/;

/** Throws Failure `invalid`. */
export function parsePort(written: string): Port {
  const match = portPattern.exec(written);
  const [, host = '', hostPort = '', container = '', protocol = '/tcp'] = match ?? [];
  const isPort = (port: string): boolean => Number(port) >= 1 && Number(port) <= 65535;
  const address = host.replace(/^\[|\]$/g, '');
  if (
    match === null ||
    (address !== '' && isIP(address) === 0) ||
    !isPort(container) ||
    (hostPort !== '' && !isPort(hostPort))
  ) {
    throw new Failure('invalid', t('{0} is no port. Write HOST:CONTAINER, such as 8080:80.', written));
  }
  return { host: address, hostPort, container: container + protocol };
}

/** Throws Failure `invalid`. */
export function checkVariable(written: string): void {
  if (!/^[^=\s]+=/.test(written)) {
    throw new Failure('invalid', t('{0} is no variable. Write NAME=VALUE.', written.split('=')[0] ?? ''));
  }
}

/** Throws Failure `invalid`. */
export function checkVolume(written: string): void {
  if (!/^(?:[A-Za-z]:)?[^:]+:\/[^:]*(?::[a-zA-Z,]+)?$/.test(written)) {
    throw new Failure('invalid', t('{0} is no volume. Write NAME:/PATH or /HOST/PATH:/PATH.', written));
  }
}

/** Splits a line into words as a shell does: quotes hold together, a backslash takes the next character as it is. */
export function shellWords(line: string): string[] {
  const words = line.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_, single?: string, double?: string, plain?: string) => single ?? double?.replace(/\\(.)/g, '$1') ?? plain ?? '',
    ),
  );
}
