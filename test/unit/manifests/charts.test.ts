import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { createManifests } from '../../../src/manifests/domain.ts';

const schema = JSON.stringify({
  $schema: 'http://json-schema.org/draft-07/schema#',
  required: ['image'],
  properties: { image: { $ref: '#/definitions/image' }, gone: false },
  definitions: {
    image: { type: 'object', properties: { tag: { type: 'string' } }, additionalProperties: false },
  },
});
const values = '# Which image.\nimage:\n  tag: "1"\n';
const template = `{{- if .Values.on }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "web.name" . }}
  labels: {{- include "web.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  {{- with .Values.more }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  template:
    spec:
      contaniers: []
      containers:
        - name: web
          image: "web:{{ .Values.image.tag | default "}}" }}"
          imagePullPolicy: Alwyas
          ports:
            - containerPort: http
{{- end }}
`;

describe('charts', () => {
  const manifests = createManifests({ schemas: join(root, 'schemas') });
  before(async () => {
    await manifests.learn('web/Chart.yaml', 'apiVersion: v2\nname: web\nversion: 1.0.0\n');
    await manifests.learn('web/values.yaml', values);
    await manifests.learn('web/values.schema.json', schema);
  });

  async function found(path: string, text: string): Promise<string[]> {
    const { findings } = await manifests.validate(text, '1.34', { path, rules: {} });
    return findings.map((one) => `${one.severity} ${text.slice(one.range.start, one.range.end)}: ${one.code}`);
  }

  it('values are judged by the schema of the chart, at the key', async () => {
    assert.deepEqual(await found('web/values.yaml', values), []);
    assert.deepEqual(await found('web/values.yaml', 'image: {tag: 1, tga: a}\ngone: 1\n'), [
      'error 1: wrong-type',
      'error tga: unknown-field',
      'error 1: not-allowed',
    ]);
  });

  it('values that must be given are missed in values.yaml alone', async () => {
    assert.deepEqual(await found('web/values.yaml', 'other: 1\n'), ['warning other: missing-field']);
    assert.deepEqual(await found('web/values-prod.yaml', 'other: 1\n'), []);
    assert.deepEqual(await found('else/values.yaml', 'image: 1\n'), []);
  });

  it('templates are judged by what stands around their actions', async () => {
    assert.deepEqual(await found('web/templates/web.yaml', template), [
      'error contaniers: unknown-field',
      'error Alwyas: not-allowed',
      'error http: wrong-type',
    ]);
    assert.deepEqual(await found('elsewhere/web.yaml', template), []);
  });

  it('both branches of an if, and what a cluster is asked for first, are no mistakes', async () => {
    const either = `{{ if .Values.a }}\napiVersion: v1\n{{ else }}\napiVersion: v2\n{{ end }}\nkind: Pod\nspec: 1\n`;
    const psp = `{{ if .Values.a }}\napiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nspec: {}\n{{ end }}\n`;
    assert.deepEqual(await found('web/templates/a.yaml', either), []);
    assert.deepEqual(await found('web/templates/a.yaml', psp), []);
    const kind = `apiVersion: apps/v1\nkind: {{ if .Values.a }}Deployment{{ else }}StatefulSet{{ end }}\nspec: {}\n`;
    assert.deepEqual(await found('web/templates/a.yaml', kind), []);
  });

  it('a value that is misspelt is told, unless its absence is provided for', async () => {
    const uses = async (text: string): Promise<string[]> => found('web/templates/a.yaml', text);
    assert.deepEqual(await uses('a: {{ .Values.image.tga }}\nb: {{ $.Values.imgae.tag }}\n'), [
      'hint tga: unknown-value',
      'hint imgae: unknown-value',
    ]);
    for (const quiet of [
      'a: {{ .Values.image.tag }} {{ .Values.image.pullPolicy }} {{ .Values.global.imgae }}\n',
      'a: {{ .Values.image.tga | default "1" }}\n',
      '{{ if .Values.imgae }}a: {{ .Values.imgae.tag }}{{ end }}\n',
      '{{ with .Values.imgae }}{{ .tag }}{{ end }}\n',
      '{{ if hasKey .Values.image "tga" }}a: {{ .Values.image.tga }}{{ end }}\n',
      'a: {{ required "say which" .Values.imgae }}\n',
      '# gantry-ignore: unknown-value\na: {{ .Values.image.tga }}\n',
      '{{/* .Values.image.tga */}}\n',
    ])
      assert.deepEqual(await uses(quiet), [], quiet);
    // In the schema, beside the values, of a chart that is brought along, and of a library's users.
    assert.deepEqual(await uses('a: {{ .Values.gone }} {{ .Values.gnoe }}\n'), []);
    await manifests.learn('other/values.yaml', '# tagg: why\ntag: 1\nredis: {}\nempty: {}\n');
    const chart = 'apiVersion: v2\nname: other\nversion: 1.0.0\n';
    const other = async (more: string, text: string): Promise<string[]> => {
      await manifests.learn('other/Chart.yaml', `${chart}${more}`);
      return found('other/templates/a.yaml', text);
    };
    assert.deepEqual(await other('', 'a: {{ .Values.tagg }} {{ .Values.empty.tga }}\n'), []);
    assert.deepEqual(await other('', 'a: {{ .Values.reddis.a }}\n'), ['hint reddis: unknown-value']);
    assert.deepEqual(await other('type: library\n', 'a: {{ .Values.reddis.a }}\n'), []);
    assert.deepEqual(await other('dependencies: [{name: x, alias: reddis}]\n', 'a: {{ .Values.reddis.a }}\n'), []);
  });

  it('.Values is completed, explained and found in values.yaml', async () => {
    const path = 'web/templates/a.yaml';
    const text = 'kind: {{ .Values.image.tag }}\n';
    const at = text.indexOf('image') + 2;
    const offered = await manifests.complete(text, at, '1.34', path);
    assert.deepEqual(
      offered.map(({ label, detail }) => [label, detail]),
      [['image', 'map, 1 keys']],
    );
    assert.match((await manifests.hover(text, at, '1.34', path))!.text, /# Which image\.\nimage:\n {2}tag: "1"/);
    const [place] = await manifests.definitions(text, text.indexOf('tag'), path);
    assert.equal(place!.path, 'web/values.yaml');
    assert.equal(values.slice(place!.range.start, place!.range.end), 'tag');
  });
});
