/** Commands, typed, with the one place that decides how a command's failure is shown. */
import * as vscode from 'vscode';
import { Failure, isAbort, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import type { CommandId, Commands } from './contributions.ts';

/** Registers one command. What it throws was asked for by the person, so it is told in a message; an abort is not. */
export function registerCommand<Id extends CommandId>(
  log: Log,
  id: Id,
  run: (...args: Commands[Id]) => unknown,
): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (...args: unknown[]) => {
    try {
      if (isLostRow(id, args)) throw new Failure('notFound', t('That row was just drawn anew. Choose it again.'));
      return await run(...(args as Commands[Id]));
    } catch (error) {
      if (isAbort(error)) return undefined;
      log.error(`${id} failed`, error);
      void showFailure(error); // The command is over; its message stays until somebody closes it.
      return undefined;
    }
  });
}

/**
 * Whether a row's menu was chosen from in the moment between VS Code's forgetting of the row and its drawing anew. Then it
 * hands over nothing where the row should be, and without this the command would take the row that happens to be selected,
 * or ask. A menu always gives two arguments: the row, and all selected ones or undefined. So does the title of a view.
 */
const isLostRow = (id: CommandId, args: readonly unknown[]): boolean =>
  args.length === 2 && args[0] === undefined && (args[1] === undefined || Array.isArray(args[1])) && isOfRows(id);

function isOfRows(id: CommandId): boolean {
  const { contributes } = vscode.extensions.getExtension('gantry.gantry')!.packageJSON as Manifest;
  return contributes.menus['view/item/context'].some(({ command }) => command === id);
}

interface Manifest {
  readonly contributes: {
    readonly menus: { readonly 'view/item/context': readonly { readonly command: string }[] };
  };
}

/**
 * The text that a command was given, by a test or another command. The button in a view's title hands over the row that
 * is selected, whatever the command takes.
 */
export const givenText = (given: unknown): string | undefined => (typeof given === 'string' ? given : undefined);

/** Runs one of our commands. */
export function executeCommand<Id extends CommandId>(id: Id, ...args: Commands[Id]): Thenable<unknown> {
  return vscode.commands.executeCommand(id, ...args);
}

/** An error message with a way to the log. */
export async function showFailure(error: unknown): Promise<void> {
  const show = t('Show Log');
  if ((await vscode.window.showErrorMessage(messageOf(error), show)) === show) {
    await executeCommand('gantry.showLog');
  }
}

/** Runs `work` with a notification that can be cancelled. */
export function withProgress<T>(
  title: string,
  work: (report: (message: string) => void, signal: AbortSignal) => Promise<T>,
): Thenable<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (progress, token) => work((message) => progress.report({ message }), toSignal(token)),
  );
}

/** The editor's cancellation as the plain code's. */
export function toSignal(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
