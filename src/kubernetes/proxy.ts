/** Which proxy leads to a server: the kubeconfig's, else the environment's, never one to loopback. */
import { BlockList, isIP } from 'node:net';

/**
 * The proxy's URL, or undefined for a direct way.
 * NO_PROXY as Go reads it (golang.org/x/net/http/httpproxy): `*`, addresses, CIDR blocks, domains with or without a
 * leading dot, each with an optional port.
 */
export function proxyFor(
  server: string,
  fromKubeConfig: string | undefined,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const url = new URL(server);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isLoopback(host)) return undefined;
  if (fromKubeConfig) return withScheme(fromKubeConfig);
  const variable = (name: string): string | undefined => env[name] || env[name.toLowerCase()] || undefined;
  const proxy = variable(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (proxy === undefined) return undefined;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const excepted = (variable('NO_PROXY') ?? '').split(',').some((entry) => matches(entry.trim(), host, port));
  return excepted ? undefined : withScheme(proxy);
}

/** As Go: `host:port` is an HTTP proxy. */
const withScheme = (proxy: string): string => (proxy.includes('://') ? proxy : `http://${proxy}`);

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether the host, an address or a name, is this machine. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || contains(loopback, host);

const contains = (list: BlockList, host: string): boolean =>
  isIP(host) !== 0 && list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const [, block, bits] = /^([\d.]+|[\da-f:]+)\/(\d+)$/i.exec(entry) ?? [];
  if (block !== undefined && isIP(block) !== 0) {
    const list = new BlockList();
    list.addSubnet(block, Number(bits), isIP(block) === 6 ? 'ipv6' : 'ipv4');
    return contains(list, host);
  }
  const [, name = entry, wantedPort] = isIP(entry) === 6 ? [] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const domain = name.replace(/^\*?\./, '').toLowerCase();
  const isSuffixOnly = name !== domain && name.startsWith('.');
  return host.toLowerCase().endsWith(`.${domain}`) || (!isSuffixOnly && host.toLowerCase() === domain);
}
