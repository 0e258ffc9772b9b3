import assert from 'node:assert/strict';
import { changesTo, describeReset } from '../../../src/cluster/snapshot.ts';

describe('reset of a cluster', () => {
  const at = (prefix: string, ...names: string[]): [string, string][] =>
    names.map((name) => [`${prefix}/${name}`, 'now']);

  it('deletes what came, puts back what went, and says so by kind', () => {
    const same: [string, string] = ['/registry/configmaps/shop/same', 'now'];
    const now = new Map([
      same,
      ['/registry/minions/gantry-node', 'cordoned'],
      ['/registry/ranges/servicenodeports', 'two'],
      ...at('/registry/pods/shop', 'a', 'b', 'c', 'd'),
      ...at('/registry/services/specs/shop', 'cart'),
      ...at('/registry/example.com/crontabs/shop', 'daily'),
    ]);
    const wanted = new Map([
      same,
      ['/registry/minions/gantry-node', 'free'],
      ['/registry/ranges/servicenodeports', 'one'],
      ['/registry/secrets/shop/token', 'then'],
      ['/registry/apiextensions.k8s.io/customresourcedefinitions/crontabs.example.com', 'then'],
    ]);
    const changes = changesTo(wanted, now);
    assert.deepEqual(describeReset(changes, now), [
      'Deleted: pods 4, crontabs shop/daily, services shop/cart.',
      'Put back: customresourcedefinitions crontabs.example.com, secrets shop/token.',
      'As they were: nodes gantry-node.',
    ]);
    assert.deepEqual(
      new Map([...now].filter(([key]) => !changes.deleted.includes(key)).concat([...changes.put])),
      wanted,
    );
  });

  it('that changes nothing says nothing', () => {
    const now = new Map(at('/registry/pods/shop', 'a'));
    assert.deepEqual(describeReset(changesTo(now, now), now), []);
  });
});
