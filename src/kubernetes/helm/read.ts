/** Reads what a document of a Helm release shows. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { known } from '../apiResource.ts';
import { complete } from '../complete.ts';
import type { Store } from '../store.ts';
import type { DocumentPart } from './documentParts.ts';
import type { Release } from './release.ts';
import { type ReleaseRef, type Releases, type RevisionRow, helmSelector, newest, revisionRow } from './releases.ts';

export interface HelmDeps {
  readonly store: Store;
  readonly releases: Releases;
}

/** The text of one part of a release's newest revision. Throws Failure. */
export async function readDocument(
  { store, releases }: HelmDeps,
  ref: ReleaseRef,
  part: DocumentPart,
  signal: AbortSignal,
): Promise<string> {
  const revisions = await revisionRows(store, ref.context, ref.namespace, `${helmSelector},name=${ref.name}`, signal);
  const last = revisions.at(-1);
  if (last === undefined) throw noRelease(ref);
  const wanted = part === 'history' ? revisions : [last];
  const read = await Promise.all(wanted.map((row) => releases.read(ref.context, row, signal)));
  const { documentText } = await import('./documents.ts');
  return documentText(part, read.at(-1)!, read);
}

/** Every revision of a release that Helm keeps, the newest last. Throws Failure. */
export async function readRevisions(
  { store, releases }: HelmDeps,
  ref: ReleaseRef,
  signal: AbortSignal,
): Promise<readonly Release[]> {
  const rows = await revisionRows(store, ref.context, ref.namespace, `${helmSelector},name=${ref.name}`, signal);
  if (rows.length === 0) throw noRelease(ref);
  return Promise.all(rows.map((row) => releases.read(ref.context, row, signal)));
}

const noRelease = ({ namespace, name }: ReleaseRef): Failure =>
  new Failure('notFound', t('There is no Helm release {0} any more. Refresh the view.', `${namespace}/${name}`));

/** The releases of a context, each by its newest revision. Throws Failure. */
export async function listReleases(store: Store, context: string, signal: AbortSignal): Promise<RevisionRow[]> {
  const look = store.look({ context, kind: 'objects', resource: known.secrets, labelSelector: helmSelector });
  try {
    await complete(look, signal);
    const state = look.state();
    if ('failure' in state) throw state.failure;
    return newest(look.rows.values());
  } finally {
    look.dispose();
  }
}

/** Every revision that a selector finds, the newest last. */
async function revisionRows(
  store: Store,
  context: string,
  namespace: string,
  labelSelector: string,
  signal: AbortSignal,
): Promise<RevisionRow[]> {
  const look = store.look({ context, kind: 'objects', resource: known.secrets, namespace, labelSelector });
  try {
    await complete(look, signal);
    const state = look.state();
    if ('failure' in state && look.rows.size === 0) throw state.failure;
    return [...look.rows.values()].flatMap((row) => revisionRow(row) ?? []).sort((a, b) => a.revision - b.revision);
  } finally {
    look.dispose();
  }
}
