/** Compose files compared with the format's own JSON Schema, as `docker compose config` does after putting variables in. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { parseYaml } from '../../core/yaml/parse.ts';
import { type Schema, jsonSchemaDialect } from '../../core/yaml/schema.ts';
import type { Range } from '../../core/yaml/text.ts';
import { type SchemaFinding, walk } from '../../core/yaml/walk.ts';
import type { Finding } from '../dockerfile/finding.ts';

/** The file in `schemas/` with the Compose Specification's schema. */
export const composeSchemaFile = 'compose.json.br';

export interface ComposeSchemaFile {
  /** Where it comes from and under which licence. */
  readonly about: Readonly<Record<string, string>>;
  readonly schema: Schema;
}

/** What Compose reads by itself: `compose.yaml`, `docker-compose.override.yml`, `compose.test.yaml`. */
export const isComposeFile = (name: string): boolean => /^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/.test(name);

/** Throws Failure when the file is missing or broken. */
export async function loadComposeSchema(folder: string): Promise<Schema> {
  const path = join(folder, composeSchemaFile);
  try {
    const bytes = await promisify(brotliDecompress)(await readFile(path));
    return (JSON.parse(bytes.toString('utf8')) as ComposeSchemaFile).schema;
  } catch (error) {
    throw new Failure(
      'internal',
      t('The schema of Compose files could not be read from {0}. Reinstall Gantry.', path),
      error,
    );
  }
}

/** Findings in the order of their places. */
export function validateCompose(text: string, schema: Schema): Finding[] {
  const { documents, lines } = parseYaml(text, 'yaml1.2');
  const at = (range: Range): Pick<Finding, 'line' | 'column' | 'endColumn'> => {
    const [start, end] = [lines.positionAt(range.start), lines.positionAt(range.end)];
    return {
      line: start.line,
      column: start.column,
      endColumn: end.line === start.line ? end.column : start.column + 1,
    };
  };
  const found: Finding[] = [];
  for (const { root, problems } of documents) {
    for (const { range, message } of problems) found.push({ ...at(range), code: 'syntax', severity: 'error', message });
    if (root === undefined) continue;
    for (const finding of walk(root, schema, jsonSchemaDialect(schema), text)) {
      if (isMeantOtherwise(finding, text)) continue;
      const { range, code, severity, message, path, fix } = finding;
      const [start, end] =
        fix === undefined ? [] : [lines.positionAt(fix.range.start), lines.positionAt(fix.range.end)];
      found.push({
        ...at(range),
        code: `compose-${code}`,
        severity: severity === 'hint' ? 'information' : severity,
        message: path === '' ? message : `${path}: ${message}`,
        ...(fix === undefined || start === undefined || end === undefined
          ? {}
          : {
              fix: {
                title: t('Change to {0}', fix.text),
                edits: [
                  { line: start.line, column: start.column, endLine: end.line, endColumn: end.column, text: fix.text },
                ],
              },
            }),
      });
    }
  }
  return found.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** A variable has the type of what is put in, and `!reset` and `!override` of another file's value none at all. */
function isMeantOtherwise({ range }: SchemaFinding, text: string): boolean {
  return /\$\{?\w/.test(text.slice(range.start, range.end)) || /![a-z]+[ \t]*$/.test(text.slice(0, range.start));
}
