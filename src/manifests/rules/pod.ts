/** What the API server's hand-written validation refuses in pods: k8s.io/kubernetes pkg/apis/core/validation. */
import { t } from '../../core/l10n.ts';
import { lookup } from '../../core/lookup.ts';
import { itemsAt, keysAt, type Step, textAt } from '../../core/yaml/read.ts';
import type { Rule } from '../../core/yaml/schema.ts';
import { Checker } from './check.ts';
import { dnsLabel, dnsSubdomain, ipAddress, labelValue, qualifiedName } from './names.ts';

const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const;

export const podSpec: Rule = (object, say, root) => {
  const pod = new Checker(object, say);
  pod.required('containers');
  windowsHostProcess(pod);
  containerNames(pod);
  // A StatefulSet gives its pods a volume for each of its claims.
  volumes(
    pod,
    itemsAt(root, 'spec', 'volumeClaimTemplates').map((claim) => textAt(claim, 'metadata', 'name') ?? ''),
  );
  hostPorts(pod);
  pod.notNegative('terminationGracePeriodSeconds');
  pod.between(1, 2 ** 31 - 1, 'activeDeadlineSeconds');
  for (const field of ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName', 'schedulerName'])
    pod.passes(dnsSubdomain, field);
  pod.passes(dnsLabel, 'hostname');
  pod.passes(dnsLabel, 'subdomain');
  if (pod.scalar('shareProcessNamespace') === true && pod.scalar('hostPID') === true)
    pod.without('hostPID', 'shareProcessNamespace');
  if (pod.text('dnsPolicy') === 'None') pod.required('dnsConfig', 'nameservers');
  pod.each(['dnsConfig', 'nameservers'], (at) => pod.passes(ipAddress, ...at));
  pod.each(['hostAliases'], (at) => pod.passes(ipAddress, ...at, 'ip'));
  pod.each(['imagePullSecrets'], (at) => pod.required(...at, 'name'));
  pod.each(['readinessGates'], (at) => pod.named(qualifiedName, ...at, 'conditionType'));
  for (const [key, value] of pod.strings('nodeSelector')) {
    const problem = qualifiedName(key) ?? labelValue(value);
    if (problem !== undefined) say(['nodeSelector', key], problem);
  }
};

function containerNames(pod: Checker): void {
  const names: [string, readonly Step[]][] = [];
  for (const list of containerLists)
    pod.each([list], (at, item) => {
      const name = textAt(item, 'name');
      if (name !== undefined) names.push([name, [...at, 'name']]);
    });
  // Two in one list are found by its map keys already.
  const lists = new Map<string, Step>();
  for (const [name, at] of names) {
    const list = lists.get(name);
    if (list !== undefined && list !== at[0])
      pod.unique([
        [name, at],
        [name, at],
      ]);
    lists.set(name, at[0]!);
  }
}

/** A process of a Windows node shares the node's network. */
function windowsHostProcess(pod: Checker): void {
  const at = ['securityContext', 'windowsOptions', 'hostProcess'];
  if (pod.scalar(...at) === true && pod.scalar('hostNetwork') !== true)
    pod.say(at, t('"{0}" is not allowed without {1}.', 'hostProcess', 'hostNetwork'));
  for (const list of containerLists)
    pod.each([list], (container) => {
      if (pod.scalar(...container, ...at) === true && pod.scalar('hostNetwork') !== true)
        pod.say([...container, ...at], t('"{0}" is not allowed without {1}.', 'hostProcess', 'hostNetwork'));
      if (pod.text(...container, 'securityContext', 'procMount') === 'Unmasked' && pod.scalar('hostUsers') !== false)
        pod.say(
          [...container, 'securityContext', 'procMount'],
          t('"{0}" is not allowed without {1}.', 'Unmasked', 'hostUsers: false'),
        );
    });
}

/** Sources that need a field of their own. */
const sourceNeeds: Readonly<Record<string, readonly string[]>> = lookup({
  configMap: ['name'],
  secret: ['secretName'],
  persistentVolumeClaim: ['claimName'],
  hostPath: ['path'],
  nfs: ['server', 'path'],
  csi: ['driver'],
  iscsi: ['targetPortal', 'iqn'],
  glusterfs: ['endpoints', 'path'],
});

function volumes(pod: Checker, claims: readonly string[]): void {
  const names = new Set(claims);
  pod.each(['volumes'], (at, volume) => {
    pod.named(dnsLabel, ...at, 'name');
    names.add(textAt(volume, 'name') ?? '');
    const sources = keysAt(volume).filter((key) => key !== 'name');
    pod.exclusive(sources, false, ...at);
    for (const field of sourceNeeds[sources[0] ?? ''] ?? []) pod.required(...at, sources[0]!, field);
    if (sources[0] === 'hostPath') noBackSteps(pod, ...at, 'hostPath', 'path');
    if (sources[0] === 'projected') projected(pod, at);
    for (const source of ['configMap', 'secret']) items(pod, ...at, source, 'items');
  });
  for (const list of containerLists)
    pod.each([list], (at, container) => {
      for (const [mounts, path] of [
        ['volumeMounts', 'mountPath'],
        ['volumeDevices', 'devicePath'],
      ] as const) {
        const points: [string, readonly Step[]][] = [];
        pod.each([...at, mounts], (mount, item) => {
          const name = textAt(item, 'name');
          if (pod.required(...mount, 'name') && name !== undefined && !names.has(name))
            pod.say([...mount, 'name'], t('This pod has no volume "{0}".', name), { code: 'missing-field' });
          if (pod.required(...mount, path)) points.push([textAt(item, path) ?? '', [...mount, path]]);
          noBackSteps(pod, ...mount, 'subPath');
        });
        if (mounts === 'volumeDevices' || container.kind !== 'map') pod.unique(points);
      }
    });
}

function projected(pod: Checker, volume: readonly Step[]): void {
  pod.each([...volume, 'projected', 'sources'], (at, source) => {
    pod.exclusive(keysAt(source), true, ...at);
    if (keysAt(source).includes('serviceAccountToken')) {
      pod.between(600, 2 ** 32, ...at, 'serviceAccountToken', 'expirationSeconds');
      pod.required(...at, 'serviceAccountToken', 'path');
    }
    for (const kind of ['configMap', 'secret']) items(pod, ...at, kind, 'items');
  });
}

function items(pod: Checker, ...list: readonly Step[]): void {
  pod.each(list, (at) => {
    pod.required(...at, 'key');
    if (pod.required(...at, 'path')) noBackSteps(pod, ...at, 'path');
    pod.between(0, 0o777, ...at, 'mode');
  });
}

function noBackSteps(pod: Checker, ...at: readonly Step[]): void {
  if (
    pod
      .text(...at)
      ?.split('/')
      .includes('..')
  )
    pod.say(at, t('The path must not hold "..".'));
}

/** In the node's network a container's port is the node's port. */
function hostPorts(pod: Checker): void {
  if (pod.scalar('hostNetwork') !== true) return;
  for (const list of containerLists)
    pod.each([list], (container) =>
      pod.each([...container, 'ports'], (at) => {
        const [own, hosts] = [pod.number(...at, 'containerPort'), pod.number(...at, 'hostPort')];
        if (hosts !== undefined && own !== undefined && hosts !== own)
          pod.say([...at, 'hostPort'], t('With hostNetwork it must be the same as containerPort.'));
      }),
    );
}

export const toleration: Rule = (object, say) => {
  const one = new Checker(object, say);
  if (one.text('key')) one.passes(qualifiedName, 'key');
  const operator = one.text('operator') ?? 'Equal';
  if (!one.text('key') && operator !== 'Exists')
    one.say(['operator'], t('Without a key the operator must be Exists.'), { code: 'missing-field' });
  if (operator === 'Exists' && one.text('value')) one.without('operator Exists', 'value');
  if (one.text('value')) one.passes(labelValue, 'value');
  if (one.value('tolerationSeconds') !== undefined && one.text('effect') !== 'NoExecute')
    one.say(['tolerationSeconds'], t('tolerationSeconds is only allowed with effect NoExecute.'));
};

export const spreadConstraint: Rule = (object, say) => {
  const one = new Checker(object, say);
  one.between(1, Infinity, 'maxSkew');
  one.between(1, Infinity, 'minDomains');
  if (one.value('minDomains') !== undefined && one.text('whenUnsatisfiable') !== 'DoNotSchedule')
    one.say(['minDomains'], t('minDomains is only allowed with whenUnsatisfiable DoNotSchedule.'));
  one.named(qualifiedName, 'topologyKey');
  one.selector('labelSelector');
  if (one.items('matchLabelKeys').length > 0 && one.value('labelSelector') === undefined)
    one.say(['matchLabelKeys'], t('"{0}" is not allowed without {1}.', 'matchLabelKeys', 'labelSelector'));
};

export const nodeSelectorRequirement: Rule = (object, say) => {
  const one = new Checker(object, say);
  one.named(qualifiedName, 'key');
  const operator = one.text('operator');
  if (operator !== 'Gt' && operator !== 'Lt') one.operator(['In', 'NotIn'], ['Exists', 'DoesNotExist'], []);
  else if (one.items('values').length !== 1 || !/^[-+]?\d+$/.test(one.text('values', 0) ?? ''))
    one.say(['values'], t('{0} needs exactly one value, an integer in quotes.', operator));
};

export const nodeSelector: Rule = (object, say) => void new Checker(object, say).required('nodeSelectorTerms');

export const podAffinityTerm: Rule = (object, say) => {
  const one = new Checker(object, say);
  one.named(qualifiedName, 'topologyKey');
  one.selector('labelSelector');
  one.selector('namespaceSelector');
};

export const weighted: Rule = (object, say) => new Checker(object, say).between(1, 100, 'weight');

export const podSecurityContext: Rule = (object, say) => {
  const one = new Checker(object, say);
  for (const id of ['runAsUser', 'runAsGroup', 'fsGroup']) one.between(0, 2 ** 31 - 1, id);
  one.each(['sysctls'], (at) => one.required(...at, 'name'));
};
