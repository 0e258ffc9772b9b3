/** The commands that do something to an object of a cluster. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { askText } from '../../editor/askText.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import type { Action, Subject } from '../actions/action.ts';
import { deleteObject, restart, scale } from '../actions/change.ts';
import { consequenceOf } from '../actions/consequence.ts';
import { manualName, resume, suspend, trigger } from '../actions/cronJob.ts';
import { explainObject } from '../actions/explain/action.ts';
import { describe, showEvents } from '../actions/look.ts';
import { cordon, drain, podsOn, uncordon } from '../actions/nodes.ts';
import { revisions, rolloutHistory, undo } from '../actions/rollout.ts';
import { rolloutStatus } from '../actions/rolloutStatus.ts';
import { awaitRollout } from '../actions/awaitRollout.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';
import type { KubernetesNode } from '../nodes.ts';
import { choose, chooseObject, objectFor } from './chooseObject.ts';
import { confirmed } from './confirm.ts';
import { registerEquivalents } from './equivalents.ts';
import type { NamingField } from '../actions/missing.ts';
import { registerYaml } from './yamlCommands.ts';
import { LookDocuments } from './lookDocuments.ts';

export interface ActionCommandsDeps {
  readonly log: Log;
  readonly domain: () => Promise<Kubernetes>;
  /** What is selected in the views. */
  readonly selection: () => readonly KubernetesNode[];
  /** The fields of a manifest that name other objects. */
  readonly named: (text: string) => Promise<readonly NamingField[]>;
}

type Ask<Input> = (subject: Subject) => Promise<Input | undefined> | Input | undefined;

const lookTexts = () => import('../actions/lookTexts.ts');

export function registerActions({ log, domain, selection, named }: ActionCommandsDeps): Disposable {
  const store = new DisposableStore();
  const chosen = async (
    action: Pick<Action, 'applies' | 'title'>,
    node: KubernetesNode | undefined,
  ): Promise<ObjectRef | undefined> => chooseObject({ kubernetes: await domain(), selection }, action, node);

  const documents = store.add(
    new LookDocuments(domain, {
      describe: async ({ actions }, ref, signal) =>
        (await lookTexts()).describeObject(actions, ref, signal, Date.now()),
      events: async ({ actions }, ref, signal) => (await lookTexts()).eventsText(actions, ref, signal, Date.now()),
      history: async ({ actions }, ref, signal) => (await lookTexts()).historyText(actions, ref, signal, Date.now()),
      explain: async ({ actions }, ref, signal) => {
        const { explain, explanationText } = await import('../actions/explain/explain.ts');
        return explanationText(ref, await explain(ref, actions.server(ref.context), signal), await actions.lessons());
      },
    }),
  );
  const looks = { describe, showEvents, rolloutHistory, explain: explainObject };
  const words = { describe: 'describe', showEvents: 'events', rolloutHistory: 'history', explain: 'explain' } as const;
  for (const id of ['describe', 'showEvents', 'rolloutHistory', 'explain'] as const) {
    store.add(
      registerCommand(log, `gantry.kubernetes.${id}`, async (node?: KubernetesNode) => {
        const ref = await chosen(looks[id], node);
        if (ref !== undefined) await documents.show(words[id], ref);
      }),
    );
  }

  /** Reads the object, asks for what only the person knows, asks whether to go on, and does it. */
  const change =
    <Input>(action: Action<Input>, ask: Ask<Input>, going: (name: string) => string) =>
    async (node?: KubernetesNode): Promise<void> => {
      const kubernetes = await domain();
      const ref = await chosen(action, node);
      if (ref === undefined) return;
      const subject = await withLateProgress(t('Reading {0}…', ref.name), (_, signal) =>
        kubernetes.actions.subject(ref, signal),
      );
      const input = await ask(subject);
      if (input === undefined) return;
      if (!(await confirmed(kubernetes, action, [ref], consequenceOf(action, input)))) return;
      await withLateProgress(going(ref.name), (report, signal) =>
        kubernetes.actions.run(action, { ...subject, signal }, input, report),
      );
    };
  const nothing = (): null => null;
  store.add(
    registerCommand(
      log,
      'gantry.kubernetes.scale',
      change(scale, askReplicas, (name) => t('Scaling {0}…', name)),
    ),
  );
  store.add(
    registerCommand(
      log,
      'gantry.kubernetes.restart',
      change(
        restart,
        () => new Date(),
        (name) => t('Restarting {0}…', name),
      ),
    ),
  );
  store.add(
    registerCommand(
      log,
      'gantry.kubernetes.undo',
      change(undo, askRevision, (name) => t('Undoing {0}…', name)),
    ),
  );
  const now = ({ ref }: Subject): string => manualName(ref.name, new Date());
  store.add(
    registerCommand(
      log,
      'gantry.kubernetes.trigger',
      change(trigger, now, (name) => t('Running {0}…', name)),
    ),
  );
  const changing = (name: string): string => t('Changing {0}…', name);
  store.add(registerCommand(log, 'gantry.kubernetes.suspend', change(suspend, nothing, changing)));
  store.add(registerCommand(log, 'gantry.kubernetes.resume', change(resume, nothing, changing)));
  store.add(registerCommand(log, 'gantry.kubernetes.cordon', change(cordon, nothing, changing)));
  store.add(registerCommand(log, 'gantry.kubernetes.uncordon', change(uncordon, nothing, changing)));
  store.add(
    registerCommand(
      log,
      'gantry.kubernetes.drain',
      change(drain, podsOn, (name) => t('Draining {0}…', name)),
    ),
  );

  store.add(
    registerCommand(log, 'gantry.kubernetes.delete', async (node, nodes) => {
      const kubernetes = await domain();
      const several = nodes !== undefined && nodes.length > 1 ? nodes.map((each) => objectFor(deleteObject, each)) : [];
      const one = several.length > 0 ? undefined : await chosen(deleteObject, node);
      const refs = one === undefined ? several : [one];
      if (refs.length > 0) await deleteAll(kubernetes, refs);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.rolloutStatus', async (node) => {
      const kubernetes = await domain();
      const ref = await chosen(rolloutStatus, node);
      if (ref === undefined) return;
      const text = await withProgress(t('Rollout of {0}', ref.name), (report, signal) =>
        awaitRollout(kubernetes.actions, ref, report, signal),
      );
      void vscode.window.showInformationMessage(text);
    }),
  );
  store.add(registerYaml({ log, domain, selection, named }));
  store.add(registerEquivalents({ log, domain, selection }));
  return store;
}

async function deleteAll(kubernetes: Kubernetes, refs: readonly ObjectRef[]): Promise<void> {
  const { actions } = kubernetes;
  const context = refs[0]!.context;
  const consequence = await withLateProgress(t('Reading {0}…', refs[0]!.name), (_, signal) =>
    actions.deletionConsequence(refs, signal),
  );
  const same = refs.filter((ref) => ref.context === context); // One question is about one cluster.
  if (!(await confirmed(kubernetes, deleteObject, same, consequence))) return;
  await withLateProgress(t('Deleting…'), async (report, signal) => {
    for (const ref of same) {
      report(ref.name);
      await actions.run(deleteObject, await actions.subject(ref, signal), { force: false });
    }
  });
}

async function askReplicas({ ref, object }: Subject): Promise<number | undefined> {
  const most = 10_000;
  const typed = await askText({
    title: t('Scale {0}', ref.name),
    prompt: t('How many replicas? Now: {0}', scale.example({ object } as Subject)),
    value: String(scale.example({ object } as Subject)),
    validateInput: (text) =>
      /^\d+$/.test(text) && Number(text) <= most ? undefined : t('Type a whole number from 0 to {0}.', most),
  });
  return typed === undefined ? undefined : Number(typed);
}

async function askRevision(subject: Subject): Promise<number | undefined> {
  const known = await withLateProgress(t('Reading {0}…', subject.ref.name), () => revisions(subject));
  const items = known
    .filter(({ current }) => !current)
    .map(({ number, images, cause, created }) => ({
      label: t('Revision {0}', number),
      description: [images.join(', '), cause].filter(Boolean).join(' · '),
      detail: created,
      number,
    }));
  if (items.length === 0) return undo.example(subject); // Planning it says that there is none.
  return (await choose(items, t('Undo Rollout'), t('To which revision of {0}?', subject.ref.name)))?.number;
}
