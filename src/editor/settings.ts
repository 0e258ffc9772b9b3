/** Settings, typed. */
import * as vscode from 'vscode';
import { type Disposable, disposeAll } from '../core/disposable.ts';
import type { Event } from '../core/emitter.ts';
import type { SettingId, Settings } from './contributions.ts';

/**
 * The setting's value; package.json holds its default, so there always is one. A copy: VS Code hands out proxies, which no
 * thread can be sent.
 */
export function readSetting<Id extends SettingId>(id: Id): Settings[Id] {
  const value = vscode.workspace.getConfiguration().get(id) as Settings[Id];
  return typeof value === 'object' ? (JSON.parse(JSON.stringify(value)) as Settings[Id]) : value;
}

export function onDidChangeSetting(id: SettingId, listener: () => void): Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(id)) listener();
  });
}

/** Fires with the setting of these that became another one. */
export const changesOf =
  <Id extends SettingId>(ids: readonly Id[]): Event<Id> =>
  (listener) => {
    const listening = ids.map((id) => onDidChangeSetting(id, () => listener(id)));
    return { dispose: () => disposeAll(listening) };
  };
