/** `Scan Image`: what govulncheck finds stands below the image's row, and at the lines of go.mod that bring it. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import { scanText } from '../scan/report.ts';
import type { NamedScan } from '../scan/goMod.ts';
import { Problem } from './problems.ts';
import type { CommandDeps } from './register.ts';
import { chosenResource } from './subjects.ts';

export function registerScan({ log, open }: CommandDeps): Disposable {
  const store = new DisposableStore();
  const problems = store.add(vscode.languages.createDiagnosticCollection('gantry.vulnerabilities'));
  /** The last scan of each image, by engine and name. */
  const scans = new Map<string, NamedScan>();

  const check = async (uri: vscode.Uri, text: string): Promise<void> => {
    const { goModFindings } = await import('../scan/goMod.ts');
    problems.set(
      uri,
      goModFindings(text, [...scans.values()]).map((finding) => new Problem(finding)),
    );
  };
  const checkAll = async (): Promise<void> => {
    const files = await vscode.workspace.findFiles('**/go.mod', '**/{vendor,node_modules,testdata}/**', 500);
    for (const uri of files) await check(uri, (await vscode.workspace.openTextDocument(uri)).getText());
  };
  store.add(
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (scans.size > 0 && document.uri.path.endsWith('/go.mod')) void check(document.uri, document.getText());
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.scan', async (node) => {
      const docker = await open();
      const image = await chosenResource(docker, node, 'images');
      if (image === undefined) return;
      const { engine, id, name } = image;
      const report = await withProgress(t('Scanning {0}', name), (say, signal) => docker.scan(engine, id, say, signal));
      scans.set(`${engine} ${name}`, { name, report });
      await checkAll();
      void vscode.window.showInformationMessage(`${name}: ${scanText(report)}`);
    }),
  );
  return store;
}
