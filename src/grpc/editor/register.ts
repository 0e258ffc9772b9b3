/** The gRPC view, its commands and the method panel. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { lazyTree } from '../../core/tree.ts';
import { askText } from '../../editor/askText.ts';
import { givenText, registerCommand } from '../../editor/commands.ts';
import { type Commands, views } from '../../editor/contributions.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import { readSetting } from '../../editor/settings.ts';
import { registerTree } from '../../editor/tree.ts';
import { kindText } from '../describe.ts';
import type { Grpc } from '../domain.ts';
import type { GrpcNode, MethodNode } from '../nodes.ts';
import type { OfferedServer } from '../offers.ts';
import { checkPlace, isPlace } from '../places.ts';
import type { GrpcurlCall } from '../grpcurl.ts';
import { Drafts } from './drafts.ts';
import { changeConnection } from './fixes.ts';
import { Answers } from './answers.ts';
import { MethodPanels, panelType } from './panel.ts';
import { registerRequests } from './requests.ts';
import { registerTargetCommands } from './targets.ts';

/** A row of another view. */
type Row = NonNullable<Commands['gantry.grpc.callObject'][0]>;

export interface GrpcEditorDeps {
  readonly context: vscode.ExtensionContext;
  readonly log: Log;
  /** Loads the domain on first use. */
  readonly domain: () => Promise<Grpc>;
  /** Strings in the person's language, English → shown; the panel gets them. */
  readonly language: Readonly<Record<string, string>>;
  /** The ports behind a row of another view. */
  readonly serversOf: (row: Row, signal: AbortSignal) => Promise<readonly OfferedServer[]>;
  /** The command that shows where a server runs in the view that knows of it. */
  readonly rowOf: (
    target: string,
    signal: AbortSignal,
  ) => Promise<{ readonly id: string; readonly args: readonly unknown[] }>;
}

export function registerGrpc({ context, log, domain, language, serversOf, rowOf }: GrpcEditorDeps): Disposable {
  const store = new DisposableStore();
  const panels = store.add(
    new MethodPanels({
      extensionUri: context.extensionUri,
      language,
      drafts: new Drafts(context),
      answers: store.add(new Answers()),
      moveServer,
    }),
  );
  store.add(registerTree(views.grpc, store.add(lazyTree(async () => (await domain()).tree()))));
  store.add(registerCommand(log, 'gantry.grpc.addServer', (address) => addServer(givenText(address))));
  store.add(registerCommand(log, 'gantry.grpc.removeServer', (node) => removeServer(domain, node)));
  store.add(
    registerCommand(log, 'gantry.grpc.reveal', async (node) => {
      const target =
        node !== undefined && 'target' in node
          ? node.target
          : await pickServer(await domain(), ({ target: text }) => isPlace(text), t('Show Where It Runs'));
      if (target === undefined) return;
      const { id, args } = await withLateProgress(t('Looking for {0}', target), (_, signal) => rowOf(target, signal));
      await vscode.commands.executeCommand(id, ...args);
    }),
  );
  store.add(registerCommand(log, 'gantry.grpc.refresh', async () => (await domain()).refresh()));
  store.add(
    registerCommand(log, 'gantry.grpc.callMethod', async (node) => {
      const grpc = await domain();
      const method = node?.kind === 'method' ? node : await pickMethod(grpc);
      if (method !== undefined) panels.show(grpc, method);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.grpc.pasteGrpcurl', async (line, passing) =>
      pasteGrpcurl(await domain(), panels, { given: givenText(line), passing: passing === true }),
    ),
  );
  store.add(
    vscode.window.registerWebviewPanelSerializer(panelType, {
      deserializeWebviewPanel: async (panel, state: unknown) => {
        const node = nodeOf(state);
        if (node === undefined) panel.dispose();
        else panels.revive(await domain(), node, panel);
      },
    }),
  );
  const callMethodOf = async (target: string): Promise<void> => {
    const grpc = await domain();
    const method = await pickMethod(grpc, target);
    if (method !== undefined) panels.show(grpc, method);
  };
  store.add(registerTargetCommands({ log, context, offers: serversOf, addServer, callMethodOf }));
  store.add(registerRequests({ log, domain }));
  return store;
}

/** The method that a page kept as its own; undefined when that is no method. */
function nodeOf(state: unknown): MethodNode | undefined {
  const node = (state as { readonly node?: Partial<MethodNode> } | undefined)?.node;
  const texts = [node?.target, node?.service, node?.method, node?.methodKind, node?.input, node?.output];
  return texts.every((text) => typeof text === 'string') ? (node as MethodNode) : undefined;
}

/** Reads a line of grpcurl, asked for when not given, and opens the panel with its call. */
async function pasteGrpcurl(
  grpc: Grpc,
  panels: MethodPanels,
  { given, passing }: { readonly given: string | undefined; readonly passing: boolean },
): Promise<void> {
  const { callOfGrpcurl, lostInPanel, readGrpcurlLine } = await import('../grpcurl.ts');
  const read = (text: string): PastedCall => withMethod(callOfGrpcurl(readGrpcurlLine(text)));
  const line = given ?? (await askForLine(read));
  if (line === undefined || line.trim() === '') return;
  const { target, method, connection, metadata, data, deadline } = read(line);
  if (Object.keys(connection).length > 0) await changeConnection(target, connection);
  if (!passing) await addServer(target);
  const { node, sample, deadline: usual } = await grpc.draft(target, method);
  await panels.showDraft(grpc, node, {
    request: data ?? sample,
    metadata: metadata.map(([name, value]) => ({ name, value })),
    deadline: String(deadline ?? usual),
    typedAt: Date.now(),
  });
  const lost = lostInPanel(readGrpcurlLine(line));
  if (lost.length === 0) return;
  void vscode.window.showWarningMessage(t('Left out of the line, as a panel has nothing for it: {0}', lost.join(', ')));
}

/** Begins with what is on the clipboard when that is a line of grpcurl. */
async function askForLine(read: (text: string) => PastedCall): Promise<string | undefined> {
  const copied = (await vscode.env.clipboard.readText()).trim();
  return askText({
    title: t('Paste a grpcurl Command'),
    prompt: t('grpcurl with its flags, an address and a method'),
    value: copied.startsWith('grpcurl') ? copied.replaceAll(/\\?\r?\n/g, ' ') : '',
    validateInput: (text) => (text.trim() === '' ? undefined : complaintOf(() => read(text))),
  });
}

type PastedCall = GrpcurlCall & { readonly method: string };

function withMethod(call: GrpcurlCall): PastedCall {
  if (call.method === undefined) throw new Failure('invalid', t('The line names no method to call.'));
  return { ...call, method: call.method };
}

/** The server at another address, in the same place of the list. */
async function moveServer(from: string, to: string): Promise<void> {
  const servers = readSetting('gantry.grpc.servers');
  const moved = servers.some((server) => server.trim() === from)
    ? servers.map((server) => (server.trim() === from ? to : server))
    : [...servers, to];
  await writeServers([...new Set(moved)]);
}

async function addServer(address?: string): Promise<void> {
  const written =
    address ??
    (await askText({
      title: t('Add a gRPC Server'),
      prompt: t('host:port, tls:host:port for TLS, or unix:path'),
      placeHolder: 'localhost:50051',
      validateInput: (text) => (text.trim() === '' ? undefined : complaintOf(() => checkPlace(text))),
    }));
  if (written === undefined || written.trim() === '') return;
  const text = checkPlace(written);
  const servers = readSetting('gantry.grpc.servers');
  if (!servers.includes(text)) await writeServers([...servers, text]);
}

function complaintOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function removeServer(domain: () => Promise<Grpc>, node: GrpcNode | undefined): Promise<void> {
  const target =
    node?.kind === 'server'
      ? node.target
      : await pickServer(await domain(), ({ removable }) => removable, t('Remove a gRPC Server'));
  if (target === undefined) return;
  const servers = readSetting('gantry.grpc.servers');
  if (!servers.some((server) => server.trim() === target)) {
    throw new Failure('invalid', t('{0} is not in the list of servers; it was found by itself.', target));
  }
  await writeServers(servers.filter((server) => server.trim() !== target));
}

/** The list belongs to the workspace where there is one, so that a project's servers stay with it. */
async function writeServers(servers: readonly string[]): Promise<void> {
  const scope =
    vscode.workspace.workspaceFolders === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  await vscode.workspace.getConfiguration().update('gantry.grpc.servers', [...servers], scope);
}

async function pickServer(
  grpc: Grpc,
  wanted: (server: ReturnType<Grpc['servers']>[number]) => boolean,
  title: string,
): Promise<string | undefined> {
  const items = grpc
    .servers()
    .filter(wanted)
    .map(({ target, name }) => ({ label: name ?? target, description: name === undefined ? '' : target, target }));
  if (items.length === 0) throw new Failure('notFound', t('There is no such server in the view.'));
  return (await vscode.window.showQuickPick(items, { title }))?.target;
}

interface MethodItem extends vscode.QuickPickItem {
  readonly method?: MethodNode;
}

/** A quick pick of every method of every server, or of one, that answers; the others say why not. */
async function pickMethod(grpc: Grpc, only?: string): Promise<MethodNode | undefined> {
  const servers = grpc.servers().filter(({ target }) => only === undefined || target === only);
  if (servers.length === 0) {
    throw new Failure('notFound', t('There is no gRPC server yet. Add one with the command Gantry: Add gRPC Server.'));
  }
  const items = Promise.all(servers.map(({ target, name }) => methodItems(grpc, target, name ?? target)));
  const picked = await vscode.window.showQuickPick<MethodItem>(
    items.then((groups) => groups.flat()),
    { title: t('Call a gRPC Method'), placeHolder: t('Type a part of the method’s name'), matchOnDescription: true },
  );
  return picked?.method;
}

async function methodItems(grpc: Grpc, target: string, name: string): Promise<MethodItem[]> {
  const heading: MethodItem = { label: name, kind: vscode.QuickPickItemKind.Separator };
  try {
    const methods = await grpc.methods(target);
    const rows = methods.map((method): MethodItem => {
      return { label: method.method, description: `${method.service} · ${kindText(method.methodKind)}`, method };
    });
    return [heading, ...rows];
  } catch (error) {
    return [heading, { label: `$(warning) ${name}`, detail: messageOf(error) }];
  }
}
