/** The page's end of the line to the extension, and what VS Code keeps for the page. */
import type { Port } from '../../core/rpc.ts';
import type { MethodNode } from '../../grpc/nodes.ts';
import type { Draft } from '../../grpc/protocol.ts';
import type { Face } from './state.ts';

/** Kept by VS Code while the page is made anew; the method also while the window is closed. */
export interface Kept {
  readonly node: MethodNode;
  readonly draft: Draft;
  readonly face: Face;
}

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): Kept | undefined;
  setState(state: Kept): void;
};

const vscode = acquireVsCodeApi();

export const kept = (): Kept | undefined => vscode.getState();
export const keep = (state: Kept): void => vscode.setState(state);

export const port: Port = {
  post: (message) => vscode.postMessage(message),
  listen: (listener) => {
    const receive = (event: MessageEvent): void => listener(event.data);
    window.addEventListener('message', receive);
    return { dispose: () => window.removeEventListener('message', receive) };
  },
};
