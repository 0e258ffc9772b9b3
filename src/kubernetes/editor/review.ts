/** The questions of a save: the difference beside the live object, and who else looks after what was changed. */
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import { printableLine } from '../../core/printable.ts';
import { askModal } from '../../editor/lateProgress.ts';
import { TextDocuments } from '../../editor/textDocuments.ts';
import type { Conflict } from '../actions/apply.ts';
import { title } from '../actions/confirmation.ts';
import { addressPath } from '../actions/objectUri.ts';
import type { SaveDialogue } from '../actions/save.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';
import { confirmed } from './confirm.ts';

/** One object before and after. */
export interface ReviewedChange {
  readonly ref: ObjectRef;
  readonly before: string;
  readonly after: string;
}

export class Reviewer implements Disposable {
  readonly #documents: TextDocuments;

  /** @param scheme of its documents; no two reviewers share one. */
  constructor(scheme = 'gantry-k8s-review') {
    this.#documents = new TextDocuments(scheme);
  }

  /** The questions that saving one object asks. */
  dialogue(kubernetes: Kubernetes, ref: ObjectRef): SaveDialogue {
    const { context } = kubernetes.actions.target(ref.context);
    const question = t('Save {0} in context {1}?', title(ref), context);
    return {
      review: (before, after) => this.review(kubernetes, [{ ref, before, after }], question),
      resolve: (conflicts) => resolve(kubernetes, ref, conflicts),
    };
  }

  /** Shows the differences beside each other while it asks; true for yes, in a protected context by a name typed. */
  async review(
    kubernetes: Kubernetes,
    changes: readonly ReviewedChange[],
    question: string,
    asking: () => Promise<boolean> = () => confirmed(kubernetes, saving, refsOf(changes)),
  ): Promise<boolean> {
    const { heading, uris } = await this.#show(changes);
    try {
      return (await agreed(question)) && (await asking());
    } finally {
      await closeTabs(heading);
      for (const uri of uris) this.#documents.take(uri);
    }
  }

  /** Shows the differences beside each other, and leaves them there. */
  async compare(changes: readonly ReviewedChange[]): Promise<void> {
    await this.#show(changes);
  }

  dispose(): void {
    this.#documents.dispose();
  }

  async #show(
    changes: readonly ReviewedChange[],
  ): Promise<{ readonly heading: string; readonly uris: readonly vscode.Uri[] }> {
    const shown = changes.map(({ ref, before, after }) => ({
      object: this.#side(ref, 'object', ''),
      left: this.#side(ref, 'now', before),
      right: this.#side(ref, 'then', after),
    }));
    const [only] = shown;
    const heading = t('{0}: now ↔ then', changes.map(({ ref }) => ref.name).join(', '));
    const files = shown.map(({ object, left, right }) => [object, left, right]);
    if (shown.length === 1) {
      await vscode.commands.executeCommand('vscode.diff', only!.left, only!.right, heading, { preview: true });
    } else {
      await vscode.commands.executeCommand('vscode.changes', heading, files);
    }
    return { heading, uris: files.flat() };
  }

  #side(ref: ObjectRef, name: string, text: string): vscode.Uri {
    return this.#documents.give(addressPath(ref, '.yaml'), text, name);
  }
}

const refsOf = (changes: readonly ReviewedChange[]): ObjectRef[] => changes.map(({ ref }) => ref);

/** Saving asks for a name where the context is protected. */
const saving = { title: () => t('Save'), effect: 'change' } as const;

async function agreed(question: string): Promise<boolean> {
  const apply = { label: `$(check) ${t('Apply')}`, description: t('makes these changes in the cluster'), go: true };
  const back = { label: `$(edit) ${t('Go On Editing')}`, description: t('changes nothing'), go: false };
  const answer = await vscode.window.showQuickPick([apply, back], {
    title: question,
    placeHolder: t('The server has tried it: below is what would change.'),
    ignoreFocusOut: true,
  });
  return answer?.go ?? false;
}

async function resolve(
  kubernetes: Kubernetes,
  ref: ObjectRef,
  conflicts: readonly Conflict[],
): Promise<'take' | 'keep' | undefined> {
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].map(printableLine);
  const { context } = kubernetes.actions.target(ref.context);
  const [take, keep] = [t('Take Over'), t('Keep Theirs')];
  const answer = await askModal(
    t('{0} in context {1}: {2} looks after fields that you changed.', title(ref), context, managers.join(', ')),
    [
      ...conflicts.map(({ field, manager }) => `${printableLine(field)}  (${printableLine(manager)})`),
      '',
      t('Take Over: your values are saved, and you look after these fields from now on.'),
      t('Keep Theirs: these fields stay as they are, your other changes are saved.'),
    ].join('\n'),
    take,
    keep,
  );
  if (answer === take) return 'take';
  return answer === keep ? 'keep' : undefined;
}

/** The comparison is over: its tab says nothing true any more. */
async function closeTabs(heading: string): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const shown = tabs.filter(({ label }) => label === heading);
  if (shown.length > 0) await vscode.window.tabGroups.close(shown);
}
