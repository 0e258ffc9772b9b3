import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually, execute, shownAsPage } from './execute.ts';

const extension = vscode.extensions.getExtension('gantry.gantry')!;
const servers = (): string[] => vscode.workspace.getConfiguration().get<string[]>('gantry.grpc.servers')!;

describe('commands', () => {
  before(() => extension.activate());
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('show the log', async () => {
    await execute('gantry.showLog');
    await eventually('the log is shown', () =>
      vscode.window.visibleTextEditors.some(({ document }) => document.uri.scheme === 'output'),
    );
  });

  it('read the clusters again', async () => {
    await execute('gantry.kubernetes.refresh');
  });

  it('show more rows of a long folder', async () => {
    const folder = { kind: 'namespace', id: 'n', context: 'gantry', name: 'default' } as const;
    await execute('gantry.kubernetes.showMore', { kind: 'more', id: 'm', folder, hidden: 1 });
  });

  it('filter pods and services, and show all again', async () => {
    await execute('gantry.kubernetes.filter', 'checkout app=shop');
    await execute('gantry.kubernetes.clearFilter');
  });

  it('ask a context for its credentials again, limit its namespaces, mark a favourite and unmark it', async () => {
    const node = { kind: 'namespace', id: 'n', context: 'gantry', name: 'default' } as const;
    await execute('gantry.kubernetes.signIn', node);
    await execute('gantry.kubernetes.selectNamespaces', node, ['default']);
    await execute('gantry.kubernetes.selectNamespaces', node, []);
    await execute('gantry.kubernetes.addFavourite', node);
    await execute('gantry.kubernetes.removeFavourite', node);
  });

  it('add a kubeconfig and rename its context', async () => {
    const text = `apiVersion: v1
kind: Config
clusters: [{ name: cloud, cluster: { server: 'https://127.0.0.1:1' } }]
contexts: [{ name: cloud, context: { cluster: cloud, user: cloud } }]
users: [{ name: cloud, user: { token: none } }]
`;
    const file = vscode.Uri.file(process.env['KUBECONFIG']!);
    try {
      await execute('gantry.kubernetes.addKubeconfig', text);
      const node = { kind: 'context', id: 'c', context: 'cloud', name: 'cloud' } as const;
      await execute('gantry.kubernetes.renameContext', node, 'renamed');
      assert.match(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)), /name: renamed/);
    } finally {
      await vscode.workspace.fs.writeFile(file, new Uint8Array()); // The other tests have one cluster only.
    }
  });

  it('open the values, the manifest, the notes and the history of a Helm release', async () => {
    const [namespace, name] = process.env['GANTRY_TEST_RELEASE']!.split('/') as [string, string];
    const node = { kind: 'release', id: 'r', context: process.env['GANTRY_TEST_CONTEXT']!, namespace, name } as const;
    const text = (): string => vscode.window.activeTextEditor!.document.getText();
    await execute('gantry.kubernetes.helmValues', node);
    assert.equal(text(), 'replicas: 2\n');
    assert.equal(vscode.window.activeTextEditor!.document.languageId, 'yaml');
    await execute('gantry.kubernetes.helmManifest', node);
    assert.match(text(), /kind: ConfigMap/);
    await execute('gantry.kubernetes.helmNotes', node);
    assert.match(text(), /Thank you/);
    await execute('gantry.kubernetes.helmHistory', node);
    assert.match(text(), /^REVISION/);
  });

  it('copy the name of a pod', async () => {
    await execute('gantry.kubernetes.copyName', {
      kind: 'pod',
      id: 'x',
      context: 'gantry',
      namespace: 'default',
      name: 'checkout-7',
    });
    assert.equal(await vscode.env.clipboard.readText(), 'checkout-7');
  });

  it('show a namespace in its view', async () => {
    await execute('gantry.kubernetes.revealNamespace', 'gantry', 'kube-system');
    await execute('gantry.kubernetes.copyName');
    assert.equal(await vscode.env.clipboard.readText(), 'kube-system');
  });

  it('list the containers again, show the logs of one and copy its id', async () => {
    await execute('gantry.docker.refresh');
    const engine = process.env['DOCKER_HOST']!;
    const id = process.env['GANTRY_TEST_CONTAINER']!;
    await execute('gantry.docker.copyId', { kind: 'container', engine, id });
    assert.equal(await vscode.env.clipboard.readText(), id);
    await execute('gantry.docker.showLogs', { kind: 'container', engine, id });
    const terminal = await eventually('a terminal shows the log', () =>
      vscode.window.terminals.find(({ name }) => name.startsWith('Logs: ')),
    );
    await execute('gantry.logs.search', 'tick');
    const text = await eventually('the document of the log has its lines', async () => {
      await execute('gantry.logs.openDocument');
      const { document } = vscode.window.activeTextEditor!;
      return document.uri.scheme === 'gantry-log' && /^tick \d+$/m.test(document.getText()) && document.getText();
    });
    assert.ok(!text.includes('\u001b'));
    terminal.dispose();
  });

  it('examine the engines and show what was found', async () => {
    await execute('gantry.docker.doctor');
    const document = await shownAsPage('Engine Doctor');
    assert.match(document.getText(), /^# Engine Doctor\n/);
    assert.ok(document.getText().includes(`Gantry uses the engine at ${process.env['DOCKER_HOST']}.`));
  });

  it('stop, start and restart a container', async () => {
    const node = {
      kind: 'container',
      engine: process.env['DOCKER_HOST']!,
      id: process.env['GANTRY_TEST_CONTAINER']!,
    } as const;
    // Messages would keep a command that failed waiting for an answer, so these return only when all went well.
    await execute('gantry.docker.stop', node);
    await execute('gantry.docker.start', node);
    await execute('gantry.docker.restart', node);
  });

  it('add a gRPC server, read it again and remove it', async () => {
    const before = servers();
    await execute('gantry.grpc.addServer', '127.0.0.1:1');
    assert.deepEqual(servers(), [...before, '127.0.0.1:1']);
    await execute('gantry.grpc.refresh');
    await execute('gantry.grpc.removeServer', { kind: 'server', target: '127.0.0.1:1', removable: true });
    assert.deepEqual(servers(), before);
  });

  it('open a panel for a gRPC method', async () => {
    const target = servers()[0]!;
    await execute('gantry.grpc.callMethod', {
      kind: 'method',
      target,
      service: 'shop.v1.UsersService',
      method: 'GetUser',
      methodKind: 'unary',
      input: 'shop.v1.GetUserRequest',
      output: 'shop.v1.GetUserResponse',
      deprecated: false,
    });
    await eventually('its tab is open', () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .some(({ input, label }) => input instanceof vscode.TabInputWebview && label.includes('GetUser')),
    );
  });

  it('open a panel with the call of a grpcurl line', async () => {
    const before = servers();
    const [address] = before;
    const line = `grpcurl -plaintext -d '{}' ${address} grpc.health.v1.Health/Check`;
    await execute('gantry.grpc.pasteGrpcurl', line);
    assert.deepEqual(servers(), [...before, `http://${address}`]);
    await eventually('its tab is open', () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .some(({ input, label }) => input instanceof vscode.TabInputWebview && label.includes('Check')),
    );
    await execute('gantry.grpc.removeServer', { kind: 'server', target: `http://${address}`, removable: true });
    assert.deepEqual(servers(), before);
  });

  it('add a gRPC server whose schema lies in a file, choose an environment, keep a secret and remove it', async () => {
    const before = servers();
    const [folder] = vscode.workspace.workspaceFolders!;
    const file = vscode.Uri.joinPath(folder!.uri, 'proto/shop/v1/users.proto');
    await execute('gantry.grpc.addServerFromFile', file, '127.0.0.1:1');
    assert.deepEqual(servers(), [...before, '127.0.0.1:1']);
    const settings = vscode.workspace.getConfiguration();
    const connections = settings.get<Record<string, unknown>>('gantry.grpc.connections')!;
    assert.deepEqual(connections['127.0.0.1:1'], { schema: [file.fsPath] });
    await settings.update('gantry.grpc.connections', undefined, vscode.ConfigurationTarget.Global);
    await execute('gantry.grpc.removeServer', { kind: 'server', target: '127.0.0.1:1', removable: true });
    await execute('gantry.grpc.selectEnvironment', 'No environment');
    await execute('gantry.grpc.setSecret', 'editor-test', 'value');
    await execute('gantry.grpc.setSecret', 'editor-test', '');
  });

  it('call a gRPC method of a service in the cluster', async () => {
    const before = servers();
    const context = process.env['GANTRY_TEST_CONTEXT']!;
    const node = { kind: 'port', id: 'p', context, namespace: 'default', service: 'kubernetes', port: '443/TCP', name: 'https' } as const; // prettier-ignore
    // It ends when a method is picked, or none.
    const calling = execute('gantry.grpc.callObject', node);
    const target = `k8s://${encodeURIComponent(context)}/default/Service/kubernetes:443`;
    await eventually('its server is listed', () => servers().includes(target));
    await eventually('the question was answered', async () => {
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
      return Promise.race([calling.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, 200, false))]);
    });
    await execute('gantry.grpc.removeServer', { kind: 'server', target, removable: true });
    assert.deepEqual(servers(), before);
    // The forward stays when its server goes; the tests of forwards would be asked which one is meant.
    await execute('gantry.kubernetes.stopForward');
  });

  it('send a request of a file and show what it was answered', async () => {
    const file = vscode.Uri.joinPath(
      vscode.Uri.file(process.env['TMPDIR'] ?? '/tmp'),
      `gantry-${process.pid}.grpc.yaml`,
    );
    const text = `target: ${servers()[0]}\nrequests:\n  - {name: health, grpc: grpc.health.v1.Health/Check}\n`;
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
    const shown = (part: string): boolean =>
      vscode.window.visibleTextEditors.some(
        ({ document }) => document.uri.scheme === 'gantry-grpc-result' && document.getText().includes(part),
      );
    try {
      await execute('gantry.grpc.sendRequest', file, 0);
      await eventually('the answer is shown', () => shown('# health: as expected') && !shown('"kind":"trailers"'));
      await execute('gantry.grpc.debugRequest', file, 0);
      await eventually('every event is shown', () => shown('"kind":"trailers"'));
    } finally {
      await vscode.workspace.fs.delete(file);
    }
  });
});
