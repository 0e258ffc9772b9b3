/** The door for the curriculum's YAML files: read, compared with their schema, or a failure that names file, line and cause. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import { type Schema, jsonSchemaDialect } from '../core/yaml/schema.ts';
import type { Range } from '../core/yaml/text.ts';
import type { YamlNode } from '../core/yaml/tree.ts';
import { walk } from '../core/yaml/walk.ts';

/** Reads a YAML file of ours; the value is what the schema describes. Throws `invalid` or `notFound`. */
export async function readDocument(path: string, schema: Schema): Promise<unknown> {
  const name = join(basename(dirname(path)), basename(path));
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new Failure('notFound', t('{0} could not be read.', name), error);
  }
  return parseDocument(name, text, schema);
}

function parseDocument(name: string, text: string, schema: Schema): unknown {
  const { documents, lines } = parseYaml(text, 'yaml1.2');
  const fail = (range: Range, message: string): never => {
    throw new Failure('invalid', `${name}:${lines.positionAt(range.start).line + 1}: ${message}`);
  };
  const root = documents[0]?.root;
  for (const problem of documents.flatMap(({ problems }) => problems)) fail(problem.range, problem.message);
  if (root === undefined) throw new Failure('invalid', t('{0} is empty.', name));
  for (const finding of walk(root, schema, jsonSchemaDialect(schema), text)) {
    if (finding.severity === 'error') fail(finding.range, `${finding.path}: ${finding.message}`);
  }
  return valueOf(root);
}

function valueOf(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(valueOf);
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, valueOf(value)]));
  }
}
