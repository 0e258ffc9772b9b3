/** Settings, typed. */
import * as vscode from 'vscode';
import type { Disposable } from '../core/disposable.ts';
import type { SettingId, Settings } from './contributions.ts';

/** The setting's value; package.json holds its default, so there always is one. */
export function readSetting<Id extends SettingId>(id: Id): Settings[Id] {
  return vscode.workspace.getConfiguration().get(id) as Settings[Id];
}

export function onDidChangeSetting(id: SettingId, listener: () => void): Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(id)) listener();
  });
}
