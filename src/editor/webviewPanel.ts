/** A panel: page, content security policy and message port. Each panel's browser code is `dist/webview/<name>.js`. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Port } from '../core/rpc.ts';

export interface PanelOptions {
  /** Folder under `src/webview`, and of the bundle. */
  readonly name: string;
  readonly title: string;
  readonly extensionUri: vscode.Uri;
  /** Strings of the panel in the person's language, English → shown. */
  readonly language: Readonly<Record<string, string>>;
}

/** Opens a panel beside the editor. The page talks through `port`. */
export function openPanel(options: PanelOptions): { panel: vscode.WebviewPanel; port: Port } {
  const { name, title } = options;
  const panel = vscode.window.createWebviewPanel(`gantry.${name}`, title, vscode.ViewColumn.Active, {
    retainContextWhenHidden: true,
  });
  return { panel, port: fillPanel(panel, options) };
}

/** Puts the page into a panel, also into one that VS Code brought back after its window was closed. */
export function fillPanel(panel: vscode.WebviewPanel, options: PanelOptions): Port {
  const dist = vscode.Uri.joinPath(options.extensionUri, 'dist', 'webview');
  panel.webview.options = { enableScripts: true, localResourceRoots: [dist] };
  panel.webview.html = page(panel.webview, dist, options);
  return {
    post: (message) => void panel.webview.postMessage(message),
    listen: (listener) => panel.webview.onDidReceiveMessage(listener),
  };
}

function page(webview: vscode.Webview, dist: vscode.Uri, { name, title, language }: PanelOptions): string {
  const nonce = randomBytes(16).toString('base64');
  const uri = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(dist, file)).toString();
  // Lit and the elements set style attributes, hence 'unsafe-inline' for styles only.
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource} 'unsafe-inline'; img-src ${webview.cspSource} data:;`;
  const json = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');
  // VS Code's page is transparent, and whoever judges contrast takes what stands behind a frame for white.
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title.replaceAll('<', '&lt;')}</title>
</head>
<body style="background: var(--vscode-editor-background)">
<script nonce="${nonce}">globalThis.gantryLanguage = ${json(language)};</script>
<script nonce="${nonce}" type="module" src="${uri(`${name}.js`)}"></script>
</body>
</html>`;
}
