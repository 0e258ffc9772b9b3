import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import { describeTarget } from '../../../src/manifests/describeTarget.ts';

describe('what the editor says of the schemas that judge', () => {
  const served = { cluster: 'kind', release: '1.38.1', apiVersions: [], documents: {} };
  const known = { cluster: 'kind', release: '1.38.1', nearest: '1.37' };
  const failure = new Failure('unreachable', 'kind does not answer.');

  const rows: readonly [title: string, ...Parameters<typeof describeTarget>, expected: string][] = [
    ['a version', { version: '1.36' }, undefined, 'Kubernetes 1.36, shipped schemas'],
    [
      'a cluster that is being asked',
      { version: '1.36', schemasOf: 'kind' },
      { known: undefined, failure: undefined },
      'Kubernetes 1.36, asking cluster kind…',
    ],
    [
      'a cluster that answered',
      { version: '1.36', schemasOf: 'kind' },
      { known: { ...known, served }, failure: undefined },
      'Kubernetes 1.38.1 of cluster kind, served schemas',
    ],
    [
      'a cluster that never answered',
      { version: '1.36', schemasOf: 'kind' },
      { known: undefined, failure },
      'warning: Kubernetes 1.36, kind does not answer.',
    ],
    [
      'a cluster that does not answer any more',
      { version: '1.36', schemasOf: 'kind' },
      { known: { ...known, served }, failure },
      'warning: Kubernetes 1.38.1 of cluster kind, kind does not answer.',
    ],
    [
      'a version that is asked for',
      { version: 'cluster' },
      { known: undefined, failure: undefined },
      'Kubernetes 1.34, asking the current cluster…',
    ],
    [
      'the version of a cluster',
      { version: 'cluster' },
      { known, failure: undefined },
      'Kubernetes 1.37, nearest to 1.38.1 of cluster kind',
    ],
    [
      'the version of no cluster',
      { version: 'cluster' },
      { known: undefined, failure },
      'warning: Kubernetes 1.34, kind does not answer.',
    ],
  ];
  for (const [title, chosen, followed, expected] of rows) {
    it(title, () => {
      const { text, detail, warning } = describeTarget(chosen, followed);
      assert.equal(`${warning ? 'warning: ' : ''}${text}, ${detail}`, expected);
    });
  }
});
