/** Whether each key of one full object of each kind is offered where it stands, when it is not there. */
import { moduleFiles } from '../../../scripts/lib/goModules.ts';
import { parseYaml } from '../../../src/core/yaml/parse.ts';
import { schemasAt } from '../../../src/core/yaml/follow.ts';
import type { Step } from '../../../src/core/yaml/read.ts';
import { stringAt, type YamlEntry, type YamlNode } from '../../../src/core/yaml/tree.ts';
import type { Manifests } from '../../../src/manifests/domain.ts';
import type { Catalog } from '../../../src/manifests/pool.ts';

interface KeyPosition {
  readonly entry: YamlEntry;
  readonly steps: readonly Step[];
}

export interface Offered {
  readonly positions: number;
  readonly offered: number;
  readonly objects: number;
}

/**
 * Looks at every key that the schema names: what maps of labels, data or quantities hold is a person's to choose. A field
 * of a type that many kinds have (the fields of a pod) is looked at once; all 15,910 places take minutes.
 */
export async function offeredAtEveryKey(manifests: Manifests, catalog: Catalog, version: string): Promise<Offered> {
  const files = await moduleFiles('k8s.io/api@v0.34.4', (path) => /^testdata\/HEAD\/.*\.yaml$/.test(path));
  let [positions, offered, objects] = [0, 0, 0];
  const seen = new Set<string>();
  for (const { path, read } of files) {
    const text = read();
    const root = parseYaml(text, 'yaml1.1').documents[0]?.root;
    const schema = catalog.schemaOf(stringAt(root, 'apiVersion') ?? '', stringAt(root, 'kind') ?? '');
    if (root === undefined || schema === undefined) continue;
    objects++;
    for (const { entry, steps } of keyPositions(root)) {
      // These choose the schema: without them there is none.
      if (steps.length === 0 && (entry.key === 'apiVersion' || entry.key === 'kind')) continue;
      const type = schemasAt(schema, steps, catalog.dialect).find(
        ({ properties }) => properties !== undefined && Object.hasOwn(properties, entry.key),
      );
      const place = `${type?.description} ${Object.keys(type?.properties ?? {}).join()} ${entry.key}`;
      if (type === undefined || (steps.length > 0 && seen.has(place))) continue;
      seen.add(place);
      positions++;
      const without = withoutEntry(text, entry);
      const found = await manifests.complete(without, entry.keyRange.start, version);
      if (found.some(({ label, kind }) => label === entry.key && kind === 'key')) offered++;
      else console.error(`not offered: ${path}: ${[...steps, entry.key].join('.')}`);
    }
  }
  return { positions, offered, objects };
}

/** The text as it is before the entry is typed: its lines but for the indentation, or the dash, in front of its key. */
function withoutEntry(text: string, { keyRange, value }: YamlEntry): string {
  const end = keyRange.start + text.slice(keyRange.start, Math.max(value.range.end, keyRange.end)).trimEnd().length;
  return text.slice(0, keyRange.start) + text.slice(text[end] === ':' ? end + 1 : end);
}

function* keyPositions(node: YamlNode, steps: readonly Step[] = []): Generator<KeyPosition> {
  if (node.kind === 'list') {
    for (const [index, item] of node.items.entries()) yield* keyPositions(item, [...steps, index]);
  } else if (node.kind === 'map') {
    for (const entry of node.entries) {
      yield { entry, steps };
      yield* keyPositions(entry.value, [...steps, entry.key]);
    }
  }
}
