/** Where domains write what they did. The editor's log channel and the terminal's stderr both fit. No secrets, no bodies. */
export interface Log {
  trace(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string, error?: unknown): void;
}

export const silentLog: Log = { trace: () => {}, info: () => {}, warn: () => {}, error: () => {} };
