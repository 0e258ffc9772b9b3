/** Commands that change Helm releases through helm, after a look at what changes in their manifests. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { printableLine } from '../../core/printable.ts';
import type { Log } from '../../core/log.ts';
import { askText } from '../../editor/askText.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import type { Action } from '../actions/action.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';
import type { ManifestChange } from '../helm/changes.ts';
import type { HelmChange, Values } from '../helm/helm.ts';
import { readRevisions } from '../helm/read.ts';
import type { Release } from '../helm/release.ts';
import type { ReleaseRef } from '../helm/releases.ts';
import type { KubernetesNode } from '../nodes.ts';
import { confirmed } from './confirm.ts';
import { chooseRelease } from './helmDocuments.ts';
import { Reviewer } from './review.ts';

async function changesOf(before: string, after: string): Promise<ManifestChange[]> {
  const { manifestChanges } = await import('../helm/changes.ts');
  return manifestChanges(before, after);
}

export function registerHelmCommands(log: Log, domain: () => Promise<Kubernetes>): Disposable {
  const store = new DisposableStore();
  const reviewer = store.add(new Reviewer('gantry-helm-review'));
  /** The release and its revisions; undefined when the person chose none. */
  const chosen = async (
    node: KubernetesNode | undefined,
  ): Promise<{ kubernetes: Kubernetes; ref: ReleaseRef; revisions: readonly Release[] } | undefined> => {
    const kubernetes = await domain();
    await kubernetes.contexts.loaded();
    const ref = await chooseRelease(kubernetes, node);
    if (ref === undefined) return undefined;
    const revisions = await withProgress(t('Reading the Helm release {0}', ref.name), (_, signal) =>
      readRevisions(kubernetes, ref, signal),
    );
    return { kubernetes, ref, revisions };
  };
  store.add(
    registerCommand(log, 'gantry.kubernetes.helmRollback', async (node, number) => {
      const found = await chosen(node);
      if (found === undefined) return;
      const { kubernetes, ref, revisions } = found;
      const target = await chooseRevision(revisions, number);
      if (target === undefined) return;
      const changes = await changesOf(revisions.at(-1)!.manifest, target.manifest);
      const change = { verb: 'rollback', revision: target.revision } as const;
      const title = t('Roll {0} back to revision {1}?', ref.name, target.revision);
      await carryOut({ kubernetes, reviewer, ref, change, changes, title });
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.helmUninstall', async (node) => {
      const found = await chosen(node);
      if (found === undefined) return;
      const { kubernetes, ref, revisions } = found;
      const changes = await changesOf(revisions.at(-1)!.manifest, '');
      const title = t('Uninstall {0}?', ref.name);
      await carryOut({ kubernetes, reviewer, ref, change: { verb: 'uninstall' }, changes, title });
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.helmUpgrade', async (node, givenChart, givenValues) => {
      const found = await chosen(node);
      if (found === undefined) return;
      const { kubernetes, ref, revisions } = found;
      const chart = givenChart ?? (await chooseChart(revisions.at(-1)!));
      const values = chart && (givenValues ?? (await chooseValues()));
      if (chart === undefined || chart === '' || values === undefined || values === '') return;
      const change = { verb: 'upgrade', chart, values } as const;
      const target = kubernetes.actions.target(ref.context);
      const manifest = await withProgress(t('Trying the upgrade of {0}', ref.name), (_, signal) =>
        kubernetes.helm.dryRun(target, ref, change, signal),
      );
      const changes = await changesOf(revisions.at(-1)!.manifest, manifest);
      await carryOut({ kubernetes, reviewer, ref, change, changes, title: t('Upgrade {0}?', ref.name) });
    }),
  );
  return store;
}

interface Errand {
  readonly kubernetes: Kubernetes;
  readonly reviewer: Reviewer;
  readonly ref: ReleaseRef;
  readonly change: HelmChange;
  readonly changes: readonly ManifestChange[];
  readonly title: string;
}

const actions: Readonly<Record<HelmChange['verb'], Pick<Action, 'title' | 'effect'>>> = {
  rollback: { title: () => t('Roll Back'), effect: 'change' },
  upgrade: { title: () => t('Upgrade'), effect: 'change' },
  uninstall: { title: () => t('Uninstall'), effect: 'loss' },
};

/** Shows what changes, asks, and has helm do it. */
async function carryOut({ kubernetes, reviewer, ref, change, changes, title }: Errand): Promise<void> {
  const target = kubernetes.actions.target(ref.context);
  const object: ObjectRef = { ...release, ...ref };
  const names = changes.map(({ name }) => printableLine(name)).join('\n');
  const asking = (): Promise<boolean> => confirmed(kubernetes, actions[change.verb], [object], names);
  const reviewed = changes.map(({ name, before, after }) => ({
    ref: { ...object, kind: name.split(' ', 1)[0]!, name: name.split('/').at(-1)!.split(' ').at(-1)! },
    before,
    after,
  }));
  const agreed =
    reviewed.length === 0
      ? await askWithoutChange(title, asking)
      : await reviewer.review(kubernetes, reviewed, `${title} ${t('In context {0}.', target.context)}`, asking);
  if (!agreed) return;
  await withProgress(t('helm {0} {1}', change.verb, ref.name), (_, signal) =>
    kubernetes.helm.perform(target, ref, change, signal),
  );
  void vscode.window.showInformationMessage(t('helm {0} {1}: done.', change.verb, ref.name));
}

/** A release may have no objects, or the same ones in another revision: helm still writes a revision. */
async function askWithoutChange(title: string, asking: () => Promise<boolean>): Promise<boolean> {
  const go = { label: t('Go On') };
  const placeHolder = t('No object of the cluster changes.');
  return (await vscode.window.showQuickPick([go], { title, placeHolder })) === go && (await asking());
}

const release = { group: 'helm.sh', version: 'v3', resource: 'releases', kind: 'Release', namespaced: true } as const;

async function chooseRevision(revisions: readonly Release[], number: number | undefined): Promise<Release | undefined> {
  const current = revisions.at(-1)!;
  const others = revisions.filter(({ revision }) => revision !== current.revision);
  if (others.length === 0) {
    throw new Failure('notFound', t('{0} has no earlier revision to roll back to.', current.name));
  }
  if (number !== undefined) return others.find(({ revision }) => revision === number);
  const items = others.toReversed().map((each) => ({
    label: t('Revision {0}', each.revision),
    description: [`${each.chart}-${each.chartVersion}`, each.status].join(' · '),
    detail: [each.updated.slice(0, 19).replace('T', ' '), each.description].filter(Boolean).join(' · '),
    each,
  }));
  const placeHolder = t('To which revision of {0}?', current.name);
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.each;
}

/** A folder, an archive, or a name that helm finds itself. */
async function chooseChart({ name, chart, chartVersion }: Release): Promise<string | undefined> {
  const folder = { label: t('A folder or archive on this machine…'), typed: false };
  const typed = { label: t('A name: repository/chart, or oci://registry/chart'), typed: true };
  const placeHolder = t('Upgrade {0}, now {1}, to which chart?', name, `${chart}-${chartVersion}`);
  const picked = await vscode.window.showQuickPick([folder, typed], { placeHolder });
  if (picked === undefined) return undefined;
  if (picked.typed) return askText({ title: placeHolder, placeHolder: 'oci://registry/chart' });
  const dialog = { canSelectFiles: true, canSelectFolders: true, openLabel: t('Upgrade to This Chart') };
  return (await vscode.window.showOpenDialog(dialog))?.[0]?.fsPath;
}

async function chooseValues(): Promise<Values | undefined> {
  const file = t('A values file…');
  const items = [
    { label: t('Keep the values that were given'), description: t('with new defaults of the chart'), values: 'keep' },
    { label: file, values: undefined },
    { label: t('Only the defaults of the chart'), values: 'chart' },
  ] as const;
  const picked = await vscode.window.showQuickPick(items, { placeHolder: t('With which values?') });
  if (picked?.label !== file) return picked?.values;
  const dialog = { filters: { YAML: ['yaml', 'yml'] }, openLabel: t('Use These Values') };
  const chosen = (await vscode.window.showOpenDialog(dialog))?.[0];
  return chosen && { file: chosen.fsPath };
}
