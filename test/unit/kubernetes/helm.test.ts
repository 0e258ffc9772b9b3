import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { Failure } from '../../../src/core/failure.ts';
import { documentText } from '../../../src/kubernetes/helm/documents.ts';
import { decodeRelease } from '../../../src/kubernetes/helm/release.ts';
import { newest } from '../../../src/kubernetes/helm/releases.ts';
import type { ObjectRow } from '../../../src/kubernetes/rows.ts';
import { encodeRelease } from '../../support/helmReleases.ts';

const base64 = (bytes: Buffer | string): string =>
  Buffer.from(Buffer.from(bytes).toString('base64')).toString('base64');

describe('Helm releases', () => {
  it('are read from their Secret', async () => {
    const data = encodeRelease({ name: 'web', revision: 2, status: 'deployed', values: { replicas: 3 } });
    assert.deepEqual(await decodeRelease(data), {
      name: 'web',
      namespace: 'shop',
      revision: 2,
      status: 'deployed',
      chart: 'web',
      chartVersion: '1.2.3',
      appVersion: '2.0',
      updated: '2026-11-02T12:30:00.123456789Z',
      description: 'Upgrade complete',
      notes: 'Thank you for installing web.',
      manifest: '---\n# Source: web/templates/config.yaml\nkind: ConfigMap\n',
      values: { replicas: 3 },
    });
  });

  it('are read in a thread of their own when they are large, with the same result', async () => {
    const small = { name: 'web', revision: 1, status: 'deployed' } as const;
    const large = encodeRelease({ ...small, ballast: 'x'.repeat(2 * 1024 * 1024) });
    assert.deepEqual(await decodeRelease(large), await decodeRelease(encodeRelease(small)));
  });

  it('that are none, torn, or bombs, are refused in words', async () => {
    const bomb = base64(gzipSync(Buffer.alloc(40 * 1024 * 1024)));
    const whole = Buffer.from(
      Buffer.from(encodeRelease({ name: 'a', revision: 1, status: 'x' }), 'base64').toString(),
      'base64',
    );
    const cases: readonly (readonly [string, RegExp])[] = [
      ['', /no Helm release/],
      [base64('{}'), /no Helm release/],
      [base64('[1'), /no Helm release/],
      [base64('null'), /no Helm release/],
      [base64(whole.subarray(0, 40)), /no Helm release/],
      [bomb, /larger than 32 MB/],
    ];
    for (const [data, sentence] of cases) {
      await assert.rejects(decodeRelease(data), (error) => {
        assert.ok(error instanceof Failure);
        assert.match(error.message, sentence);
        return true;
      });
    }
  });

  it('are known by their newest revision', () => {
    const row = (name: string, version: string, status: string): ObjectRow => ({
      namespace: 'shop',
      name: `sh.helm.release.v1.${name}.v${version}`,
      uid: `${name}-${version}`,
      created: 0,
      labels: { owner: 'helm', name, version, status },
      ownerKind: '',
      ownerName: '',
      columns: [],
      cells: [],
    });
    const rows = [
      row('web', '9', 'superseded'),
      row('web', '10', 'deployed'),
      row('db', '1', 'failed'),
      row('odd', 'x', ''),
    ];
    assert.deepEqual(
      newest(rows).map(({ name, revision, status }) => [name, revision, status]),
      [
        ['db', 1, 'failed'],
        ['web', 10, 'deployed'],
      ],
    );
  });

  it('open as documents', async () => {
    const read = (revision: number, status: string) =>
      decodeRelease(encodeRelease({ name: 'web', revision, status, values: revision === 1 ? {} : { a: { b: 1 } } }));
    const [first, second] = [await read(1, 'superseded'), await read(2, 'deployed')];
    assert.equal(documentText('values', second, []), 'a:\n  b: 1\n');
    assert.equal(documentText('values', first, []), '# No values were given: the chart has its defaults.\n');
    assert.equal(documentText('manifest', second, []), second.manifest);
    assert.equal(documentText('notes', second, []), 'Thank you for installing web.\n');
    assert.equal(
      documentText('history', second, [first, second]),
      [
        'REVISION  UPDATED              STATUS      CHART      APP VERSION  DESCRIPTION',
        '1         2026-11-01 12:30:00  superseded  web-1.2.3  2.0          Install complete',
        '2         2026-11-02 12:30:00  deployed    web-1.2.3  2.0          Upgrade complete',
        '',
      ].join('\n'),
    );
  });
});
