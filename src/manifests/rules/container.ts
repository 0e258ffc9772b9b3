/** What the API server's hand-written validation refuses in containers: pkg/apis/core/validation. */
import { t } from '../../core/l10n.ts';
import { keysAt, type Step, textAt } from '../../core/yaml/read.ts';
import type { Rule } from '../../core/yaml/schema.ts';
import { Checker } from './check.ts';
import { dnsLabel, dnsSubdomain, ianaName, variableName } from './names.ts';
import { quantity } from './quantities.ts';

export const container: Rule = (object, say) => {
  const one = new Checker(object, say);
  one.named(dnsLabel, 'name');
  if (one.required('image') && /^\s|\s$/.test(one.text('image') ?? ''))
    // A pod is refused, a controller of such pods is not.
    one.say(['image'], t('The image must not begin or end with a space.'), { severity: 'warning' });
  ports(one);
  one.each(['env'], (at, item) => {
    one.named(variableName, ...at, 'name');
    if (keysAt(item).includes('valueFrom')) {
      if (textAt(item, 'value')) one.without('value', ...at, 'valueFrom');
      one.exclusive(
        ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'],
        true,
        ...at,
        'valueFrom',
      );
      for (const kind of ['configMapKeyRef', 'secretKeyRef'])
        if (one.value(...at, 'valueFrom', kind) !== undefined)
          for (const field of ['name', 'key']) one.required(...at, 'valueFrom', kind, field);
      fieldPath(one, ...at, 'valueFrom', 'fieldRef', 'fieldPath');
    }
  });
  one.each(['envFrom'], (at) => {
    one.exclusive(['configMapRef', 'secretRef'], true, ...at);
    for (const kind of ['configMapRef', 'secretRef'])
      if (one.value(...at, kind) !== undefined) one.required(...at, kind, 'name');
  });
  for (const [name, most] of [
    ['livenessProbe', 1],
    ['startupProbe', 1],
    ['readinessProbe', Infinity],
  ] as const)
    probe(one, name, most);
  for (const hook of ['postStart', 'preStop'])
    if (one.value('lifecycle', hook) !== undefined)
      handler(one, ['exec', 'httpGet', 'tcpSocket', 'sleep'], 'lifecycle', hook);
  if (one.scalar('stdinOnce') === true && one.scalar('stdin') === false) one.without('stdin: false', 'stdinOnce');
};

function ports(one: Checker): void {
  const names: [string, readonly Step[]][] = [];
  one.each(['ports'], (at, port) => {
    one.between(1, 65_535, ...at, 'containerPort');
    one.between(0, 65_535, ...at, 'hostPort');
    one.passes(ianaName, ...at, 'name');
    const name = textAt(port, 'name');
    if (name) names.push([name, [...at, 'name']]);
  });
  one.unique(names);
}

/** The fields of a pod that a container may see: pkg/apis/core/validation, validEnvDownwardAPIFieldPathExpressions. */
const visible = new Set([
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]);

function fieldPath(one: Checker, ...at: readonly Step[]): void {
  const path = one.text(...at);
  if (path === undefined || visible.has(path) || /^metadata\.(labels|annotations)\['.+'\]$/.test(path)) return;
  one.say(at, t('"{0}" is not allowed here. Allowed: {1}.', path, [...visible].join(', ')));
}

function probe(one: Checker, name: string, mostSuccesses: number): void {
  if (one.value(name) === undefined) return;
  handler(one, ['exec', 'httpGet', 'tcpSocket', 'grpc'], name);
  for (const field of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'failureThreshold',
    'successThreshold',
  ])
    one.notNegative(name, field);
  if ((one.number(name, 'successThreshold') ?? 1) > mostSuccesses)
    one.say([name, 'successThreshold'], t('It must be 1 in a {0}.', name));
  const grace = [name, 'terminationGracePeriodSeconds'];
  if (name === 'readinessProbe') one.without(name, ...grace);
  else one.between(1, Infinity, ...grace);
}

function handler(one: Checker, kinds: readonly string[], ...at: readonly Step[]): void {
  one.exclusive(kinds, true, ...at);
  if (one.value(...at, 'exec') !== undefined) one.required(...at, 'exec', 'command');
  for (const kind of ['httpGet', 'tcpSocket', 'grpc']) one.port(...at, kind, 'port');
  one.each([...at, 'httpGet', 'httpHeaders'], (header) => one.required(...header, 'name'));
}

/** Names of resources every node knows; others need a domain. */
const standard = /^(?:cpu|memory|ephemeral-storage|storage|hugepages-.+)$/;

export const resources: Rule = (object, say) => {
  const one = new Checker(object, say);
  for (const list of ['limits', 'requests'])
    for (const name of one.keys(list)) {
      const amount = quantity(one.scalar(list, name));
      if (amount !== undefined && amount < 0) say([list, name], t('The least allowed is {0}.', 0));
      if (!standard.test(name) && !name.includes('/'))
        say([list, name], t('"{0}" is no resource of Kubernetes, and has no domain: write example.com/{0}.', name));
      if (name.includes('/') && amount !== undefined && !Number.isInteger(amount))
        say([list, name], t('Only whole numbers of {0} can be asked for.', name));
    }
  for (const name of one.keys('requests')) {
    const [asked, most] = [quantity(one.scalar('requests', name)), quantity(one.scalar('limits', name))];
    if (asked !== undefined && most !== undefined && asked > most)
      say(['requests', name], t('The request is more than the limit, {0}.', String(one.scalar('limits', name))));
    if (name.includes('/') && asked !== undefined && asked !== most)
      say(['requests', name], t('Of {0} as much must be the limit as is requested.', name));
  }
};

export const securityContext: Rule = (object, say) => {
  const one = new Checker(object, say);
  for (const id of ['runAsUser', 'runAsGroup']) one.between(0, 2 ** 31 - 1, id);
  if (one.scalar('allowPrivilegeEscalation') !== false) return;
  if (one.scalar('privileged') === true) one.without('privileged: true', 'allowPrivilegeEscalation');
  if (one.items('capabilities', 'add').some((item) => textAt(item) === 'CAP_SYS_ADMIN'))
    one.without('CAP_SYS_ADMIN', 'allowPrivilegeEscalation');
};

export const seccompProfile: Rule = (object, say) => {
  const one = new Checker(object, say);
  if (one.text('type') === 'Localhost') one.required('localhostProfile');
  else if (one.text('type') !== undefined) one.without(`type ${one.text('type')}`, 'localhostProfile');
};

export const secretReference: Rule = (object, say) => new Checker(object, say).passes(dnsSubdomain, 'name');
