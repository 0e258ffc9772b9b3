/** What is offered at the cursor (`|`), and what is told of a field. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { createManifests } from '../../../src/manifests/domain.ts';

const manifests = createManifests({ schemas: join(root, 'schemas') });

/** Each offer as it would be written, those that are needed marked. */
async function offers(drawn: string): Promise<string[]> {
  const offset = drawn.indexOf('|');
  const found = await manifests.complete(drawn.replace('|', ''), offset, '1.34');
  return found.map(({ text, required }) => (required ? `!${text}` : text));
}

const pod = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n';

describe('completion of manifests', function () {
  this.timeout(60_000);

  it('offers the fields that are not there, each with what follows it', async () => {
    assert.deepEqual(await offers('apiVersion: v1\nkind: Service\nspec:\n  ports:\n    - name: a\n      |\n'), [
      'appProtocol: ',
      'nodePort: ',
      '!port: ',
      'protocol: ',
      'targetPort: ',
    ]);
    assert.deepEqual(await offers('apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 1\n  sel|\n'), [
      'minReadySeconds: ',
      'paused: ',
      'progressDeadlineSeconds: ',
      'revisionHistoryLimit: ',
      '!selector:\n  ',
      'strategy:\n  ',
      '!template:\n  ',
    ]);
  });

  it('indents what follows the first field of an item below that field', async () => {
    assert.ok((await offers(`${pod}    - |\n`)).includes('env:\n    - '));
    assert.ok((await offers(`${pod}    - name: a\n      |\n`)).includes('env:\n  - '));
  });

  it('stays on the line inside braces, and writes no second colon', async () => {
    assert.ok((await offers('apiVersion: v1\nkind: Pod\nspec: {restart|}\n')).includes('restartPolicy: '));
    assert.ok((await offers('apiVersion: v1\nkind: Pod\nspec:\n  rest|art: Never\n')).includes('restartPolicy'));
  });

  it('offers the values that are allowed', async () => {
    assert.deepEqual(await offers(`${pod}    - name: a\n      imagePullPolicy: |\n`), [
      'Always',
      'IfNotPresent',
      'Never',
    ]);
    assert.deepEqual(await offers(`${pod}    - name: a\n      tty: t|\n`), ['true', 'false']);
  });

  it('begins an object: its kind, and the version that has the kind', async () => {
    assert.deepEqual(await offers('api|'), ['!apiVersion: ', '!kind: ']);
    assert.deepEqual(await offers('kind: Deployment\napiVersion: |\n'), ['apps/v1']);
    assert.deepEqual(await offers('apiVersion: batch/v1\nkind: |\n'), ['CronJob', 'Job']);
    assert.ok((await offers('apiVersion: gateway.networking.k8s.io/v1\nkind: |\n')).includes('HTTPRoute'));
  });

  it('offers nothing where nothing is known: comments, quotes, free maps, other files', async () => {
    for (const drawn of [
      `${pod}    - name: a # |\n`,
      `${pod}    - name: "|"\n`,
      'apiVersion: v1\nkind: ConfigMap\ndata:\n  |\n',
      'services:\n  |\n',
    ])
      assert.deepEqual(await offers(drawn), [], drawn);
  });
});

describe('hover in manifests', function () {
  this.timeout(60_000);

  async function told(drawn: string): Promise<string | undefined> {
    const offset = drawn.indexOf('|');
    return (await manifests.hover(drawn.replace('|', ''), offset, '1.34'))?.text;
  }

  it('tells type, default, allowed values and whose schema it is', async () => {
    const text = await told('apiVersion: v1\nkind: Service\nspec:\n  ports:\n    - port: 80\n      pro|tocol: TCP\n');
    assert.match(text!, /^\*\*protocol\*\* `string`\n\nThe IP protocol for this port/);
    assert.match(text!, /Default: `TCP`\n\nAllowed: `SCTP`, `TCP`, `UDP`\n\n_Schema: Kubernetes 1\.34_$/);
    assert.match(
      (await told('apiVersion: v1\nkind: Service\nspec:\n  ports:\n    - po|rt: 80\n'))!,
      /`integer, required`/,
    );
  });

  it('tells until when a version is served', async () => {
    const text = await told('apiVersion: resource.k8s.io/v1beta1\nki|nd: DeviceClass\nmetadata: {name: a}\n');
    assert.match(text!, /Since Kubernetes 1\.32\n\nUntil Kubernetes 1\.38/);
    assert.equal(await told('some: other\nfi|le: yes\n'), undefined);
  });
});
