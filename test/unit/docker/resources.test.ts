import assert from 'node:assert/strict';
import {
  describeCache,
  describeFolder,
  describeImage,
  describeNetwork,
  describeVolume,
} from '../../../src/docker/describeResources.ts';
import { cacheFrom, imagesFrom, networksFrom, volumesFrom } from '../../../src/docker/resources.ts';

describe('the folders of an engine', () => {
  it('an image has a row for each tag, a dangling one a row at the end', () => {
    const old = { Id: 'sha256:1', RepoTags: ['<none>:<none>'], Size: 5, Created: 1 };
    const recent = { Id: 'sha256:2', RepoTags: null, Size: 5, Created: 1 };
    const tagged = { Id: 'sha256:3', RepoTags: ['web:2', 'web:1'], Size: 5, Created: 2 };
    const rest = { id: 'sha256:3', bytes: 5, created: 2000 };
    assert.deepEqual(imagesFrom([old, recent, tagged]), [
      { ...rest, key: 'sha256:3 web:1', name: 'web:1' },
      { ...rest, key: 'sha256:3 web:2', name: 'web:2' },
      { key: 'sha256:1', id: 'sha256:1', bytes: 5, created: 1000 },
      { key: 'sha256:2', id: 'sha256:2', bytes: 5, created: 1000 },
    ]);
  });

  it('volumes and networks come by name, also when the engine sends none', () => {
    assert.deepEqual(
      volumesFrom({
        Volumes: [
          { Name: 'b', Driver: 'local' },
          { Name: 'a', Driver: 'nfs' },
        ],
      }),
      [
        { key: 'a', driver: 'nfs' },
        { key: 'b', driver: 'local' },
      ],
    );
    assert.deepEqual(volumesFrom({ Volumes: null }), []);
    assert.deepEqual(networksFrom([{ Id: '1', Name: 'host', Driver: 'host', Scope: 'local' }]), [
      { key: '1', name: 'host', driver: 'host', scope: 'local' },
    ]);
  });

  const day = 86_400_000;

  it('an image tells its size and age', () => {
    const image = { key: 'k', id: `sha256:${'ab'.repeat(32)}`, name: 'web:1', bytes: 12_345_678, created: day };
    const { label, description, contextValue } = describeImage('e', image, 11 * day);
    assert.deepEqual([label, description, contextValue], ['web:1', '12.3 MB · 10d', 'image']);
  });

  it('a dangling image is marked and named by its id', () => {
    const image = { key: 'k', id: `sha256:${'ab'.repeat(32)}`, bytes: 5, created: 0 };
    const { label, description, contextValue, spoken } = describeImage('e', image, day);
    assert.deepEqual(
      [label, description, contextValue, spoken],
      ['abababababab', 'dangling · 5 B', 'image;dangling', 'abababababab, dangling, 5 B'],
    );
  });

  it('a volume tells who uses it', () => {
    const volume = { key: 'data', driver: 'local' };
    assert.equal(describeVolume('e', volume, []).description, 'local');
    const used = describeVolume('e', volume, ['db', 'backup']);
    assert.deepEqual(
      [used.description, used.tooltip],
      ['local · in use', '**data** local  \nmounted by db  \nmounted by backup'],
    );
  });

  it('a network tells its driver and scope', () => {
    const network = { key: '1', name: 'shop', driver: 'bridge', scope: 'local' };
    assert.equal(describeNetwork('e', network).description, 'bridge · local');
  });

  it('the build cache comes by size, each with what it is for and when it was used', () => {
    const answer = {
      BuildCache: [
        { ID: 'small', Type: 'regular', Description: 'copy\u001b[2J', Size: 5, InUse: true, LastUsedAt: null },
        { ID: 'large', Type: 'exec.cachemount', Description: '', Size: 4096, LastUsedAt: '1970-01-02T00:00:00Z' },
        { ID: 'none' },
      ],
    };
    const rows = cacheFrom(answer).map((row) => describeCache('e', row, 2 * day));
    assert.deepEqual(
      rows.map(({ label, description, contextValue }) => [label, description, contextValue]),
      [
        ['exec.cachemount', '4.1 kB · used 24h ago', 'cache'],
        ['copy\ufffd[2J', '5 B · in use', 'cache'],
        ['none', '0 B', 'cache'],
      ],
    );
    assert.deepEqual(cacheFrom({}), []);
  });

  it('a folder begins closed', () => {
    assert.equal(describeFolder('e', 'images').children, 'collapsed');
  });
});
