import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import { doctorDocument, findingOf } from '../../../src/docker/doctor.ts';
import type { Probe } from '../../../src/docker/probe.ts';

const failing = (origin: string, errno: string | undefined, more: { asked?: boolean; path?: string } = {}): Probe => {
  const { asked = false, path = '/s' } = more;
  const candidate = { origin, asked, address: `unix://${path}`, target: { socketPath: path } };
  return { candidate, errno, failure: new Failure(errno === undefined ? 'invalid' : 'unreachable', 'It failed.') };
};
const fix = (probe: Probe, platform: NodeJS.Platform = 'linux'): string | undefined => findingOf(probe, platform).fix;

describe('Engine Doctor', () => {
  it('knows how each product is started', () => {
    assert.deepEqual(
      {
        docker: fix(failing('Docker', 'ENOENT')),
        refused: fix(failing('Docker', 'ECONNREFUSED')),
        mac: fix(failing('Docker', 'ENOENT'), 'darwin'),
        rootless: fix(failing('Docker (rootless)', 'ENOENT')),
        colima: fix(failing('Colima (work)', 'ENOENT')),
        oldColima: fix(failing('Colima', 'ENOENT')),
        orb: fix(failing('OrbStack', 'ENOENT'), 'darwin'),
        podman: fix(failing('Podman', 'ENOENT', { path: '/run/podman/podman.sock' })),
        rootlessPodman: fix(failing('Podman', 'ENOENT', { path: '/run/user/1/podman/podman.sock' })),
        machine: fix(failing('Podman', 'ENOENT'), 'win32'),
      },
      {
        docker: 'sudo systemctl start docker',
        refused: 'sudo systemctl start docker',
        mac: 'Start Docker Desktop.',
        rootless: 'systemctl --user start docker',
        colima: 'colima start work',
        oldColima: 'colima start',
        orb: 'Start OrbStack.',
        podman: 'sudo systemctl start podman.socket',
        rootlessPodman: 'systemctl --user start podman.socket',
        machine: 'podman machine start',
      },
    );
  });

  it('knows what else can be wrong', () => {
    assert.equal(fix(failing('Docker', 'EACCES')), 'sudo usermod -aG docker $USER');
    assert.match(fix(failing('Docker', 'ETIMEDOUT'))!, /restart the engine/);
    assert.match(fix(failing('DOCKER_HOST', 'ENOENT', { asked: true }))!, /let DOCKER_HOST name another place/);
    assert.match(fix(failing('Docker', undefined))!, /Another program answers/);
    assert.equal(fix(failing('Docker', 'CERT_HAS_EXPIRED')), undefined, 'the sentence says it');
  });

  it('lists every place with its source, errno and fix', () => {
    const answering: Probe = {
      candidate: { origin: 'Podman', asked: false, address: 'unix:///p', target: { socketPath: '/p' } },
      target: { socketPath: '/p' },
      ping: { apiVersion: '1.41', version: '4.3.1' },
      runtime: 'podman',
    };
    const findings = [failing('Docker', 'ENOENT'), answering].map((probe) => findingOf(probe, 'linux'));
    assert.equal(
      doctorDocument({ used: 'unix:///p', findings }),
      `# Engine Doctor

Gantry uses the engine at unix:///p.

The places where an engine may be, the first that answers is used:

1. Docker: \`unix:///s\`
   - ENOENT: It failed.
   - Fix: sudo systemctl start docker

2. Podman: \`unix:///p\`
   - Answers: Podman 4.3.1, API 1.41

`,
    );
  });

  it('says what to do first when there is none', () => {
    assert.match(
      doctorDocument({ advice: 'Install *Docker*.', findings: [] }),
      /No engine can be used\. Install \\\*Docker\\\*\./,
    );
  });
});
