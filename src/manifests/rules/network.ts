/** What the API server's hand-written validation refuses in Services, Ingresses and policies: pkg/apis/core, networking. */
import { t } from '../../core/l10n.ts';
import { keysAt, numberAt, type Step, textAt } from '../../core/yaml/read.ts';
import type { Rule } from '../../core/yaml/schema.ts';
import { Checker } from './check.ts';
import { cidr, dnsLabel, dnsLabel1035, dnsSubdomain, host, ianaName, ipAddress, isIp, qualifiedName } from './names.ts';

export const serviceSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  const type = one.text('type') ?? 'ClusterIP';
  const headless = one.text('clusterIP') === 'None';
  if (type === 'ExternalName') {
    one.named(dnsSubdomain, 'externalName');
    for (const field of ['clusterIP', 'clusterIPs'])
      if (one.scalar(field) !== '') one.without('type ExternalName', field);
  } else if (!headless) one.required('ports');
  if (headless && (type === 'NodePort' || type === 'LoadBalancer')) one.without(`type ${type}`, 'clusterIP');
  if (!headless && one.text('clusterIP')) one.passes(ipAddress, 'clusterIP');
  servicePorts(one, type);
  one.labels('selector');
  one.each(['externalIPs'], (at) => one.passes(ipAddress, ...at));
  one.each(['loadBalancerSourceRanges'], (at) => one.passes(cidr, ...at));
  if (type !== 'LoadBalancer')
    for (const field of ['loadBalancerSourceRanges', 'loadBalancerClass', 'allocateLoadBalancerNodePorts'])
      if (one.keys(field).length > 0 || one.items(field).length > 0 || one.scalar(field) !== undefined)
        one.without(`type ${type}`, field);
  const external = type === 'NodePort' || type === 'LoadBalancer' || one.items('externalIPs').length > 0;
  if (!external && one.text('externalTrafficPolicy')) one.without(`type ${type}`, 'externalTrafficPolicy');
  one.between(1, 86_400, 'sessionAffinityConfig', 'clientIP', 'timeoutSeconds');
  if (one.text('sessionAffinity') !== 'ClientIP' && one.value('sessionAffinityConfig', 'clientIP') !== undefined)
    one.without(`sessionAffinity ${one.text('sessionAffinity') ?? 'None'}`, 'sessionAffinityConfig');
};

function servicePorts(one: Checker, type: string): void {
  const names: [string, readonly Step[]][] = [];
  const several = one.items('ports').length > 1;
  one.each(['ports'], (at, port) => {
    one.between(1, 65_535, ...at, 'port');
    one.port(...at, 'targetPort');
    one.passes(dnsLabel, ...at, 'name');
    one.passes(qualifiedName, ...at, 'appProtocol');
    const name = textAt(port, 'name');
    if (several) one.required(...at, 'name');
    if (name) names.push([name, [...at, 'name']]);
    if (numberAt(port, 'nodePort')) {
      if (type === 'ClusterIP' || type === 'ExternalName') one.without(`type ${type}`, ...at, 'nodePort');
      else one.between(30_000, 32_767, ...at, 'nodePort');
    }
  });
  one.unique(names);
}

export const ingressSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  if (one.items('rules').length === 0 && one.value('defaultBackend') === undefined)
    one.exclusive(['rules', 'defaultBackend'], true);
  if (one.value('defaultBackend') !== undefined) backend(one, 'defaultBackend');
  one.each(['rules'], (at) => {
    if (one.text(...at, 'host')) one.passes(host, ...at, 'host');
    if (one.value(...at, 'http') !== undefined) one.required(...at, 'http', 'paths');
    one.each([...at, 'http', 'paths'], (path) => {
      const [type, text] = [one.text(...path, 'pathType'), one.text(...path, 'path')];
      if (type === 'Exact' || type === 'Prefix') {
        if (text === undefined || !text.startsWith('/'))
          say([...path, 'path'], t('With pathType {0} the path must begin with "/".', type));
        else if (/\/\/|\/\.\/|\/\.\.\/|%2f|%2F|\/\.\.?$/.test(text))
          say([...path, 'path'], t('The path must not hold "{0}".', /\/\/|\/\.\.?|%2[fF]/.exec(text)![0]));
      } else if (text && !text.startsWith('/')) say([...path, 'path'], t('The path must begin with "/".'));
      backend(one, ...path, 'backend');
    });
  });
  one.each(['tls'], (at) =>
    one.each([...at, 'hosts'], (each) => {
      if (one.text(...each)) one.passes(host, ...each);
    }),
  );
  one.passes(dnsSubdomain, 'ingressClassName');
};

function backend(one: Checker, ...at: readonly Step[]): void {
  one.exclusive(['service', 'resource'], one.value(...at) !== undefined, ...at);
  if (one.value(...at, 'service') === undefined) return;
  one.named(dnsLabel1035, ...at, 'service', 'name');
  if (one.required(...at, 'service', 'port')) one.exclusive(['name', 'number'], true, ...at, 'service', 'port');
  one.between(1, 65_535, ...at, 'service', 'port', 'number');
  one.passes(ianaName, ...at, 'service', 'port', 'name');
}

export const ingressClassSpec: Rule = (object, say) => void new Checker(object, say).required('controller');

export const networkPolicySpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  one.selector('podSelector');
  for (const [rules, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const)
    one.each([rules], (at) => {
      one.each([...at, peers], (peer, item) => {
        const keys = keysAt(item);
        if (keys.length === 0) one.exclusive(['podSelector', 'namespaceSelector', 'ipBlock'], true, ...peer);
        if (keys.includes('ipBlock') && keys.length > 1) one.exclusive(keys, false, ...peer);
        if (keys.includes('ipBlock')) one.required(...peer, 'ipBlock', 'cidr');
        one.passes(cidr, ...peer, 'ipBlock', 'cidr');
        one.each([...peer, 'ipBlock', 'except'], (each) => one.passes(cidr, ...each));
        for (const selector of ['podSelector', 'namespaceSelector']) one.selector(...peer, selector);
      });
      one.each([...at, 'ports'], (port) => {
        one.port(...port, 'port');
        const [first, last] = [one.number(...port, 'port'), one.number(...port, 'endPort')];
        if (last === undefined) return;
        if (first === undefined)
          one.say([...port, 'endPort'], t('"{0}" is not allowed without {1}.', 'endPort', 'port'));
        else one.between(first, 65_535, ...port, 'endPort');
      });
    });
  if (one.items('policyTypes').length > 2) say(['policyTypes'], t('At most {0} items are allowed.', 2));
  one.each(['policyTypes'], (at) => one.oneOf(['Ingress', 'Egress'], ...at));
};

export const endpointSlice: Rule = (object, say) => {
  const one = new Checker(object, say);
  one.required('addressType');
  one.each(['endpoints'], (at) => {
    one.required(...at, 'addresses');
    one.each([...at, 'addresses'], (each) => {
      const address = one.text(...each);
      if (address !== undefined && one.text('addressType') !== 'FQDN' && !isIp(address)) one.passes(ipAddress, ...each);
    });
  });
};
