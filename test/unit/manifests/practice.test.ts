import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { pages, rulesPage } from '../../../scripts/rules.ts';
import { replaceRanges } from '../../../src/core/yaml/edit.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import type { Finding } from '../../../src/manifests/findings.ts';
import type { RuleSettings } from '../../../src/manifests/practice/catalog.ts';
import { type RuleId, ruleIds } from '../../../src/manifests/practice/ruleIds.ts';
import { drawCarets, withoutCarets } from '../../support/carets.ts';

const schemas = join(root, 'schemas');
const manifests = createManifests({ schemas });
const quiet: RuleSettings = Object.fromEntries(ruleIds.map((id) => [id, 'off']));
const only = (...ids: RuleId[]): RuleSettings => ({
  ...quiet,
  ...Object.fromEntries(ids.map((id) => [id, 'warning'])),
});

async function findings(text: string, rules: RuleSettings): Promise<readonly Finding[]> {
  return (await manifests.validate(text, '1.34', { rules })).findings;
}

const deployment = (container: string, pod = '', spec = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
${spec}  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
${pod}      containers:
        - name: web
${container.replace(/^/gm, '          ')}
`;
const service = (spec: string): string => `---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: ${spec}\n`;
const budget = (spec: string): string =>
  `---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: ${spec}\n`;
const role = (rule: string): string =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: web}\nrules: [${rule}]\n`;
const probe = (more = ''): string => `{httpGet: {path: /healthz, port: 80}${more}}`;

interface Case {
  readonly bad: string;
  /** The text marked. */
  readonly at: string;
  readonly good: string;
}

const cases: Readonly<Record<RuleId, Case>> = {
  'no-requests': {
    bad: deployment('image: x:1'),
    at: 'web',
    good: deployment('image: x:1\nresources: {requests: {cpu: 1, memory: 1Gi}, limits: {memory: 1Gi}}'),
  },
  'image-tag': { bad: deployment('image: host:5000/x'), at: 'host:5000/x', good: deployment('image: host:5000/x:1') },
  'no-readiness': {
    bad: deployment('image: x:1\nports: [{containerPort: 80}]'),
    at: 'web',
    good: deployment(`image: x:1\nports: [{containerPort: 80}]\nreadinessProbe: ${probe()}`),
  },
  'same-probes': {
    bad: deployment(`image: x:1\nlivenessProbe: ${probe()}\nreadinessProbe: ${probe()}`),
    at: probe(),
    good: deployment(`image: x:1\nlivenessProbe: ${probe(', failureThreshold: 9')}\nreadinessProbe: ${probe()}`),
  },
  'grace-too-short': {
    bad: deployment('image: x:1\nlifecycle: {preStop: {exec: {command: [sh, -c, sleep 60]}}}'),
    at: '{exec: {command: [sh, -c, sleep 60]}}',
    good: deployment(
      'image: x:1\nlifecycle: {preStop: {sleep: {seconds: 60}}}',
      '      terminationGracePeriodSeconds: 90\n',
    ),
  },
  'no-pre-stop': {
    bad: deployment('image: x:1\nports: [{containerPort: 80}]'),
    at: 'web',
    good: deployment('image: x:1\nports: [{containerPort: 80}]\nlifecycle: {preStop: {sleep: {seconds: 5}}}'),
  },
  'runs-as-root': {
    bad: deployment('image: x:1'),
    at: 'web',
    good: deployment('image: x:1', '      securityContext: {runAsNonRoot: true}\n'),
  },
  privileged: {
    bad: deployment('image: x:1\nsecurityContext: {privileged: true}'),
    at: 'true',
    good: deployment('image: x:1\nsecurityContext: {privileged: false}'),
  },
  'host-access': {
    bad: deployment('image: x:1', '      hostNetwork: true\n'),
    at: 'true',
    good: deployment('image: x:1', '      volumes: [{name: v, hostPath: {path: /srv/data}}]\n'),
  },
  'wildcard-access': {
    bad: role('{apiGroups: [""], resources: ["*"], verbs: ["*"]}'),
    at: '["*"]',
    good: role('{apiGroups: [""], resources: ["*"], verbs: [get]}'),
  },
  'budget-blocks': {
    bad: deployment('image: x:1') + budget('{minAvailable: 1, selector: {matchLabels: {app: web}}}'),
    at: '1',
    good:
      deployment('image: x:1', '', '  replicas: 2\n') +
      budget('{minAvailable: 1, selector: {matchLabels: {app: web}}}'),
  },
  'no-spread': {
    bad: deployment('image: x:1', '', '  replicas: 3\n'),
    at: '3',
    good: deployment('image: x:1', '', '  replicas: 1\n'),
  },
  'replicas-and-autoscaler': {
    bad:
      deployment('image: x:1', '', '  replicas: 3\n') +
      '---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: web}}\n',
    at: '3',
    good: deployment('image: x:1', '', '  replicas: 3\n'),
  },
  'selects-nothing': {
    bad: deployment('image: x:1') + service('{selector: {app: wbe}, ports: [{port: 80}]}'),
    at: '{app: wbe}',
    good: deployment('image: x:1') + service('{selector: {other: thing}, ports: [{port: 80}]}'),
  },
  'unknown-target-port': {
    bad:
      deployment('image: x:1\nports: [{containerPort: 80, name: http}]') +
      service('{selector: {app: web}, ports: [{port: 80, targetPort: htpp}]}'),
    at: 'htpp',
    good:
      deployment('image: x:1\nports: [{containerPort: 80, name: http}]') +
      service('{selector: {app: web}, ports: [{port: 80, targetPort: http}]}'),
  },
  'missing-key': {
    bad:
      deployment('image: x:1\nenv: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: levle}}}]') +
      '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {level: debug}\n',
    at: 'levle',
    good: deployment('image: x:1\nenv: [{name: A, valueFrom: {configMapKeyRef: {name: elsewhere, key: levle}}}]'),
  },
};

describe('practice rules', () => {
  for (const id of ruleIds) {
    const { bad, at, good } = cases[id];
    it(`${id}: marks what is meant, and nothing where it does not hold`, async () => {
      const found = await findings(bad, only(id));
      assert.deepEqual(
        found.map(({ code, range }) => [code, bad.slice(range.start, range.end)]),
        [[id, at]],
      );
      assert.deepEqual(await findings(good, only(id)), []);
    });
  }

  it('offers fixes that make each go away and leave nothing wrong', async () => {
    const left: string[] = [];
    let fixes = 0;
    for (const id of ruleIds) {
      for (const text of [
        cases[id].bad,
        cases[id].bad.replaceAll('\n          ', '\n            ').replaceAll('\n        - ', '\n          - '),
      ]) {
        const found = (await findings(text, only(id))).filter(({ fix }) => fix !== undefined);
        fixes += found.length;
        const after = replaceRanges(
          text,
          found.map(({ fix }) => fix!),
        );
        if (found.length > 0)
          left.push(...(await findings(after, only(id))).map(({ message }) => `${id}: ${message}\n${after}`));
      }
    }
    assert.deepEqual(left, []);
    assert.ok(fixes >= 12, `${fixes} fixes`);
  });

  it('writes fixes in the style of the map, and never into what an alias shares', async () => {
    const text = deployment('image: x:1\nports:\n  - containerPort: 80');
    const [finding] = await findings(text, only('no-pre-stop'));
    assert.equal(
      replaceRanges(text, [finding!.fix!]),
      text.replace(
        'image: x:1\n',
        'image: x:1\n          lifecycle:\n            preStop:\n              sleep:\n                seconds: 5\n',
      ),
    );
    const flow = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: x:1}]}\n';
    const [other] = await findings(flow, only('runs-as-root'));
    assert.equal(
      replaceRanges(flow, [other!.fix!]),
      flow.replace(
        'image: x:1}',
        'image: x:1, securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false}}',
      ),
    );
  });

  it('is silenced by a comment: at a line, above a container, above the object', async () => {
    const drawn = `apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
    # gantry-ignore: image-tag
    - name: a
      image: a
      securityContext: {privileged: true}
                                    ^^^^ privileged
    - name: b
      image: b # gantry-ignore: image-tag, other
      securityContext:
        # gantry-ignore
        privileged: true
    - name: c
      image: c # gantry-ignore: privileged
             ^ image-tag
---
# gantry-ignore
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: a, securityContext: {privileged: true}}]}
`;
    const text = withoutCarets(drawn);
    assert.equal(drawCarets(text, await findings(text, only('image-tag', 'privileged'))), drawn);
  });

  it('takes severities from the settings and asks no rule unless told to', async () => {
    const text = cases['image-tag'].bad;
    const severities = (await findings(text, { ...quiet, 'image-tag': 'error' })).map(({ severity }) => severity);
    assert.deepEqual(severities, ['error']);
    assert.deepEqual((await manifests.validate(text, '1.34')).findings, []);
  });

  it('knows the objects of other files', async () => {
    const [workload, other] = cases['unknown-target-port'].bad.split('---\n');
    assert.equal(await manifests.learn('web.yaml', workload), true);
    assert.equal(await manifests.learn('web.yaml', `# nothing new\n${workload}`), false);
    const options = { path: 'service.yaml', rules: only('unknown-target-port') };
    assert.deepEqual(
      (await manifests.validate(other!, '1.34', options)).findings.map(({ code }) => code),
      ['unknown-target-port'],
    );
    await manifests.learn('web.yaml', undefined);
    assert.deepEqual((await manifests.validate(other!, '1.34', options)).findings, []);
  });

  for (const [path, language] of Object.entries(pages))
    it(`${path} is current (npm run rules)`, async () => {
      assert.equal(readFileSync(join(root, path), 'utf8'), await rulesPage(language));
    });
});
