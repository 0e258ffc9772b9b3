/** Which texts Kubernetes takes as names: k8s.io/apimachinery/pkg/util/validation and its sentences in short. */
import { t } from '../../core/l10n.ts';
import { quoted } from '../../core/yaml/text.ts';

/** What is wrong with a text, or undefined. */
export type Check = (text: string) => string | undefined;

const label = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const oldLabel = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const wildcard = /^\*\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const qualified = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const portName = /^[a-z0-9](?:-?[a-z0-9])*$/;
const configKey = /^[-._a-zA-Z0-9]+$/;

const tooLong = (text: string, most: number): string | undefined =>
  text.length > most ? t('At most {0} characters are allowed.', most) : undefined;

export const dnsLabel: Check = (text) =>
  label.test(text)
    ? tooLong(text, 63)
    : t('"{0}" is not a valid name: lower-case letters, digits and "-", a letter or digit at both ends.', quoted(text));

/** RFC 1035: the first character is a letter. */
export const dnsLabel1035: Check = (text) =>
  oldLabel.test(text)
    ? tooLong(text, 63)
    : t('"{0}" is not a valid name: lower-case letters, digits and "-", a letter first.', quoted(text));

export const dnsSubdomain: Check = (text) =>
  subdomain.test(text)
    ? tooLong(text, 253)
    : t('"{0}" is not a valid name: lower-case letters, digits, "-" and ".", as in a host name.', quoted(text));

/** A host of an Ingress: may begin with `*.`, must not be an address. */
export const host: Check = (text) =>
  isIp(text) || !(subdomain.test(text) || wildcard.test(text))
    ? t('"{0}" is not a host name.', quoted(text))
    : tooLong(text, 253);

export const pathSegment: Check = (text) =>
  text === '.' || text === '..' || /[/%]/.test(text)
    ? t('"{0}" is not a valid name: it must not hold "/" or "%".', quoted(text))
    : undefined;

/** `example.com/name` or `name`: keys of labels and annotations. */
export const qualifiedName: Check = (text) => {
  const [first, second, ...more] = text.split('/');
  const [prefix, name] = second === undefined ? [undefined, first!] : [first!, second];
  const valid =
    more.length === 0 && qualified.test(name) && name.length <= 63 && (prefix === undefined || !dnsSubdomain(prefix));
  return valid ? undefined : t('"{0}" is not a valid key: write name, or example.com/name.', quoted(text));
};

export const labelValue: Check = (text) =>
  text === '' || (qualified.test(text) && text.length <= 63)
    ? undefined
    : t('"{0}" is not a valid label value: at most 63 letters, digits, "-", "_" and ".".', quoted(text));

/** Names of ports: RFC 6335, at most 15 characters with a letter among them. */
export const ianaName: Check = (text) =>
  portName.test(text) && /[a-z]/.test(text) && text.length <= 15
    ? undefined
    : t('"{0}" is not a port name: at most 15 lower-case letters, digits and single "-", with a letter.', quoted(text));

/** Keys of ConfigMaps and Secrets, which become file names. */
export const dataKey: Check = (text) =>
  configKey.test(text) && text !== '.' && !text.startsWith('..')
    ? tooLong(text, 253)
    : t('"{0}" is not a valid key: letters, digits, "-", "_" and ".".', quoted(text));

/** Names of environment variables since 1.34: printable ASCII but `=`. */
export const variableName: Check = (text) =>
  /^[ -<>-~]+$/.test(text) ? undefined : t('"{0}" is not a name of an environment variable.', quoted(text));

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

export function isIp(text: string): boolean {
  return ipv4.test(text) || isIpv6(text);
}

export function isIpv6(text: string): boolean {
  return text.includes(':') && URL.canParse(`http://[${text}]/`) && !text.includes('%');
}

export const ipAddress: Check = (text) => (isIp(text) ? undefined : t('"{0}" is not an IP address.', quoted(text)));

export const cidr: Check = (text) => {
  const [address, bits, ...more] = text.split('/');
  const most = isIpv6(address!) ? 128 : 32;
  const valid = more.length === 0 && isIp(address!) && /^\d{1,3}$/.test(bits ?? '') && Number(bits) <= most;
  return valid ? undefined : t('"{0}" is not a range of addresses. Write it as 10.0.0.0/8.', quoted(text));
};
