/** What the API server's hand-written validation refuses in data and storage: pkg/apis/core, storage, scheduling. */
import { t } from '../../core/l10n.ts';
import { lookup } from '../../core/lookup.ts';
import { keysAt, textAt } from '../../core/yaml/read.ts';
import type { Rule } from '../../core/yaml/schema.ts';
import { Checker } from './check.ts';
import { dataKey, dnsSubdomain, qualifiedName } from './names.ts';
import { quantity } from './quantities.ts';

function dataKeys(one: Checker, ...lists: readonly string[]): void {
  for (const list of lists)
    for (const key of one.keys(list)) {
      const problem = dataKey(key);
      if (problem !== undefined) one.say([list, key], problem);
    }
}

export const configMap: Rule = (object, say) => {
  const one = new Checker(object, say);
  dataKeys(one, 'data', 'binaryData');
  for (const key of one.keys('binaryData'))
    if (one.keys('data').includes(key)) say(['binaryData', key], t('"{0}" is in data already.', key));
};

/** The keys that a Secret of a type must have; of basic-auth's one is enough. */
const secretKeys: Readonly<Record<string, readonly string[]>> = lookup({
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
});

export const secret: Rule = (object, say) => {
  const one = new Checker(object, say);
  dataKeys(one, 'data', 'stringData');
  const present = [...one.keys('data'), ...one.keys('stringData')];
  const type = one.text('type') ?? 'Opaque';
  for (const key of secretKeys[type] ?? [])
    if (!present.includes(key))
      say(['type'], t('A Secret of this type needs the key "{0}".', key), { code: 'missing-field' });
  if (type === 'kubernetes.io/basic-auth' && !present.includes('username') && !present.includes('password'))
    say(['type'], t('A Secret of this type needs the key "{0}".', 'password'), { code: 'missing-field' });
  if (
    type === 'kubernetes.io/service-account-token' &&
    !one.text('metadata', 'annotations', 'kubernetes.io/service-account.name')
  )
    say(['type'], t('A Secret of this type needs the annotation "{0}".', 'kubernetes.io/service-account.name'), {
      code: 'missing-field',
    });
};

function accessModes(one: Checker): void {
  one.required('accessModes');
  const modes = one.items('accessModes').map((item) => textAt(item));
  if (modes.length > 1 && modes.includes('ReadWriteOncePod'))
    one.say(['accessModes'], t('ReadWriteOncePod must stand alone.'));
}

export const claimSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  accessModes(one);
  if (one.required('resources', 'requests', 'storage')) {
    const size = quantity(one.scalar('resources', 'requests', 'storage'));
    if (size !== undefined && size <= 0) say(['resources', 'requests', 'storage'], t('It must be more than {0}.', 0));
  }
  if (one.text('storageClassName')) one.passes(dnsSubdomain, 'storageClassName');
  one.selector('selector');
  if (one.value('dataSource') !== undefined) for (const field of ['kind', 'name']) one.required('dataSource', field);
};

/** Fields of a PersistentVolume that are no source. */
const noSources = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
]);

export const volumeSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  accessModes(one);
  one.required('capacity', 'storage');
  const sources = keysAt(object).filter((key) => !noSources.has(key));
  if (sources.length === 0)
    say([], t('A PersistentVolume needs a source: csi, nfs, hostPath, local …'), { code: 'missing-field' });
  one.exclusive(sources, false);
  if (sources.includes('local')) {
    one.required('local', 'path');
    one.required('nodeAffinity');
  }
  if (sources.includes('hostPath')) one.required('hostPath', 'path');
  if (sources.includes('csi')) for (const field of ['driver', 'volumeHandle']) one.required('csi', field);
  if (sources.includes('nfs')) for (const field of ['server', 'path']) one.required('nfs', field);
};

export const storageClass: Rule = (object, say) => {
  const one = new Checker(object, say);
  one.named(qualifiedName, 'provisioner');
};

export const priorityClass: Rule = (object, say) => {
  const one = new Checker(object, say);
  if (one.text('metadata', 'name')?.startsWith('system-'))
    say(['metadata', 'name'], t('Names that begin with "{0}" belong to Kubernetes.', 'system-'));
  if ((one.number('value') ?? 0) > 1e9) say(['value'], t('The most allowed is {0}.', 1e9));
};

const standardResource = /^(?:(?:limits|requests)\.)?(?:cpu|memory|storage|ephemeral-storage|hugepages-.+)$/;
const countable =
  /^(?:pods|services|replicationcontrollers|resourcequotas|secrets|configmaps|persistentvolumeclaims|services\.nodeports|services\.loadbalancers)$/;

export const quotaSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  for (const name of one.keys('hard')) {
    if (!standardResource.test(name) && !countable.test(name) && !name.includes('/'))
      say(['hard', name], t('"{0}" is no resource of Kubernetes, and has no domain: write example.com/{0}.', name));
    const amount = quantity(one.scalar('hard', name));
    if (amount !== undefined && amount < 0) say(['hard', name], t('The least allowed is {0}.', 0));
  }
};

export const limitRangeSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  one.each(['limits'], (at) => {
    one.required(...at, 'type');
    const order = ['min', 'defaultRequest', 'default', 'max'];
    for (const [i, lower] of order.entries())
      for (const upper of order.slice(i + 1))
        for (const name of one.keys(...at, lower)) {
          const [less, more] = [lower, upper].map((list) => quantity(one.scalar(...at, list, name)));
          if (less !== undefined && more !== undefined && less > more)
            say([...at, lower, name], t('It is more than {0}.', upper));
        }
  });
};
