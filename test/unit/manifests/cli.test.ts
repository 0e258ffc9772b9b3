import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { manifestsCommands, type ValidateDefaults } from '../../../src/manifests/cli.ts';
import { ClusterSchemas } from '../../../src/manifests/clusterSchemas.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { scriptedCluster, thing } from '../../support/scriptedCluster.ts';

const good = 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n';
const bad =
  '\uFEFFapiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  prots: []\n---\napiVersion: example.com/v1\nkind: Thing\n';

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

describe('gantry validate', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-validate-'));
    const files = {
      'good.yaml': good,
      'deep/bad file.yml': bad,
      'deep/node_modules/x/other.yaml': bad,
      'deep/readme.md': bad,
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** A cluster that finds fault with everything, at its beginning. */
  const askCluster: ValidateDefaults['askCluster'] = ({ path }, context) =>
    Promise.resolve([
      { severity: 'error', message: `${context} refuses ${path}`, range: { start: 0, end: 10 } },
      { severity: 'hint', message: 'Not in the cluster yet.', range: { start: 0, end: 10 } },
    ]);

  /** The cluster `kind` runs 1.36.9 and serves a custom resource; that of `dead` does not answer. */
  const things = scriptedCluster({ release: '1.36.9', documents: { 'apis/example.com/v1': thing } });

  async function validate(args: readonly string[], stdin = '', cwd = folder): Promise<Ran> {
    const manifests = createManifests({ schemas: join(root, 'schemas') });
    const defaults = {
      kubernetesVersion: '1.34',
      stdin: () => Promise.resolve(stdin),
      askCluster,
      clusterSchemas: async () => new ClusterSchemas({ folder: join(folder, 'cache'), clusters: things }),
      renderChart: () => assert.fail('no chart was to be rendered'),
    };
    const [command] = manifestsCommands(() => Promise.resolve(manifests), defaults);
    const [out, err]: [string[], string[]] = [[], []];
    const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
    const signal = new AbortController().signal;
    const status = await command!.run(args, { ...io, env: {}, cwd, signal });
    return { status, out: out.join('\n'), err: err.join('\n') };
  }

  it('prints each problem with its place and exits 1', async () => {
    assert.deepEqual(await validate(['.']), {
      status: 1,
      out: [
        'deep/bad file.yml:5:3: error: ServiceSpec has no field "prots". Did you mean "ports"? [unknown-field]',
        '  5 |   prots: []',
        '    |   ^^^^^',
        'deep/bad file.yml:8:7: hint: No schema is known for Thing in example.com/v1; this object is not checked. [no-schema]',
        '  8 | kind: Thing',
        '    |       ^^^^^',
      ].join('\n'),
      err: 'Files: 2; objects checked: 2; problems: 1; Kubernetes 1.34.',
    });
  });

  it('prints what a cluster says, when one is named', async () => {
    const { status, out } = await validate(['good.yaml', '--context', 'kind']);
    assert.deepEqual(
      [status, out.split('\n')],
      [1, ['good.yaml:1:1: error: kind refuses good.yaml [cluster]', '  1 | apiVersion: v1', '    | ^^^^^^^^^^']],
    );
  });

  it('judges by the schemas that a cluster serves, when one is named', async () => {
    const text = 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nspec: {siez: 1}\n';
    const { status, out } = await validate(['-', '--schemas-of', 'kind'], text);
    assert.deepEqual(
      [status, out.split('\n')[0]],
      [1, '-:4:8: error: Unknown field "siez". Did you mean "size"? [unknown-field]'],
    );
    assert.equal((await validate(['-'], text)).status, 0);
  });

  it('judges by the version of a cluster', async () => {
    const { err } = await validate(['good.yaml', '--kubernetes-version', 'cluster']);
    assert.deepEqual(err.split('\n'), [
      'The cluster of context kind runs Kubernetes 1.36.9; judged by 1.36.',
      'Files: 1; objects checked: 1; problems: 0; Kubernetes 1.36.',
    ]);
  });

  it('says so when a cluster does not answer, and judges by what is shipped; a context must exist', async () => {
    const { status, err } = await validate(['good.yaml', '--schemas-of', 'dead', '--kubernetes-version', '1.35']);
    assert.deepEqual(
      [status, err.split('\n')],
      [
        0,
        [
          'Judged by the shipped schemas of Kubernetes 1.35: dead does not answer.',
          'Files: 1; objects checked: 1; problems: 0; Kubernetes 1.35.',
        ],
      ],
    );
    await assert.rejects(validate(['good.yaml', '--schemas-of', 'none']), {
      kind: 'invalid',
      message: 'There is no context none. Known: kind, dead',
    });
  });

  it('writes the fixes of errors and warnings into the files, and standard input to the output', async () => {
    const broken = good.replace('ports', 'prots');
    await writeFile(join(folder, 'broken.yaml'), broken);
    const { status } = await validate(['broken.yaml', '--fix']);
    assert.deepEqual([status, await readFile(join(folder, 'broken.yaml'), 'utf8')], [0, good]);
    await rm(join(folder, 'broken.yaml'));
    assert.deepEqual(await validate(['-', '--fix'], broken), {
      status: 0,
      out: good.trimEnd(),
      err: 'Files: 1; objects checked: 1; problems: 0; Kubernetes 1.34.',
    });
  });

  it('asks the practice rules with the severities given, and reads the files beside', async () => {
    await writeFile(
      join(folder, 'pod.yaml'),
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n',
    );
    const json = async (...rules: string[]): Promise<unknown> => {
      const { out, status } = await validate(['pod.yaml', '--format', 'json', '--rule', 'all=off', ...rules]);
      const [report] = JSON.parse(out) as { findings: { code: string; severity: string }[] }[];
      return [status, report!.findings.map(({ code, severity }) => `${code} ${severity}`)];
    };
    assert.deepEqual(await json(), [0, []]);
    assert.deepEqual(await json('--rule', 'image-tag=error'), [1, ['image-tag error']]);
    await rm(join(folder, 'pod.yaml'));
    await assert.rejects(validate(['good.yaml', '--rule', 'unheard=error']), { kind: 'invalid' });
  });

  it('exits 0 when nothing is wrong, by the version that was asked for', async () => {
    assert.deepEqual(await validate(['good.yaml', '-', '--kubernetes-version', '1.36'], good), {
      status: 0,
      out: '',
      err: 'Files: 2; objects checked: 2; problems: 0; Kubernetes 1.36.',
    });
  });

  it('finds the chart of a template from whatever folder the person stands in', async () => {
    const chart = {
      'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
      'templates/a.yaml': good.replace('{ports', '\n  {{ .Values.key }}: 1\n  prots').replace(']}', ']'),
    };
    for (const [name, text] of Object.entries(chart)) {
      await mkdir(join(folder, 'web/templates'), { recursive: true });
      await writeFile(join(folder, 'web', name), text);
    }
    const from = async (cwd: string, ...args: string[]): Promise<string | undefined> =>
      (await validate([...args, '--rule', 'all=off'], '', join(folder, cwd))).out.split('\n').find((line) => /: error: /.test(line)); // prettier-ignore
    try {
      const wrong = 'a.yaml:6:3: error: ServiceSpec has no field "prots". Did you mean "ports"? [unknown-field]';
      assert.deepEqual(
        await Promise.all([
          from('.', 'web/templates/a.yaml'),
          from('web', 'templates'),
          from('web/templates', 'a.yaml'),
          from('web/templates', '.'),
          from('deep', '../web/templates/a.yaml'),
          from('web/templates', join(folder, 'web/templates/a.yaml')),
        ]),
        [
          `web/templates/${wrong}`,
          `templates/${wrong}`,
          wrong,
          wrong,
          `../web/templates/${wrong}`,
          join(folder, 'web/templates', wrong),
        ],
      );
    } finally {
      await rm(join(folder, 'web'), { recursive: true });
    }
  });

  it('prints JSON', async () => {
    const { out } = await validate(['-', '--format', 'json'], bad);
    assert.deepEqual(JSON.parse(out), [
      {
        path: '-',
        kubernetesVersion: '1.34',
        checked: 1,
        findings: [
          {
            code: 'unknown-field',
            severity: 'error',
            message: 'ServiceSpec has no field "prots". Did you mean "ports"?',
            field: 'spec.prots',
            schema: 'Kubernetes 1.34',
            startLine: 5,
            startColumn: 3,
            endLine: 5,
            endColumn: 8,
          },
          {
            code: 'no-schema',
            severity: 'hint',
            message: 'No schema is known for Thing in example.com/v1; this object is not checked.',
            field: 'kind',
            schema: 'Kubernetes 1.34',
            startLine: 8,
            startColumn: 7,
            endLine: 8,
            endColumn: 12,
          },
        ],
      },
    ]);
  });

  it('prints SARIF', async () => {
    const { out } = await validate(['deep/bad file.yml', '--format', 'sarif']);
    const sarif = JSON.parse(out) as { version: string; runs: [{ tool: unknown; results: unknown[] }] };
    assert.equal(sarif.version, '2.1.0');
    assert.deepEqual(sarif.runs[0].tool, {
      driver: { name: 'Gantry', rules: [{ id: 'no-schema' }, { id: 'unknown-field' }] },
    });
    assert.deepEqual(sarif.runs[0].results[0], {
      ruleId: 'unknown-field',
      level: 'error',
      message: { text: 'ServiceSpec has no field "prots". Did you mean "ports"?' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'deep/bad%20file.yml' },
            region: { startLine: 5, startColumn: 3, endLine: 5, endColumn: 8 },
          },
          logicalLocations: [{ fullyQualifiedName: 'spec.prots' }],
        },
      ],
    });
  });

  it('refuses what it cannot do, each with its kind', async () => {
    await assert.rejects(validate([]), { kind: 'invalid' });
    await assert.rejects(validate(['x', '--format', 'xml']), { kind: 'invalid' });
    await assert.rejects(validate(['good.yaml', '--no-such-option']), { kind: 'invalid' });
    await assert.rejects(validate(['good.yaml', '--kubernetes-version', '1.2']), { kind: 'invalid' });
    await assert.rejects(validate(['missing.yaml']), { kind: 'notFound' });
  });
});
