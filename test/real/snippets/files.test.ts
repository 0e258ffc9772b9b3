/** The YAML snippets that are files of other programs, each read by the program it is for. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { root } from '../../../scripts/lib/project.ts';
import { readSnippets } from '../../../scripts/lib/snippets.ts';
import { run } from '../../../src/core/processes.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { needGo } from '../../support/go.ts';
import { actionlintProgram, helmProgram, jvProgram, kustomizeProgram } from '../../support/peers.ts';
import { skaffoldSchema } from '../../support/skaffoldSchema.ts';
import { expandSnippet } from '../../support/snippetSyntax.ts';

const snippet = (prefix: string): string =>
  expandSnippet(
    readSnippets('yaml')
      .find((one) => one.prefix === prefix)!
      .body.join('\n'),
  );

describe('YAML snippets of other programs', function () {
  this.timeout(30 * 60_000); // The first build of Helm takes minutes.
  let folder: string;

  before(async function () {
    await needGo(this);
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(path: string, text: string): string {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** What a program writes; throws with what it says when it refuses. */
  async function output(program: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(program, args, { cwd: folder, timeout: 120_000 });
    if (code !== 0) throw new Error(stdout + stderr);
    return stdout;
  }

  async function findings(text: string): Promise<readonly unknown[]> {
    const manifests = createManifests({ schemas: join(root, 'schemas') });
    const newest = (await manifests.versions()).at(-1)!;
    return (await manifests.validate(text, newest)).findings;
  }

  describe('gt-kustomization', () => {
    function overlay(text: string): void {
      write('base/deployment.yaml', snippet('gt-deployment'));
      write('base/kustomization.yaml', 'resources: [deployment.yaml]\n');
      write('overlay/kustomization.yaml', text);
    }

    it('is built by kustomize, and each of its lines takes effect', async () => {
      overlay(snippet('gt-kustomization'));
      const text = await output(await kustomizeProgram(), 'build', 'overlay');
      const [config, deployment] = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
      assert.match(config!.metadata.name, /^orders-[0-9a-z]{10}$/);
      assert.deepEqual(
        {
          namespaces: [config!.metadata.namespace, deployment!.metadata.namespace],
          label: deployment!.metadata.labels['app.kubernetes.io/part-of'],
          selected: deployment!.spec.selector.matchLabels,
          replicas: deployment!.spec.replicas,
          image: deployment!.spec.template.spec.containers[0]!.image,
          grace: deployment!.spec.template.spec.terminationGracePeriodSeconds,
          data: config!.data,
        },
        {
          namespaces: ['shop', 'shop'],
          label: 'shop',
          selected: { 'app.kubernetes.io/name': 'orders' },
          replicas: 3,
          image: 'orders:1.0.1',
          grace: 45,
          data: { TIMEOUT: '2s' },
        },
      );
      assert.deepEqual(await findings(text), []);
    });

    it('one with a field that is none is refused', async () => {
      overlay(snippet('gt-kustomization').replace('images:', 'imagez:'));
      await assert.rejects(output(await kustomizeProgram(), 'build', 'overlay'), /unknown field "imagez"/);
    });
  });

  describe('gt-values', () => {
    const rendered = async (...args: readonly string[]): Promise<string> => {
      const helm = await helmProgram();
      await output(helm, 'create', 'orders');
      // In the place of the chart's own, so that nothing comes from there.
      write('orders/values.yaml', snippet('gt-values'));
      await output(helm, 'lint', '--strict', 'orders');
      // The test of its connection is a pod with a shell, which the values of the service say nothing about.
      return output(helm, 'template', 'shop', 'orders', '--skip-tests', ...args);
    };

    it('fills a chart of helm create, and what comes of it is valid', async () => {
      const text = await rendered();
      const deployment = parseAllDocuments(text)
        .map((document) => document.toJS() as Manifest)
        .find(({ kind }) => kind === 'Deployment');
      const [container] = deployment!.spec.template.spec.containers;
      assert.deepEqual(
        [deployment!.spec.replicas, container!.image, container!.readinessProbe.httpGet.path],
        [2, 'registry.example.com/shop/orders:1.16.0', '/readyz'],
      );
      assert.deepEqual(await findings(text), []);
    });

    it('with everything switched on as well', async () => {
      const text = await rendered('--set', 'ingress.enabled=true', '--set', 'autoscaling.enabled=true');
      const kinds = parseAllDocuments(text).map((document) => (document.toJS() as Manifest).kind);
      assert.deepEqual(kinds.sort(), ['Deployment', 'HorizontalPodAutoscaler', 'Ingress', 'Service', 'ServiceAccount']);
      assert.deepEqual(await findings(text), []);
    });
  });

  describe('gt-skaffold', () => {
    const compare = async (text: string): Promise<string> =>
      output(await jvProgram(), await skaffoldSchema(), write('skaffold.yaml', text));

    it('is a file of the schema that Skaffold brings along', async () => {
      const text = snippet('gt-skaffold');
      assert.equal((parse(text) as { apiVersion: string }).apiVersion, 'skaffold/v4beta13');
      await compare(text);
    });

    it('one with a field that is none is refused', async () => {
      await assert.rejects(compare(snippet('gt-skaffold').replace('portForward:', 'portForwards:')), /portForwards/);
    });
  });

  describe('gt-ci', () => {
    const lint = async (text: string): Promise<string> =>
      // Without shellcheck and pyflakes, which are other programs: the scripts are lines of go and docker.
      output(await actionlintProgram(), '-shellcheck=', '-pyflakes=', write('.github/workflows/ci.yaml', text));

    it('has nothing that actionlint objects to', async () => {
      assert.equal(await lint(snippet('gt-ci')), '');
    });

    it('one that needs a job which is none is refused', async () => {
      await assert.rejects(
        lint(snippet('gt-ci').replace('needs: test', 'needs: tests')),
        /needs job "tests" which does not exist/,
      );
    });
  });
});

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly data: unknown;
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: unknown };
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly {
          readonly image: string;
          readonly readinessProbe: { readonly httpGet: { readonly path: string } };
        }[];
      };
    };
  };
}
