/** The entry of launch.json with which the Go extension goes to a program that Delve holds, in a container or a pod. */

/** Delve's port inside of a container or a pod. */
export const delvePort = 2345;

export interface DebugConfiguration {
  readonly name: string;
  readonly type: 'go';
  readonly request: 'attach';
  readonly mode: 'remote';
  readonly debugAdapter: 'dlv-dap';
  readonly host: string;
  readonly port: number;
  /** The editor's paths, and what the program was compiled with in their place. */
  readonly substitutePath: readonly { readonly from: string; readonly to: string }[];
}

/** @param compiledIn the folder of the sources as Go saw it, links followed */
export const debugConfiguration = (name: string, port: number, compiledIn: string): DebugConfiguration => ({
  name,
  type: 'go',
  request: 'attach',
  mode: 'remote',
  debugAdapter: 'dlv-dap',
  host: '127.0.0.1',
  port,
  substitutePath: [{ from: '${workspaceFolder}', to: compiledIn }],
});
