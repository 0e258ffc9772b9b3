/**
 * Saving an edited object: first as a dry run, then reviewed, then for good. Nothing that somebody else looks after is
 * taken without a word, and nothing the person wrote is given up: when a save does not go through, the text stays.
 */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type ObjectRef, apiVersion, objectPath } from '../apiResource.ts';
import { ApiFailure } from '../apiFailure.ts';
import type { Requester } from '../connection.ts';
import { type KubeObject, fieldManager, send } from './apiCall.ts';
import { type Conflict, applyCall, asInvalid, conflictsOf } from './apply.ts';
import { jsonPatch } from './change.ts';
import { type Edit, type Removal, editOf } from './edit.ts';
import { pathText, pointer, without } from './fieldPath.ts';
import { same } from './fields.ts';
import { getCall, placeOf } from './look.ts';
import { toYaml } from './manifest.ts';

/** What the person is asked. */
export interface SaveDialogue {
  /** Shows the object before and after; true to go on. */
  review(before: string, after: string): Promise<boolean>;
  /** Names managers and fields. Undefined leaves everything as it is. */
  resolve(conflicts: readonly Conflict[]): Promise<'take' | 'keep' | undefined>;
}

export interface SaveDeps {
  readonly server: Requester;
  readonly signal: AbortSignal;
  readonly dialogue: SaveDialogue;
}

/** Rounds of asking, against another program that changes the fields again and again. */
const mostRounds = 5;

/**
 * Brings an object to the state that the person wants. Returns it as the server has it then.
 * Throws Failure: `cancelled` when the person leaves, `invalid`, `conflict` …
 *
 * @param base the object as it was read before it was edited, with its managed fields.
 */
export async function save(ref: ObjectRef, base: KubeObject, wanted: KubeObject, deps: SaveDeps): Promise<KubeObject> {
  checkIdentity(ref, base, wanted);
  let edit = editOf(base, wanted);
  let force = false;
  for (let round = 0; edit.intent !== undefined && round < mostRounds; round++) {
    const tried = await attempt(ref, edit, force, deps);
    if ('object' in tried) return tried.object;
    const answer = await deps.dialogue.resolve(tried.conflicts);
    if (answer === undefined) throw new Failure('cancelled', t('Not saved: nothing was changed.'));
    if (answer === 'take') force = true;
    else edit = withoutConflicts(edit, tried.conflicts);
  }
  if (edit.intent === undefined) return base;
  throw new Failure('conflict', t('{0} is changed by others again and again. Try again later.', ref.name));
}

type Attempt = { readonly object: KubeObject } | { readonly conflicts: readonly Conflict[] };

async function attempt(ref: ObjectRef, edit: Edit, force: boolean, deps: SaveDeps): Promise<Attempt> {
  const { server, signal, dialogue } = deps;
  const intent = edit.intent!;
  const live = await send(server, getCall(ref), signal);
  const foreign = edit.removals.flatMap(toConflicts);
  const dry = await orConflicts(() => send(server, applyCall(ref, intent, { dryRun: true, force }), signal));
  const others = 'conflicts' in dry ? dry.conflicts.filter(({ manager }) => manager !== fieldManager) : [];
  const conflicts = [...others, ...(force ? [] : foreign)];
  if (conflicts.length > 0) return { conflicts };
  // What stands against it was set by Gantry itself, by another request than apply: scaling, say.
  if (!('object' in dry)) return attempt(ref, edit, true, deps);
  const after = removedLocally(dry.object, edit.removals);
  const [before, then] = [live, after].map(withoutNoise) as [KubeObject, KubeObject];
  if (!(await dialogue.review(toYaml(before), toYaml(then)))) {
    throw new Failure('cancelled', t('Not saved: nothing was changed.'));
  }
  const applied = await orConflicts(() => send(server, applyCall(ref, intent, { force }), signal));
  if (!('object' in applied)) return applied;
  return { object: await remove(ref, applied.object, edit.removals, deps) };
}

async function orConflicts(work: () => Promise<KubeObject>): Promise<Attempt> {
  try {
    return { object: await work() };
  } catch (error) {
    const conflicts = conflictsOf(error);
    if (conflicts.length === 0) throw asInvalid(error);
    return { conflicts };
  }
}

const toConflicts = ({ path, managers }: Removal): Conflict[] =>
  managers.map((manager) => ({ manager, field: pathText(path) }));

/** What the server changes by itself with every write: no part of what is reviewed. */
function withoutNoise(object: KubeObject): KubeObject {
  const { resourceVersion: _, generation: __, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function removedLocally(object: KubeObject, removals: readonly Removal[]): KubeObject {
  return without(
    object,
    removals.map(({ path }) => pathText(path)),
  ) as KubeObject;
}

/** Takes out what apply cannot: fields that are not ours. Only of the version just written; else somebody came between. */
async function remove(
  ref: ObjectRef,
  object: KubeObject,
  removals: readonly Removal[],
  { server, signal }: SaveDeps,
): Promise<KubeObject> {
  const pointers = removals.map(({ path }) => pointer(object, path)).filter((path) => path !== undefined);
  if (pointers.length === 0) return object;
  const version = { op: 'test', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion };
  // Items of lists move up when one before them goes: the last first.
  const last = pointers.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  try {
    return await send(
      server,
      {
        method: 'PATCH',
        path: objectPath(ref),
        query: { fieldManager },
        type: jsonPatch,
        body: [version, ...last.map((path) => ({ op: 'remove', path }))],
        what: t('change {0}', placeOf(ref)),
      },
      signal,
    );
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    const fields = removals.map(({ path }) => pathText(path)).join(', ');
    throw new Failure(
      'conflict',
      t('The changes were saved, but these fields could not be removed: {0}. {1}', fields, error.message),
      error,
    );
  }
}

/** The edit without the fields in which it conflicts. */
function withoutConflicts({ intent, removals }: Edit, conflicts: readonly Conflict[]): Edit {
  const fields = new Set(conflicts.map(({ field }) => field));
  const rest = without(intent, [...fields]) as KubeObject;
  const kept = removals.filter(({ path }) => !fields.has(pathText(path)));
  const { apiVersion: _, kind: __, metadata, ...body } = rest;
  const { name: ___, namespace: ____, ...said } = metadata;
  const nothing = kept.length === 0 && Object.keys(said).length === 0 && Object.keys(body).length === 0;
  return nothing ? { intent: undefined, removals: [] } : { intent: rest, removals: kept };
}

/** Throws Failure when something was edited that no save can change. */
function checkIdentity(ref: ObjectRef, base: KubeObject, wanted: KubeObject): void {
  const { name, namespace = '' } = wanted.metadata;
  const changed = [
    wanted.apiVersion === apiVersion(ref) ? '' : 'apiVersion',
    wanted.kind === ref.kind ? '' : 'kind',
    name === ref.name ? '' : 'metadata.name',
    namespace === ref.namespace ? '' : 'metadata.namespace',
  ].filter(Boolean);
  if (changed.length > 0) {
    throw new Failure(
      'invalid',
      t('{0} cannot be changed: it says which object this is. Create another object instead.', changed.join(', ')),
    );
  }
  if (wanted['status'] !== undefined && !same(base['status'], wanted['status'])) {
    throw new Failure('invalid', t('The status is written by the cluster and cannot be changed here.'));
  }
}
