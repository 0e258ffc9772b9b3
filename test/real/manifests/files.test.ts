/** Kustomizations and charts are judged as kustomize and helm themselves judge them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { moduleFiles } from '../../../scripts/lib/goModules.ts';
import { root } from '../../../scripts/lib/project.ts';
import { run } from '../../../src/core/processes.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { fileFormatOf } from '../../../src/manifests/files.ts';
import { helmProgram, kustomizeProgram } from '../../support/peers.ts';

const resources = 'resources: [a.yaml]\n';
/** What kustomize says is not written here: it is asked. */
const kustomizations: readonly string[] = [
  resources,
  `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${resources}`,
  `apiVersion: kustomize.config.k8s.io/v1\nkind: Kustomization\n${resources}`,
  `kind: Kustomisation\n${resources}`,
  `${resources}namePrefix: a-\ncommonAnnotations: {a: b}\n`,
  `${resources}nameprefix: a-\n`,
  `${resources}namePrefix: 1\n`,
  `${resources}prefix: a-\n`,
  `${resources}namespace:\n`,
  `${resources}commonLabels: {a: 1}\n`,
  `${resources}labels: [{pairs: {a: b}, includeSelectors: true}]\n`,
  `${resources}labels: [{pairs: {a: b}, includeSelectors: "true"}]\n`,
  `${resources}labels: {a: b}\n`,
  `${resources}images: [{name: a, newTag: "1.0"}]\n`,
  `${resources}images: [{name: a, newTag: 1.0}]\n`,
  `${resources}images: [{name: a, tag: "1"}]\n`,
  `${resources}replicas: [{name: d, count: 2}]\n`,
  `${resources}replicas: [{name: d, count: two}]\n`,
  `${resources}configMapGenerator: [{name: b, literals: [a=b], options: {disableNameSuffixHash: true}}]\n`,
  `${resources}configMapGenerator: [{name: b, literal: [a=b]}]\n`,
  `${resources}secretGenerator: [{name: b, type: Opaque, literals: [a=b]}]\n`,
  `${resources}patches: [{target: {kind: ConfigMap}, patch: "[]"}]\n`,
  `${resources}patches: [{target: {kinds: ConfigMap}, patch: "[]"}]\n`,
  `${resources}sortOptions: {order: fifo}\n`,
  `${resources}sortOptions: {order: lifo}\n`,
  `${resources}buildMetadata: [originAnnotations]\n`,
  `${resources}buildMetadata: [origins]\n`,
  `${resources}generatorOptions: {labels: {a: b}}\n`,
  'resources: a.yaml\n',
];

const chart = 'apiVersion: v2\nname: web\nversion: 1.0.0\n';
const charts: readonly string[] = [
  chart,
  'name: web\nversion: 1.0.0\n',
  'apiVersion: v2\nversion: 1.0.0\n',
  'apiVersion: v2\nname: web\n',
  'apiVersion: v3\nname: web\nversion: 1.0.0\n',
  'apiVersion: v2\nname: web\nversion: 1.10\n',
  `${chart}appVersion: 1.10\n`,
  `${chart}appVersion: "1.10"\n`,
  `${chart}type: library\n`,
  `${chart}type: program\n`,
  `${chart}description: 1\nannotations: {a: 1}\nkeywords: [1]\n`,
  `${chart}keywords: a\n`,
  `${chart}deprecated: maybe\n`,
  `${chart}maintainers: [{name: a, email: a@example.com}]\n`,
  `${chart}maintainers: [a]\n`,
  `${chart}appversion: "1"\nowner: a\n`,
];

/** Files that others wrote and use. */
const modules: readonly string[] = [
  'github.com/stefanprodan/podinfo@v1.8.1-0.20250910200901-e86405a8674e',
  'github.com/open-policy-agent/gatekeeper/v3@v3.23.1',
  'github.com/argoproj/argo-rollouts@v1.10.2',
  'github.com/kedacore/keda/v2@v2.21.0',
];

describe('files beside manifests and the programs that read them', function () {
  const ours = createManifests({ schemas: join(root, 'schemas') });
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-files-'))));
  after(() => rmSync(folder, { recursive: true }));

  async function weSay(path: string, text: string): Promise<string> {
    const { findings } = await ours.validate(text, '1.34', { path, rules: {} });
    const errors = findings.filter(({ severity }) => severity === 'error');
    return errors.map(({ path: at, message }) => `${at}: ${message}`).join('\n');
  }

  /** Both say the same of each text; the program's words are shown when they do not. */
  async function agreement(
    file: string,
    texts: readonly string[],
    says: () => Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>,
  ): Promise<void> {
    const count = { accepted: 0, refused: 0 };
    const differing: string[] = [];
    for (const text of texts) {
      writeFileSync(join(folder, file), text);
      const [{ code, stdout, stderr }, we] = [await says(), await weSay(file, text)];
      count[code === 0 ? 'accepted' : 'refused']++;
      if ((we === '') !== (code === 0)) differing.push(`${text}\nthe program: ${stderr}${stdout}\nwe: ${we}`);
    }
    assert.equal(differing.join('\n\n'), '');
    assert.ok(count.accepted >= 5 && count.refused >= 5, JSON.stringify(count));
  }

  it('kustomize', async function () {
    this.timeout(15 * 60_000);
    const program = await kustomizeProgram();
    const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n';
    writeFileSync(
      join(folder, 'a.yaml'),
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n${deployment}spec: {template: {spec: {containers: [{name: a}]}}}\n`,
    );
    await agreement('kustomization.yaml', kustomizations, () => run(program, ['build', folder]));
  });

  it('helm', async function () {
    this.timeout(30 * 60_000);
    const program = await helmProgram();
    await agreement('Chart.yaml', charts, () => run(program, ['lint', folder]));
  });

  it('nothing is wrong with what others use', async function () {
    this.timeout(120_000);
    const count = { Kustomization: 0, Chart: 0 };
    for (const module of modules) {
      for (const { path, read } of await moduleFiles(module, (each) => /(?:ustomization|Chart)\.ya?ml$/.test(each))) {
        const text = read();
        const format = fileFormatOf(path, text);
        if (format === undefined) continue;
        count[format]++;
        assert.equal(await weSay(path, text), '', `${module} ${path}`);
      }
    }
    assert.ok(count.Kustomization >= 20 && count.Chart >= 3, JSON.stringify(count));
  });
});
