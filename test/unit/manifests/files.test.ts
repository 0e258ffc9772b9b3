/** What Kustomize and Helm read beside manifests. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { goSchema } from '../../../scripts/lib/goTypes.ts';
import { root } from '../../../scripts/lib/project.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { fileFormatOf } from '../../../src/manifests/files.ts';

const manifests = createManifests({ schemas: join(root, 'schemas') });
const head = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n';
const chart = 'apiVersion: v2\nname: web\nversion: 1.0.0\n';

async function found(path: string | undefined, text: string): Promise<string[]> {
  const { findings } = await manifests.validate(text, '1.34', path === undefined ? {} : { path, rules: {} });
  return findings.map((one) => `${one.severity} ${text.slice(one.range.start, one.range.end)}: ${one.message}`);
}

describe('files beside manifests', () => {
  it('are known by their name, unless they say to be something else', () => {
    const kinds = [
      fileFormatOf('deploy/kustomization.yaml', 'resources: [a.yaml]'),
      fileFormatOf('deploy\\kustomization.yml', ''),
      fileFormatOf(undefined, `---\n${head}`),
      fileFormatOf('component.yaml', '"apiVersion": "kustomize.config.k8s.io/v1alpha1"\nkind: Component'),
      fileFormatOf('flux/kustomization.yaml', 'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization'),
      fileFormatOf('charts/web/Chart.yaml', chart),
      fileFormatOf('charts/web/values.yaml', chart),
      fileFormatOf(undefined, chart),
    ];
    assert.deepEqual(kinds, [
      'Kustomization',
      'Kustomization',
      'Kustomization',
      'Kustomization',
      undefined,
      'Chart',
      undefined,
      undefined,
    ]);
  });

  it('a kustomization: unknown fields, wrong types and values, at their places', async () => {
    assert.deepEqual(await found('kustomization.yaml', 'resources: [a.yaml]\nimages: [{name: a, newTag: "1"}]\n'), []);
    assert.deepEqual(await found(undefined, `${head}replicas: [{name: a, count: 2}]\n`), []);
    assert.deepEqual(await found('kustomization.yaml', 'resource: [a.yaml]\n'), [
      'error resource: Kustomization has no field "resource". Did you mean "resources"?',
    ]);
    assert.deepEqual(await found('kustomization.yaml', 'images:\n  - name: a\n    newTag: 1.0\n    newNmae: b\n'), [
      'error 1.0: Expected a string, found a number.',
      'error newNmae: Image has no field "newNmae". Did you mean "newName"?',
    ]);
    assert.deepEqual(await found(undefined, head.replace('Kustomization', 'Kustomisation')), [
      'error Kustomisation: "Kustomisation" is not allowed here. Allowed: Kustomization, Component.',
    ]);
  });

  it('what the program lets pass is a warning', async () => {
    assert.deepEqual(await found('kustomization.yaml', 'nameprefix: a-\n'), [
      'warning nameprefix: Kustomization has no field "nameprefix". Did you mean "namePrefix"?',
    ]);
    assert.deepEqual(await found('Chart.yaml', `${chart}apVersion: "1"\nname: web\n`), [
      'warning apVersion: Chart has no field "apVersion". Did you mean "appVersion"?',
      'warning name: The key "name" is already in this map.',
    ]);
  });

  it('a chart: what must be there, and versions that are text', async () => {
    assert.deepEqual(
      await found('web/Chart.yaml', `${chart}description: 1\ndependencies: [{name: a, version: 1}]\n`),
      [],
    );
    assert.deepEqual(await found('web/Chart.yaml', 'apiVersion: v2\nname: web\n'), [
      'error apiVersion: Chart needs the field "version".',
    ]);
    assert.deepEqual(await found('web/Chart.yaml', `${chart}appVersion: 1.10\ntype: app\nkeywords: a\n`), [
      'error 1.10: Expected a string, found a number.',
      'error app: "app" is not allowed here. Allowed: application, library.',
      'error a: Expected a list, found a string.',
    ]);
  });

  it('are left alone as templates, and half-typed only what stands before is judged', async () => {
    assert.deepEqual(await found('Chart.yaml', 'name: {{ .Name }}\n'), []);
    assert.equal((await found('kustomization.yaml', 'resource: [a.yaml]\nimages: [\n')).length, 2);
  });

  it('are completed and explained', async () => {
    const complete = async (path: string, drawn: string): Promise<string[]> => {
      const offered = await manifests.complete(drawn.replace('|', ''), drawn.indexOf('|'), '1.34', path);
      return offered.map(({ label }) => label);
    };
    assert.ok((await complete('kustomization.yaml', '|')).includes('configMapGenerator'));
    assert.deepEqual(await complete('kustomization.yaml', 'images:\n  - name: a\n    new|'), [
      'newName',
      'tagSuffix',
      'newTag',
      'digest',
    ]);
    assert.deepEqual(await complete('kustomization.yaml', 'kind: |'), ['Kustomization', 'Component']);
    assert.deepEqual(await complete('Chart.yaml', `${chart}type: |`), ['application', 'library']);
    const told = await manifests.hover('namespace: a\n', 2, '1.34', 'kustomization.yaml');
    assert.equal(told?.text, '**namespace** `string`\n\nNamespace to add to all objects.\n\n_Schema: Kustomize_');
  });

  it('have schemas made of Go types', () => {
    const source = `package p

// Mode is how.
type Mode string

const Fast Mode = "fast"
const (
	Slow Mode = "slow"
)

type Base struct {
	Kind string \`json:"kind,omitempty"\`
}

type Root struct {
	p.Base \`json:",inline"\`

	// Section.

	// Name names it,
	// in two lines.
	Name   string            \`json:"name"\`
	Modes  []Mode            \`json:"modes"\`
	Labels map[string]string \`json:"labels,omitempty" yaml:"labels"\`
	Next   *Root             \`json:"next"\`
	Any    []interface{}     \`json:"any"\`
	Count  int64             \`json:"count"\`
	Hidden bool              \`json:"-"\`
	hidden bool
}
`;
    assert.deepEqual(goSchema([source], 'Root'), {
      $ref: '#/$defs/Root',
      $defs: {
        Root: {
          type: 'object',
          properties: {
            kind: { type: 'string' },
            name: { type: 'string', description: 'Name names it, in two lines.' },
            modes: { type: 'array', items: { type: 'string', enum: ['fast', 'slow'] } },
            labels: { type: 'object', additionalProperties: { type: 'string' } },
            next: { $ref: '#/$defs/Root' },
            any: { type: 'array', items: {} },
            count: { type: 'integer' },
          },
        },
      },
    });
    assert.throws(() => goSchema(['type A struct {\n\tB unheard.Of `json:"b"`\n}\n'], 'A'), /unheard\.Of is unknown/);
  });
});
