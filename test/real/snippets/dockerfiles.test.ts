/**
 * The Dockerfile snippets, built by BuildKit of an engine of the test's own and run. There is no registry here: the images
 * they begin from are made of this machine's Go and Debian, so what only their own base has (Alpine's adduser) is left out.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSnippets } from '../../../scripts/lib/snippets.ts';
import { type OwnEngine, ownEngine } from '../../support/engine.ts';
import { needGo } from '../../support/go.ts';
import { goBase, goEnvironment, systemFiles } from '../../support/goBase.ts';
import { expandSnippet } from '../../support/snippetSyntax.ts';
import { tar } from '../../support/tar.ts';

/** Says who it is, so that the test can tell that it ran without rights. */
const program = `package main

import (
	"fmt"
	"os"
)

func main() { fmt.Println("well, as", os.Getuid()) }
`;

const context = (dockerfile: string, test: string): Buffer =>
  tar(
    Object.entries({
      Dockerfile: dockerfile,
      'go.mod': 'module example.com/app\n\ngo 1.26.0\n',
      'go.sum': '',
      'cmd/app/main.go': program,
      'cmd/app/main_test.go': `package main\n\nimport "testing"\n\nfunc TestApp(t *testing.T) {${test}}\n`,
    }).map(([name, text]) => ({ name, data: Buffer.from(text) })),
  );

describe('Dockerfile snippets', function () {
  this.timeout(15 * 60_000);
  let engine: OwnEngine | undefined;
  let folder: string | undefined;

  before(async function () {
    await needGo(this);
    engine = await ownEngine(this);
    folder = mkdtempSync(join(tmpdir(), 'gantry-bases-'));
    const go = await goBase(folder);
    for (const name of ['golang:1.26', 'golang:1.26-trixie', 'golang:1.26-alpine']) {
      await engine.importImage(name, go, goEnvironment);
    }
    const debian = readFileSync(systemFiles(folder, 'debian', ['/usr/sbin/useradd']));
    await engine.importImage('debian:trixie-slim', debian, 'ENV PATH=/usr/sbin:/bin');
    const empty = tar([{ name: 'etc/os-release', data: Buffer.from('') }]);
    await engine.importImage('gcr.io/distroless/static-debian13:nonroot', empty, 'USER 65532');
  });
  after(async () => {
    await engine?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  for (const { name, prefix, body } of readSnippets('dockerfile')) {
    const dockerfile = expandSnippet(body.join('\n'));

    it(`${name}: builds and runs without rights`, async () => {
      if (prefix === 'gt-go-alpine') {
        await engine!.build('built', context(dockerfile, ''), { target: 'build' });
        return;
      }
      await engine!.build('built', context(dockerfile, ''));
      assert.equal(await engine!.output('built'), 'well, as 65532\n');
    });

    if (prefix !== 'gt-go-tested') continue;
    it(`${name}: no image comes of what fails`, async () => {
      await assert.rejects(engine!.build('failed', context(dockerfile, 't.Error("wrong")')), /go test/);
    });
  }
});
