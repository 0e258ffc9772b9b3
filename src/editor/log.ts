/** The one log channel. Its level is VS Code's own; there is no setting for it. */
import type * as vscode from 'vscode';
import { messageOf } from '../core/failure.ts';
import type { Log } from '../core/log.ts';

export function channelLog(channel: vscode.LogOutputChannel): Log {
  return {
    trace: (message) => channel.trace(message),
    info: (message) => channel.info(message),
    warn: (message) => channel.warn(message),
    error: (message, error) => channel.error(error === undefined ? message : `${message}: ${stack(error)}`),
  };
}

function stack(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stack(error.cause)}`;
  return (error.stack ?? error.message) + cause;
}
