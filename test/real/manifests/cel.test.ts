/** Rules of custom resources are judged as a real API server judges them, whose definitions are installed for it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { moduleFiles } from '../../../scripts/lib/goModules.ts';
import { root } from '../../../scripts/lib/project.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { sharedControlPlane, type TestCluster } from '../../support/controlPlane.ts';
import { installDefinitions } from '../../support/crds.ts';
import { ManifestOracle } from '../../support/manifestOracle.ts';

/** Manifests that the makers of Gateway API mean to be taken, and refused. */
const gatewayApi = 'sigs.k8s.io/gateway-api@v1.6.3';
const examples = /^(?:examples|hack\/invalid-examples)\/standard\/.*\.yaml$/;

const istio = (kind: string, spec: string): string =>
  `apiVersion: ${kind === 'DestinationRule' ? 'networking.istio.io/v1' : 'security.istio.io/v1'}\nkind: ${kind}\nmetadata: {name: a}\nspec: ${spec}\n`;
const rule = (policy: string): string => istio('DestinationRule', `{host: a, trafficPolicy: ${policy}}`);
/** What the server says is not written here: it is asked. */
const ofIstio: readonly string[] = [
  rule('{connectionPool: {tcp: {connectTimeout: 0s}}}'),
  rule('{connectionPool: {tcp: {connectTimeout: 30s}}}'),
  rule('{connectionPool: {tcp: {connectTimeout: soon}}}'),
  rule('{loadBalancer: {simple: ROUND_ROBIN, consistentHash: {useSourceIp: true}}}'),
  rule('{tls: {mode: SIMPLE, caCertificates: a, credentialName: b}}'),
  rule('{outlierDetection: {interval: 10s, baseEjectionTime: 1h}}'),
  rule('{outlierDetection: {interval: 1us}}'),
  istio('AuthorizationPolicy', '{selector: {matchLabels: {a: b}}, targetRef: {kind: Service, name: a}}'),
  istio('AuthorizationPolicy', '{targetRefs: [{kind: Service, name: a, group: ""}]}'),
  istio(
    'AuthorizationPolicy',
    '{targetRefs: [{kind: Gateway, name: a, group: gateway.networking.k8s.io, namespace: b}]}',
  ),
  istio('AuthorizationPolicy', '{selector: {matchLabels: {"": b}}}'),
  istio('AuthorizationPolicy', '{selector: {matchLabels: {"a*": b}}}'),
  istio('PeerAuthentication', '{mtls: {mode: STRICT}, portLevelMtls: {"80": {mode: DISABLE}}}'),
  istio('PeerAuthentication', '{selector: {matchLabels: {a: b}}, portLevelMtls: {"0": {mode: DISABLE}}}'),
  istio('PeerAuthentication', '{selector: {matchLabels: {a: b}}, portLevelMtls: {"80": {mode: DISABLE}}}'),
];

describe('rules of custom resources beside a real API server', function () {
  let cluster: TestCluster;
  let namespace: string;
  let oracle: ManifestOracle;
  let definitions: Awaited<ReturnType<typeof installDefinitions>>;
  const ours = createManifests({ schemas: join(root, 'schemas') });

  before(async function () {
    cluster = await sharedControlPlane(this);
    namespace = await cluster.namespace();
    definitions = await installDefinitions(cluster);
    oracle = new ManifestOracle(cluster, namespace);
  });
  after(async () => {
    await definitions?.remove();
    await cluster?.removeNamespace(namespace);
  });

  /** Both verdicts on each text, and ours must be the server's; returns how many were taken and refused. */
  async function agreement(texts: readonly string[]): Promise<{ accepted: number; refused: number }> {
    const count = { accepted: 0, refused: 0 };
    for (const text of texts) {
      const verdict = await oracle.says(text);
      if (verdict === undefined) continue; // A kind that is not installed.
      count[verdict.accepted ? 'accepted' : 'refused']++;
      const { findings } = await ours.validate(text, '1.34');
      const errors = findings.filter(({ severity }) => severity === 'error');
      assert.equal(
        errors.length === 0,
        verdict.accepted,
        `${text}\nserver: ${verdict.text}\nwe: ${JSON.stringify(errors)}`,
      );
      const messages = (JSON.parse(verdict.text || '{}') as { message?: string }).message ?? '';
      for (const { code, message } of errors)
        if (code === 'refused') assert.ok(messages.includes(message), `${message}\n${messages}`);
    }
    return count;
  }

  it("Gateway API's own examples, right and wrong, with the server's messages", async () => {
    const files = await moduleFiles(gatewayApi, (path) => examples.test(path));
    const texts = files.flatMap(({ read }) => read().split(/^---.*\n/m)).filter((text) => /^kind:/m.test(text));
    const { accepted, refused } = await agreement(texts);
    assert.ok(accepted >= 30 && refused >= 15, JSON.stringify({ accepted, refused }));
  });

  it("Istio's rules, on durations, numbers of ports and fields that exclude one another", async () => {
    const { accepted, refused } = await agreement(ofIstio);
    assert.ok(accepted >= 4 && refused >= 7, JSON.stringify({ accepted, refused }));
  });
});
