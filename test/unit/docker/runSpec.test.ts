import assert from 'node:assert/strict';
import { kill, shellLine } from '../../../src/docker/operations.ts';
import { parseReference, sameImage } from '../../../src/docker/reference.ts';
import { createContainer, offerOf, parsePort, shellWords } from '../../../src/docker/runSpec.ts';

describe('what a person writes for the engine', () => {
  it('image names, with what goes without saying', () => {
    const repositories = ['redis', 'me/app:2', 'localhost:5000/a/b:1', 'ghcr.io/x/y', 'index.docker.io/z'].map(
      (name) => parseReference(name).repository,
    );
    assert.deepEqual(repositories, [
      'docker.io/library/redis',
      'docker.io/me/app',
      'localhost:5000/a/b',
      'ghcr.io/x/y',
      'docker.io/library/z',
    ]);
    const digest = `sha256:${'a'.repeat(64)}`;
    assert.deepEqual(parseReference(`r.io/a@${digest}`), { registry: 'r.io', repository: 'r.io/a', digest });
  });

  it('which image names mean the same', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const pairs: [string, string, boolean][] = [
      ['redis', 'docker.io/library/redis:latest', true],
      ['me/app:2', 'me/app:2', true],
      ['me/app:2', 'me/app:1', false],
      ['app', 'other', false],
      [digest, digest, true],
      [`app@${digest}`, `app:1@${digest}`, true],
      ['no image', 'app', false],
    ];
    for (const [one, other, same] of pairs) assert.equal(sameImage(one, other), same, `${one} ${other}`);
  });

  for (const name of ['', 'UPPER', 'a b', 'a:', ':1', 'a//b', '../a', 'a@sha256:1', '-a', 'a\u0000']) {
    it(`no image name: ${JSON.stringify(name)}`, () => {
      assert.throws(() => parseReference(name), { kind: 'invalid' });
    });
  }

  it('ports', () => {
    assert.deepEqual(['80', '8080:80', '127.0.0.1:53:53/udp', '[::1]::80'].map(parsePort), [
      { host: '', hostPort: '', container: '80/tcp' },
      { host: '', hostPort: '8080', container: '80/tcp' },
      { host: '127.0.0.1', hostPort: '53', container: '53/udp' },
      { host: '::1', hostPort: '', container: '80/tcp' },
    ]);
    for (const port of ['', '0', '65536', 'a:80', '80:a', '1:2:3', '80/xyz']) {
      assert.throws(() => parsePort(port), { kind: 'invalid' }, port);
    }
  });

  it('variables and volumes that cannot be read are named, a value never is', () => {
    const spec = { image: 'a', ports: [], env: [], volumes: [], command: [] };
    assert.throws(
      () => createContainer({ ...spec, env: ['=hunter2'] }),
      (error: Error) => !error.message.includes('hunter2'),
    );
    assert.throws(() => createContainer({ ...spec, volumes: ['data'] }), { kind: 'invalid', message: /^data / });
  });

  it('words, as a shell takes them', () => {
    assert.deepEqual(shellWords(`a "b c" 'd "e"' f\\ g A="x \\" y" ''`), ['a', 'b c', 'd "e"', 'f g', 'A=x " y', '']);
  });

  it('a line that a shell takes apart again', () => {
    const line = shellLine(kill({ id: 'x', name: "it's" }, 'SIGHUP').line, 'unix:///s');
    assert.equal(line, String.raw`docker --host unix:///s kill --signal SIGHUP 'it'\''s'`);
  });

  it('what an image offers', () => {
    const Config = {
      ExposedPorts: { '80/tcp': {} },
      Env: ['PATH=/bin', 'A=1'],
      Volumes: { '/data': {} },
      Cmd: ['serve'],
    };
    assert.deepEqual(offerOf({ Config }), { ports: ['80/tcp'], env: ['A=1'], volumes: ['/data'], command: ['serve'] });
    assert.deepEqual(offerOf(undefined), { ports: [], env: [], volumes: [], command: [] });
  });
});
