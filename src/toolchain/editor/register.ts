/** Toolchain Doctor as a page, and the pick that installs what is missing. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { executeCommand, registerCommand, withProgress } from '../../editor/commands.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import { showMarkdownPage } from '../../editor/markdownPage.ts';
import { reach } from '../../editor/milestones.ts';
import { TextDocuments } from '../../editor/textDocuments.ts';
import type { Toolchain } from '../domain.ts';
import type { Finding } from '../examine.ts';
import type { ToolsReport } from '../report.ts';
import type { Tool } from '../tools.ts';
import { registerTasks } from './tasks.ts';

export interface ToolchainEditorDeps {
  readonly log: Log;
  readonly domain: () => Promise<Toolchain>;
}

const scheme = 'gantry-toolchain';

export function registerToolchain({ log, domain }: ToolchainEditorDeps): Disposable {
  const store = new DisposableStore();
  store.add(registerTasks(domain));
  const documents = store.add(new TextDocuments(scheme));
  const examined = async (): Promise<ToolsReport> => {
    const toolchain = await domain();
    return withLateProgress(t('Asking the tools for their versions'), (_, signal) => toolchain.examine(signal));
  };
  /** Writes the document anew; an open one shows the new findings. */
  const update = async (report: ToolsReport): Promise<vscode.Uri> => {
    const { lacksNeeded, toolsDocument } = await import('../report.ts');
    if (!lacksNeeded(report.findings)) reach('tools');
    return documents.give('/Toolchain Doctor.md', toolsDocument(report));
  };
  store.add(
    registerCommand(log, 'gantry.toolchain.doctor', async () => {
      const report = await examined();
      const uri = await update(report);
      await showMarkdownPage(uri);
      offer(report);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.toolchain.install', async (name) => {
      const names = name === undefined ? await choose(await examined()) : [name];
      if (names.length === 0) return;
      const toolchain = await domain();
      for (const each of names) {
        log.info(`installing ${each}`);
        await withProgress(t('Installing {0}', each), (report, signal) => toolchain.install(each, report, signal));
      }
      const isOpen = vscode.workspace.textDocuments.some(({ uri }) => uri.scheme === scheme);
      if (isOpen) await update(await toolchain.examine());
      // Not waited for: it stays until it is read.
      void vscode.window.showInformationMessage(t('Installed {0}, into {1}.', names.join(', '), toolchain.folder));
    }),
  );
  return store;
}

/** What to do next about what is missing. Not awaited: the page is there, and a message may stay for long. */
function offer({ findings }: ToolsReport): void {
  const missing = findings.filter(({ state }) => state !== 'found').map(({ tool }) => tool);
  const needed = missing.find(({ required }) => required);
  const made = missing.filter(({ goPackage }) => goPackage !== undefined);
  if (needed !== undefined)
    void offerNeeded(needed); // Without Go there is no go install either.
  else if (made.length > 0) void offerInstall(made);
}

async function offerNeeded({ name, page }: Tool): Promise<void> {
  const show = t('How to Get It');
  const answer = await vscode.window.showWarningMessage(
    t('Gantry needs {0}, which this window does not find.', name),
    show,
  );
  if (answer === show) await vscode.env.openExternal(vscode.Uri.parse(page));
}

async function offerInstall(tools: readonly Tool[]): Promise<void> {
  const install = t('Install Tools');
  const names = tools.map(({ name }) => name).join(', ');
  const answer = await vscode.window.showInformationMessage(
    t('go install can make what is missing: {0}.', names),
    install,
  );
  if (answer === install) await executeCommand('gantry.toolchain.install');
}

type Choice = vscode.QuickPickItem & { readonly finding: Finding };

/** Every tool with its state; those that go install makes are installed, the page of the others is opened. */
async function choose(report: ToolsReport): Promise<readonly string[]> {
  const { remedyOf, stateOf } = await import('../report.ts');
  const items = report.findings.map((finding): Choice => {
    const remedy = remedyOf(finding, report.system);
    return {
      label: `$(${finding.state === 'found' ? 'check' : 'circle-outline'}) ${finding.tool.name}`,
      description: [stateOf(finding), finding.state === 'missing' ? undefined : finding.path]
        .filter(Boolean)
        .join('  '),
      detail: [finding.tool.purpose(), remedy].filter(Boolean).join(' '),
      finding,
    };
  });
  const chosen = await vscode.window.showQuickPick(items, {
    title: t('Install Tools'),
    placeHolder: t('Choose what to install'),
    matchOnDetail: true,
    canPickMany: true,
  });
  const [made, others] = [true, false].map((byGo) =>
    (chosen ?? []).filter(({ finding: { tool } }) => (tool.goPackage !== undefined) === byGo),
  );
  for (const { finding } of others!) await vscode.env.openExternal(vscode.Uri.parse(finding.tool.page));
  return made!.map(({ finding }) => finding.tool.name);
}
