/** Commands on targets: servers of rows in other views, of files, environments and secrets. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { askText } from '../../editor/askText.ts';
import { givenText, registerCommand } from '../../editor/commands.ts';
import type { Commands } from '../../editor/contributions.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import { readSetting } from '../../editor/settings.ts';
import type { OfferedServer } from '../offers.ts';
import { changeConnection } from './fixes.ts';

type Row = NonNullable<Commands['gantry.grpc.callObject'][0]>;

export interface TargetCommandDeps {
  readonly log: Log;
  readonly context: vscode.ExtensionContext;
  /** The ports behind a row of another view. */
  readonly offers: (node: Row, signal: AbortSignal) => Promise<readonly OfferedServer[]>;
  readonly addServer: (target: string) => Promise<void>;
  /** Lets the person choose one of the server's methods and opens its panel. */
  readonly callMethodOf: (target: string) => Promise<void>;
}

/** Where the chosen environment is kept. */
export const environmentKey = 'grpc.environment';
const secretKey = (name: string): string => `grpc.secret:${name}`;

export const readSecret = ({ secrets }: vscode.ExtensionContext, name: string): Thenable<string | undefined> =>
  secrets.get(secretKey(name));

export function registerTargetCommands(deps: TargetCommandDeps): Disposable {
  const { log, context } = deps;
  const store = new DisposableStore();
  store.add(
    registerCommand(log, 'gantry.grpc.callObject', async (node) => {
      if (node === undefined) throw new Failure('invalid', t('Choose it on a pod, service, workload or container.'));
      const offers = await withLateProgress(t('Looking for ports'), (_, signal) => deps.offers(node, signal));
      const offer = await chooseOffer(offers);
      if (offer === undefined) return;
      await deps.addServer(offer.target);
      await deps.callMethodOf(offer.target);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.grpc.addServerFromFile', async (uri, address) => {
      const file = uri instanceof vscode.Uri ? uri : await chooseSchema();
      if (file === undefined) return;
      const target = givenText(address) ?? (await askForAddress());
      if (target === undefined || target.trim() === '') return;
      await changeConnection(target.trim(), { schema: [file.fsPath] });
      await deps.addServer(target);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.grpc.selectEnvironment', async (given) => {
      const names = Object.keys(readSetting('gantry.grpc.environments'));
      const none = t('No environment');
      const name = givenText(given) ?? (await vscode.window.showQuickPick([none, ...names], { title: t('Environment of gRPC Targets') })); // prettier-ignore
      if (name === undefined) return;
      await context.workspaceState.update(environmentKey, name === none ? undefined : name);
      await vscode.commands.executeCommand('gantry.grpc.refresh');
    }),
  );
  store.add(
    registerCommand(log, 'gantry.grpc.setSecret', async (givenName, givenValue) => {
      const name = givenText(givenName) ?? (await askText({ title: t('Name of the Secret'), prompt: t('Texts refer to it as {0}', '${secret:name}') })); // prettier-ignore
      if (name === undefined || name.trim() === '') return;
      const value = givenText(givenValue) ?? (await askText({ title: t('Value of {0}', name), password: true, prompt: t('Left empty, the secret is removed') })); // prettier-ignore
      if (value === undefined) return;
      if (value === '') await context.secrets.delete(secretKey(name.trim()));
      else await context.secrets.store(secretKey(name.trim()), value);
    }),
  );
  return store;
}

/** The only one, the only one that is called grpc, or one that is picked. */
async function chooseOffer(offers: readonly OfferedServer[]): Promise<OfferedServer | undefined> {
  const named = offers.filter(({ portName }) => /grpc/i.test(portName));
  const [only, ...others] = named.length === 1 ? named : offers;
  if (only === undefined) throw new Failure('notFound', t('It names no port that could be called.'));
  if (others.length === 0) return only;
  const items = offers.map((offer) => ({ label: String(offer.port), description: offer.portName, offer }));
  return (await vscode.window.showQuickPick(items, { title: t('Port of the gRPC Server') }))?.offer;
}

async function chooseSchema(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: t('The Schema of the Server'),
    canSelectFolders: false,
    filters: { [t('Schemas')]: ['proto', 'binpb', 'protoset', 'fds'], '*': ['*'] },
  });
  return chosen?.[0];
}

const askForAddress = (): Thenable<string | undefined> =>
  askText({
    title: t('Add a gRPC Server'),
    prompt: t('host:port, tls:host:port for TLS, or unix:path'),
    placeHolder: 'localhost:50051',
  });
