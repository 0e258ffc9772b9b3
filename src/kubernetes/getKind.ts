/** What a person may write for a kind: `po`, `deployment`, `crontabs.stable.example.com`, `CronTab`. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { lookup } from '../core/lookup.ts';
import { nearest } from '../core/yaml/nearest.ts';
import { resourceName } from './apiResource.ts';
import type { DiscoveredResource } from './discovery.ts';

/** Kinds whose rows are read without asking the server for its kinds first, so that they are there at once. */
export type KnownKind = 'pods' | 'services';

const knownNames: Readonly<Record<string, KnownKind>> = lookup({
  pod: 'pods',
  pods: 'pods',
  po: 'pods',
  service: 'services',
  services: 'services',
  svc: 'services',
});

export const knownKind = (word: string): KnownKind | undefined =>
  Object.hasOwn(knownNames, word.toLowerCase()) ? knownNames[word.toLowerCase()] : undefined;

/** All the words for a kind, lower case. */
const wordsOf = ({ group, version, resource, kind, singular, shortNames }: DiscoveredResource): string[] => {
  const names = [resource, singular, kind, ...shortNames].map((name) => name.toLowerCase()).filter(Boolean);
  const suffixes = group === '' ? [] : [`.${group}`, `.${version}.${group}`];
  return [...names, ...names.flatMap((name) => suffixes.map((suffix) => name + suffix))];
};

/**
 * The kind a word means; where several groups have it, the first the server names, as kubectl chooses. Throws Failure
 * `invalid` with the nearest names.
 */
export function findKind(word: string, kinds: readonly DiscoveredResource[]): DiscoveredResource {
  const wanted = word.toLowerCase();
  const found = kinds.find((kind) => wordsOf(kind).includes(wanted));
  if (found !== undefined) return found;
  const guess = nearest(wanted, [...new Set(kinds.flatMap(({ resource, singular }) => [resource, singular]))]);
  throw new Failure(
    'invalid',
    guess === undefined
      ? t('The cluster has no kind {0}. It has: {1}', word, kinds.map(resourceName).sort().join(', '))
      : t('The cluster has no kind {0}. Did you mean {1}?', word, guess),
  );
}
