/** Applies the fix of a failed call to the settings. */
import * as vscode from 'vscode';
import { t } from '../../core/l10n.ts';
import { readSetting } from '../../editor/settings.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { ServerOptions } from '../domain.ts';
import type { Fix } from '../events.ts';

/** False when the person thought better of it. A fix of the address is not made here. */
export async function applyFix(target: string, fix: Fix): Promise<boolean> {
  const change = await changeOf(target, fix);
  if (change === undefined) return false;
  await changeConnection(target, change);
  return true;
}

/** Certificates are the person's own, so this is a setting of theirs and not of the workspace. */
export async function changeConnection(target: string, change: ServerOptions): Promise<void> {
  const connections = readSetting('gantry.grpc.connections');
  const changed = { ...connections, [target]: { ...connections[target], ...change } };
  await vscode.workspace
    .getConfiguration()
    .update('gantry.grpc.connections', changed, vscode.ConfigurationTarget.Global);
}

async function changeOf(target: string, { kind, value = '' }: Fix): Promise<ConnectionOptions | undefined> {
  switch (kind) {
    case 'ca': {
      const ca = await chooseFile(t('The Certificate of the Authority'));
      return ca === undefined ? undefined : { ca };
    }
    case 'client': {
      const cert = await chooseFile(t('Your Client Certificate'));
      const key = cert === undefined ? undefined : await chooseFile(t('The Key of Your Client Certificate'));
      return cert === undefined || key === undefined ? undefined : { cert, key };
    }
    case 'authority':
      return { authority: value };
    case 'messageSize':
      return { maxMessageBytes: Number(value) };
    case 'skipVerify':
      return (await sure(target)) ? { skipVerify: true } : undefined;
    default:
      return undefined;
  }
}

async function chooseFile(title: string): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title,
    filters: { PEM: ['pem', 'crt', 'cer', 'key'], '*': ['*'] },
  });
  return chosen?.[0]?.fsPath;
}

async function sure(target: string): Promise<boolean> {
  const yes = t('Call Without Checking');
  const question = t('Call {0} without checking its certificate?', target);
  const detail = t('Anybody between you and the server can then read and change what is sent. It stays so until the setting is changed.'); // prettier-ignore
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) === yes;
}
