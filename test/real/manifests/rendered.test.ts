/** Charts as helm renders them: what is wrong in that, told at the templates. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { moduleFiles } from '../../../scripts/lib/goModules.ts';
import { root } from '../../../scripts/lib/project.ts';
import { manifestsCommands } from '../../../src/manifests/cli.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { chartRenderer, type RenderChart, type RenderDeps } from '../../../src/manifests/render.ts';
import { helmProgram } from '../../support/peers.ts';

const chart = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'values.yaml':
    'replicas: 2\npull: Alwyas\nenabled: true\nresources: {limits: {cpu: 1OOm}}\nmore: {prots: []}\nsub: {port: http}\n',
  'templates/_helpers.tpl': '{{- define "web.labels" }}{app: web}{{ end }}\n',
  'templates/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
spec:
  replicas: {{ .Values.replicas | quote }}
  contaniers: []
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {{ include "web.labels" . }}
    spec:
      containers:
        {{- if .Values.enabled }}
        - name: side
          image: side:1
        {{- end }}
        - name: web
          image: web:1
          imagePullPolicy: {{ .Values.pull }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
          {{- toYaml .Values.more | nindent 10 }}
`,
  'templates/loop.yaml': `{{- range list 1 2 }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: c{{ . }}
data:
  size: {{ . }}
{{- end }}
`,
  'templates/beyond.yaml': '{{ printf "apiVersion: v1\\nkind: Pod\\nmetadata: {name: p}\\nspce: {}" }}\n',
  'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
  'charts/sub/templates/service.yaml':
    'apiVersion: v1\nkind: Service\nmetadata: {name: sub}\nspec:\n  ports:\n    - port: {{ .Values.port }}\n',
} as const;

type Files = Readonly<Record<string, string>>;

describe('rendered charts', function () {
  this.timeout(60_000);
  let folder: string;
  let deps: RenderDeps;
  before(async function () {
    this.timeout(30 * 60_000);
    const program = await helmProgram();
    deps = { helm: async () => program, trusted: () => true, env: process.env };
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-rendered-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(files: Files): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  }

  /** What the terminal says, without the excerpts. */
  async function validate(args: readonly string[], cwd: string, renderChart: RenderChart = chartRenderer(deps)) {
    const [out, err]: [string[], string[]] = [[], []];
    const [command] = manifestsCommands(async () => createManifests({ schemas: join(root, 'schemas') }), {
      kubernetesVersion: '1.34',
      askCluster: () => assert.fail('no cluster was to be asked'),
      clusterSchemas: () => assert.fail('no cluster was to be asked'),
      renderChart,
    });
    const { signal } = new AbortController();
    const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line), env: {}, cwd, signal };
    const status = await command!.run([...args, '--rule', 'all=off'], io);
    return { status, found: out.filter((line) => /: (?:error|warning|hint): /.test(line)), err };
  }

  /** Why helm renders nothing, and where that is told. */
  async function refusal(files: Files): Promise<readonly string[]> {
    write({ ...chart, ...files });
    const { found } = await validate([folder, '--render'], folder);
    return found.filter((line) => line.endsWith('[not-rendered]') || line.includes('helm does not render'));
  }

  it('are judged as a whole, each problem at what made it', async () => {
    write(chart);
    const { status, found, err } = await validate(['.', '--render'], folder);
    assert.deepEqual(found, [
      'charts/sub/templates/service.yaml:6:13: error: In the rendered chart: Expected an integer, found a string. [wrong-type]',
      'templates/beyond.yaml:1:1: error: In the rendered chart, Pod p spce: Pod has no field "spce". Did you mean "spec"? [unknown-field]',
      'templates/loop.yaml:8:9: error: In the rendered chart: Expected a string, found an integer. [wrong-type]',
      'templates/web.yaml:6:13: error: In the rendered chart: Expected an integer, found a string. [wrong-type]',
      'templates/web.yaml:7:3: error: DeploymentSpec has no field "contaniers". [unknown-field]',
      'templates/web.yaml:18:11: error: In the rendered chart, Deployment release-name-web spec.template.spec.containers[1].prots: Container has no field "prots". Did you mean "ports"? [unknown-field]',
      'templates/web.yaml:20:28: error: In the rendered chart: "Alwyas" is not allowed here. Allowed: Always, IfNotPresent, Never. [not-allowed]',
      'templates/web.yaml:21:11: error: In the rendered chart, Deployment release-name-web spec.template.spec.containers[1].resources.limits.cpu: "1OOm" is not a quantity. Write a number and a suffix: 500m, 1.5, 128Mi, 2G. [wrong-format]',
    ]);
    assert.deepEqual([status, err[0]], [1, 'Rendered .; objects checked: 5.']);
  });

  it('are rendered with other values when asked to, from whatever folder of theirs', async () => {
    write({
      ...chart,
      'prod.yaml': 'pull: Always\nresources: {limits: {cpu: 1}}\nmore: {prots: null, stdin: true}\nsub: {port: 80}\n',
    });
    const { found } = await validate(['web.yaml', '--values', '../prod.yaml'], join(folder, 'templates'));
    assert.deepEqual(
      found.map((line) => line.replace(/: .*/, '')),
      ['web.yaml:6:13', 'web.yaml:7:3', 'loop.yaml:8:9', 'beyond.yaml:1:1'],
    );
    await assert.rejects(validate(['.', '--values', 'none.yaml'], folder), { kind: 'notFound' });
  });

  it('are told which Kubernetes they are rendered for', async () => {
    write({
      'Chart.yaml': chart['Chart.yaml'],
      'templates/v.yaml':
        'apiVersion: v1\nkind: {{ if eq .Capabilities.KubeVersion.Minor "36" }}ConfigMap{{ else }}Pod{{ end }}\nmetadata: {name: v}\ndata: {}\n',
    });
    assert.equal((await validate(['.', '--render', '--kubernetes-version', '1.36'], folder)).status, 0);
    assert.equal((await validate(['.', '--render'], folder)).status, 1);
  });

  it('that bring others along are rendered once, and libraries not at all', async () => {
    const library = 'apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n';
    write({
      'Chart.yaml': chart['Chart.yaml'],
      'charts/sub/Chart.yaml': chart['charts/sub/Chart.yaml'],
      'lib/Chart.yaml': library,
    });
    const rendered: string[] = [];
    const counting: RenderChart = (one, signal) => {
      rendered.push(one.folder);
      return chartRenderer(deps)(one, signal);
    };
    await validate(['.', '--render'], folder, counting);
    assert.deepEqual(rendered, [folder]);
  });

  for (const [what, files, expected] of [
    [
      'a value of nothing',
      { 'templates/bad.yaml': 'é: {{ .Values.none.deep }}\n' },
      /^templates\/bad\.yaml:1:4: error: .*nil pointer evaluating interface \{\}\.deep \[not-rendered\]$/,
    ],
    [
      'a mistake in a helper, where it is and not where it is called',
      {
        'templates/_helpers.tpl': '{{- define "web.labels" }}\n{{ .Values.none.deep }}{{ end }}\n',
      },
      /^templates\/_helpers\.tpl:2:1: error: /,
    ],
    [
      'an action that does not end',
      { 'templates/bad.yaml': 'a: 1\nb: {{ .Values.replicas\n' },
      /^templates\/bad\.yaml:2:1: error: .*unclosed action/,
    ],
    [
      'a value that is required',
      { 'templates/bad.yaml': 'a: 1\nb: {{ required "say which" .Values.which }}\n' },
      /^templates\/bad\.yaml:2:4: error: .*say which/,
    ],
    [
      'YAML that is none',
      { 'templates/bad.yaml': 'a: b\n c: d\n' },
      /^templates\/bad\.yaml:1:1: error: .*mapping values/,
    ],
    [
      'values that their schema refuses',
      { 'values.schema.json': '{"properties": {"replicas": {"type": "string"}}}' },
      /^values\.yaml:1:11: error: helm does not render the chart: values don't meet/,
    ],
    [
      'charts that it lacks',
      {
        'Chart.yaml': `${chart['Chart.yaml']}dependencies: [{name: redis, version: "1", repository: "https://x.example"}]\n`,
      },
      /^Chart\.yaml:1:1: error: .*missing in charts\/ directory: redis/,
    ],
  ] as readonly (readonly [string, Files, RegExp])[])
    it(`helm's refusal is told at its place: ${what}`, async () => {
      const found = await refusal(files);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, expected);
    });

  it('are rendered by nobody in an untrusted workspace, and it is said how helm is got', async () => {
    write(chart);
    const canary = join(folder, 'canary');
    const program = join(folder, 'helm');
    writeFileSync(program, `#!/bin/sh\ntouch '${canary}'\n`, { mode: 0o755 });
    const asked = { folder, values: [], kubernetesVersion: '1.34' };
    const render = (more: Partial<RenderDeps>): ReturnType<RenderChart> =>
      chartRenderer({ ...deps, helm: async () => program, ...more })(asked, new AbortController().signal);
    await assert.rejects(render({ trusted: () => false }), { kind: 'forbidden' });
    assert.ok(!existsSync(canary));
    await render({});
    assert.ok(existsSync(canary), 'the program of the test is run where it may be');
    await assert.rejects(render({ helm: async () => undefined }), {
      kind: 'toolMissing',
      message: 'helm was not found. Install it with Toolchain Doctor, or with: gantry doctor install helm',
    });
  });

  it('are given up when the person does not want to wait', async () => {
    write(chart);
    const program = join(folder, 'helm');
    writeFileSync(program, `#!/bin/sh\ntouch '${join(folder, 'started')}'\nexec sleep 600\n`, { mode: 0o755 });
    const controller = new AbortController();
    const asked = { folder, values: [], kubernetesVersion: '1.34' };
    const rendering = chartRenderer({ ...deps, helm: async () => program })(asked, controller.signal);
    controller.abort();
    await assert.rejects(rendering, { kind: 'cancelled' });
  });

  it('of others have no error', async () => {
    for (const [module, inside] of [
      ['github.com/stefanprodan/podinfo@v1.8.1-0.20250910200901-e86405a8674e', 'charts/podinfo/'],
      ['github.com/open-policy-agent/gatekeeper/v3@v3.23.1', 'charts/gatekeeper/'],
    ] as const) {
      const files = await moduleFiles(module, (path) => path.startsWith(inside));
      write(Object.fromEntries(files.map(({ path, read }) => [path, read()])));
      const { status, found, err } = await validate([inside, '--render'], folder);
      const errors = found.filter((line) => line.includes(': error: '));
      assert.deepEqual([status, errors], [0, []]);
      assert.ok(Number(/objects checked: (\d+)/.exec(err[0]!)![1]) >= 5, err[0]);
    }
  });
});
