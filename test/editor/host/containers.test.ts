/** Each command on containers, images, volumes and networks, on a real engine; what it did is asked of the engine itself. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { writeTar } from '../../../src/core/tar/write.ts';
import { eventually, execute } from './execute.ts';

const engine = process.env['DOCKER_HOST']!;
const image = 'gantry-test/talker:1';

/** What the engine answers, without Gantry. */
function ask(method: string, path: string, body?: object): Promise<{ status: number; value: unknown }> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const outgoing = request({ socketPath: engine.slice('unix://'.length), method, path, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, value: parsed(text) }));
    });
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** An image of an archive of its files. */
function importImage(name: string, archive: Buffer, change: string): Promise<void> {
  const query = new URLSearchParams({ fromSrc: '-', repo: name, changes: change });
  const options = { socketPath: engine.slice('unix://'.length), method: 'POST' };
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...options, path: `/images/create?${query.toString()}` }, (answer) => {
      answer.resume().on('end', resolve);
    });
    outgoing.on('error', reject);
    outgoing.end(archive);
  });
}

const parsed = (text: string): unknown => (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined);

interface Inspection {
  readonly Id: string;
  readonly Name: string;
  readonly Config: { readonly Env: string[] };
  readonly State: { readonly Status: string; readonly ExitCode: number };
}

const imageNode = (name: string, id = name) =>
  ({ kind: 'resource', engine, folder: 'images', key: `${id} ${name}` }) as const;
const folder = (name: 'images' | 'volumes' | 'networks') => ({ kind: 'folder', engine, folder: name }) as const;
const shown = (): string => vscode.window.activeTextEditor?.document.getText() ?? '';

describe('containers', () => {
  let id: string;
  const node = () => ({ kind: 'container', engine, id }) as const;
  const state = async (): Promise<Inspection> => (await ask('GET', `/containers/${id}/json`)).value as Inspection;

  before(async () => {
    const spec = { Image: image, Cmd: ['wait'], Env: ['API_TOKEN=visible'], Labels: { 'gantry.test.host': 'yes' } };
    id = ((await ask('POST', '/containers/create?name=gantry-host', spec)).value as Inspection).Id;
    await ask('POST', `/containers/${id}/start`);
  });
  after(async () => {
    await ask('DELETE', `/containers/${id}?force=1`);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('pause, resume, rename, signal', async () => {
    await execute('gantry.docker.pause', node());
    assert.equal((await state()).State.Status, 'paused');
    await execute('gantry.docker.unpause', node());
    assert.equal((await state()).State.Status, 'running');
    await execute('gantry.docker.rename', node(), 'gantry-host-2');
    assert.equal((await state()).Name, '/gantry-host-2');
    await execute('gantry.docker.kill', node(), 'SIGTERM');
    await eventually('it ended', async () => (await state()).State.Status === 'exited');
    await execute('gantry.docker.start', node());
  });

  it('inspect as a document, its secrets covered', async () => {
    await execute('gantry.docker.inspect', node());
    await eventually('the document is there', () => shown().includes('"Id"'));
    assert.equal((JSON.parse(shown()) as Inspection).Id, id);
    assert.match(shown(), /API_TOKEN=••••••/);
    assert.doesNotMatch(shown(), /visible/);
  });

  it('compare with another in a diff', async () => {
    const other = process.env['GANTRY_TEST_CONTAINER']!;
    await execute('gantry.docker.compare', node(), { kind: 'container', engine, id: other });
    await eventually('a diff is open', () => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputTextDiff && input.original.scheme === 'gantry-docker';
    });
  });

  it('processes and changed files', async () => {
    await execute('gantry.docker.top', node());
    await eventually('its process is listed', () => shown().includes('talker wait'));
    await execute('gantry.docker.changes', node());
    await eventually('nothing has changed', () => shown().startsWith('Nothing differs'));
  });

  it('an image of it, layers, another name', async () => {
    await execute('gantry.docker.commit', node(), 'gantry-test/committed:1');
    assert.equal((await ask('GET', '/images/gantry-test/committed:1/json')).status, 200);
    await execute('gantry.docker.tag', imageNode('gantry-test/committed:1'), 'gantry-test/committed:2');
    await execute('gantry.docker.history', imageNode('gantry-test/committed:2'));
    await eventually('its layers are listed', () => shown().includes('in 2 layers'));
    await ask('DELETE', '/images/gantry-test/committed:1');
    await ask('DELETE', '/images/gantry-test/committed:2');
  });

  it('a shell, its own terminal', async () => {
    for (const [command, name] of [
      ['gantry.docker.exec', 'Shell: '],
      ['gantry.docker.attach', 'Attached: '],
    ] as const) {
      await execute(command, node());
      const terminal = await eventually('a terminal is open', () =>
        vscode.window.terminals.find((one) => one.name.startsWith(name)),
      );
      terminal.dispose();
    }
  });

  it('a file of a container from scratch: opened, changed, saved, downloaded', async () => {
    const file = { kind: 'file', engine, id, path: '/gantry.conf', type: 'file' } as const;
    const uri = vscode.Uri.from({ scheme: 'gantry-container', path: file.path, query: JSON.stringify({ engine, id }) });
    await vscode.workspace.fs.writeFile(uri, Buffer.from('second\n'));
    await execute('gantry.docker.openFile', file);
    const editor = await eventually('the file is open', () =>
      vscode.window.visibleTextEditors.find(({ document }) => document.uri.scheme === 'gantry-container'),
    );
    assert.equal(editor.document.getText(), 'second\n');
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'first\n'));
    assert.ok(await editor.document.save());
    const target = mkdtempSync(join(tmpdir(), 'gantry-host-'));
    await execute('gantry.docker.download', file, vscode.Uri.file(target));
    assert.equal(readFileSync(join(target, 'gantry.conf'), 'utf8'), 'first\nsecond\n');
    rmSync(target, { recursive: true });
  });

  it('a Compose project as one: stopped and started', async () => {
    const labels = { 'com.docker.compose.project': 'gantry-host', 'com.docker.compose.service': 'one' };
    const spec = { Image: image, Cmd: ['wait'], Labels: labels };
    const made = ((await ask('POST', '/containers/create', spec)).value as Inspection).Id;
    const project = { kind: 'project', engine, project: 'gantry-host' } as const;
    const stateOf = async (): Promise<string> =>
      ((await ask('GET', `/containers/${made}/json`)).value as Inspection).State.Status;
    await execute('gantry.docker.start', project);
    assert.equal(await stateOf(), 'running');
    await execute('gantry.docker.stop', project);
    assert.equal(await stateOf(), 'exited');
    await ask('DELETE', `/containers/${made}?force=1`);
  });

  it('copy the docker line', async () => {
    await execute('gantry.docker.copyLine', node(), ['restart', 'gantry-host-2']);
    assert.equal(await vscode.env.clipboard.readText(), 'docker restart gantry-host-2');
  });

  it('run an image, save it and load it again', async () => {
    const spec = { image, name: 'gantry-formed', ports: [], env: ['A=1'], volumes: [], command: ['wait'] };
    await execute('gantry.docker.run', imageNode(image), spec);
    const value = (await ask('GET', '/containers/gantry-formed/json')).value as Inspection;
    assert.equal(value.State.Status, 'running');
    assert.ok(value.Config.Env.includes('A=1'));
    await ask('DELETE', '/containers/gantry-formed?force=1');
    const place = mkdtempSync(join(tmpdir(), 'gantry-host-'));
    const file = vscode.Uri.file(join(place, 'image.tar'));
    await execute('gantry.docker.save', imageNode(image), file);
    assert.ok(existsSync(file.fsPath));
    await execute('gantry.docker.load', folder('images'), file);
    rmSync(place, { recursive: true });
  });

  it('pull and push, through a registry', async () => {
    const name = `${process.env['GANTRY_TEST_REGISTRY']!}/talker:1`;
    await execute('gantry.docker.tag', imageNode(image), name);
    await execute('gantry.docker.push', imageNode(name));
    await ask('DELETE', `/images/${name}`);
    await execute('gantry.docker.pull', folder('images'), name);
    assert.equal((await ask('GET', `/images/${name}/json`)).status, 200);
    await ask('DELETE', `/images/${name}`);
    await execute('gantry.docker.signOut', process.env['GANTRY_TEST_REGISTRY']!);
  });

  it('a Dockerfile for a module; an image of one, with what came of each line in the file', async () => {
    const place = mkdtempSync(join(tmpdir(), 'gantry-host-'));
    writeFileSync(join(place, 'go.mod'), 'module example.com/one\n\ngo 1.26\n');
    writeFileSync(join(place, 'main.go'), 'package main\n\nfunc main() {}\n');
    await execute('gantry.docker.newDockerfile', vscode.Uri.file(place));
    assert.match(shown(), /ENTRYPOINT \["\/app"\]/);
    assert.ok(existsSync(join(place, '.dockerignore')));

    const uri = vscode.Uri.file(join(place, 'Small.Dockerfile'));
    writeFileSync(uri.fsPath, `FROM ${image}\nCOPY main.go /\nUSER 65532\n`);
    await execute('gantry.docker.build', uri, { tag: 'gantry-test/small:1' });
    assert.equal((await ask('GET', '/images/gantry-test/small:1/json')).status, 200);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri);
    const titles = new Map(lenses.map(({ range, command }) => [range.start.line, command?.title ?? '']));
    assert.match(titles.get(1) ?? '', /\d B.*ran because/);

    // As a person would: VS Code does not watch folders outside the workspace.
    const document = await vscode.workspace.openTextDocument(uri);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(uri, new vscode.Range(1, 0, document.lineCount, 0), 'COPY missing /\n');
    await vscode.workspace.applyEdit(edit);
    await document.save();
    await execute('gantry.docker.build', uri, { tag: 'gantry-test/small:2' });
    const [problem] = vscode.languages.getDiagnostics(uri).filter(({ code }) => code === 'build');
    assert.equal(problem?.range.start.line, 1);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await ask('DELETE', '/images/gantry-test/small:1');
    rmSync(place, { recursive: true });
  });

  it('a Compose file: its problems, and up through the docker command', async () => {
    const place = mkdtempSync(join(tmpdir(), 'gantry-host-'));
    const uri = vscode.Uri.file(join(place, 'compose.yaml'));
    writeFileSync(uri.fsPath, 'services:\n  one:\n    imagee: x\n');
    await vscode.window.showTextDocument(uri);
    const [problem] = await eventually('the wrong field is marked', () => {
      const found = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Gantry');
      return found.length > 0 && found;
    });
    assert.equal(problem?.range.start.line, 2);

    // The plugin itself is run in test/real; here only what it is asked for matters.
    const heard = join(place, 'heard');
    writeFileSync(join(place, 'docker'), `#!/bin/sh\necho "$DOCKER_HOST $@" >> ${heard}\n`, { mode: 0o755 });
    const { PATH } = process.env;
    process.env['PATH'] = `${place}:${PATH}`;
    try {
      await execute('gantry.docker.composeUp', uri);
    } finally {
      process.env['PATH'] = PATH;
    }
    const line = `${engine} compose --file ${uri.fsPath} up --detach --remove-orphans`;
    assert.equal(readFileSync(heard, 'utf8').trim().split('\n').at(-1), line);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    rmSync(place, { recursive: true });
  });

  it('a Go program of an image: its vulnerabilities at go.mod, and under the debugger by launch.json', async () => {
    const workspace = vscode.workspace.workspaceFolders![0]!;
    const place = join(workspace.uri.fsPath, 'scanned');
    mkdirSync(place);
    writeFileSync(join(place, 'go.mod'), 'module example.com/scanned\n\ngo 1.26\n');
    writeFileSync(join(place, 'main.go'), 'package main\n\nfunc main() { println("ran") }\n');
    const env = { ...process.env, CGO_ENABLED: '0', GOOS: 'linux', GOWORK: 'off' };
    execFileSync('go', ['build', '-o', 'app', '.'], { cwd: place, env });
    const name = 'gantry-test/scanned:1';
    const app = { path: 'srv/app', data: readFileSync(join(place, 'app')), mode: 0o755, modified: 0 };
    await importImage(name, writeTar([app]), 'ENTRYPOINT ["/srv/app"]');
    const settings = vscode.workspace.getConfiguration();
    const database = process.env['GANTRY_TEST_VULNERABILITIES'];
    await settings.update('gantry.docker.vulnerabilityDatabase', database, vscode.ConfigurationTarget.Global);
    const { PATH } = process.env;
    process.env['PATH'] = `${process.env['GANTRY_TEST_TOOLS']}:${PATH}`;
    try {
      await execute('gantry.docker.scan', imageNode(name));
      const [problem] = vscode.languages.getDiagnostics(vscode.Uri.file(join(place, 'go.mod')));
      assert.deepEqual([problem?.code, problem?.range.start.line], ['GO-2099-0002', 2]);

      await execute('gantry.docker.debug', imageNode(name), { folder: place, package: '.' });
      const launch = vscode.workspace.getConfiguration('launch', workspace.uri);
      const [entry] = launch.get<{ type: string; mode: string; port: number }[]>('configurations')!;
      assert.deepEqual([entry?.type, entry?.mode], ['go', 'remote']);
      const filters = encodeURIComponent(JSON.stringify({ label: ['gantry.debug'] }));
      const [held] = (await ask('GET', `/containers/json?filters=${filters}`)).value as {
        Id: string;
        Ports: { PublicPort: number }[];
      }[];
      assert.equal(held?.Ports[0]?.PublicPort, entry?.port);
      await ask('DELETE', `/containers/${held!.Id}?force=1`);
    } finally {
      process.env['PATH'] = PATH;
      await settings.update('gantry.docker.vulnerabilityDatabase', undefined, vscode.ConfigurationTarget.Global);
      await ask('DELETE', `/images/${name}?force=1`);
      rmSync(place, { recursive: true });
      rmSync(join(workspace.uri.fsPath, '.vscode'), { recursive: true, force: true });
    }
  });

  it('make a volume and a network; nothing unused is left to remove', async () => {
    await execute('gantry.docker.createVolume', folder('volumes'), 'gantry-host-volume');
    await execute('gantry.docker.createNetwork', folder('networks'), 'gantry-host-network');
    await ask('DELETE', '/volumes/gantry-host-volume');
    assert.equal((await ask('DELETE', '/networks/gantry-host-network')).status, 204);
    await execute('gantry.docker.prune', folder('networks'));
  });
});
