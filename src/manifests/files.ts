/** Files that no API server is sent, beside manifests: what Kustomize and Helm read. Their schemas are made from those programs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { jsonSchemaDialect, type Dialect, type Schema } from '../core/yaml/schema.ts';
import type { SchemaFinding } from '../core/yaml/walk.ts';
import type { Judge } from './custom.ts';
import { isKustomization, slashes } from './fileNames.ts';

export type FileFormat = 'Kustomization' | 'Chart';

/** The file in `schemas/`. */
export const fileFormatsFile = 'files.json.br';

/** As it stands in the file. Written by `scripts/schemas.ts`. */
export interface FileFormatsFile {
  readonly about: Readonly<Record<string, string>>;
  readonly formats: Readonly<Record<FileFormat, Schema>>;
}

/** Which of them a file is; its name decides, unless it says to be something else. */
export function fileFormatOf(path: string | undefined, text: string): FileFormat | undefined {
  const apiVersion = /^["']?apiVersion["']?[\t ]*:[\t ]*["']?([^\s"'#]+)/m.exec(text)?.[1];
  if (apiVersion?.startsWith('kustomize.config.k8s.io/')) return 'Kustomization';
  if (path === undefined) return undefined;
  if (isKustomization(path)) return apiVersion === undefined ? 'Kustomization' : undefined;
  return /(?:^|\/)Chart\.yaml$/.test(slashes(path)) ? 'Chart' : undefined;
}

const programs: Readonly<Record<FileFormat, string>> = { Kustomization: 'Kustomize', Chart: 'Helm' };

/** What judges a file that is no manifest. */
export interface FileJudge extends Judge {
  /** `more values`: values that Helm lays over those of the chart. */
  readonly format: FileFormat | 'values' | 'more values';
}

/** What judges each of them. Throws Failure when the file is missing or broken. */
export async function loadFileJudges(folder: string): Promise<Readonly<Record<FileFormat, FileJudge>>> {
  const path = join(folder, fileFormatsFile);
  try {
    const { formats } = JSON.parse(
      (await promisify(brotliDecompress)(await readFile(path))).toString('utf8'),
    ) as FileFormatsFile;
    const judge = (format: FileFormat): FileJudge => ({
      format,
      schema: formats[format],
      dialect: dialectOf(formats[format]),
      source: programs[format],
    });
    return { Kustomization: judge('Kustomization'), Chart: judge('Chart') };
  } catch (error) {
    throw new Failure('internal', t('The schemas of {0} could not be read. Reinstall Gantry.', path), error);
  }
}

/** Go decodes null as nothing, and takes fields that it does not know only where none are listed. */
const dialectOf = (schema: Schema): Dialect => ({
  ...jsonSchemaDialect(schema),
  nameOf: (ref) => ref.slice(ref.lastIndexOf('/') + 1).replace(/^Metadata$/, 'Chart'),
  closed: 'listed',
  dropsNull: () => true,
  formats: { text: { types: ['string', 'number', 'integer', 'boolean'] } },
});

/** What the program itself lets pass is a warning: Helm ignores fields, Kustomize the case of their letters. */
export function asTheProgram(
  format: FileJudge['format'],
  found: SchemaFinding,
  text: string,
): SchemaFinding | undefined {
  if (format === 'more values') return found.code === 'missing-field' ? undefined : found;
  // Who installs the chart may have to say it.
  if (format === 'values') return found.code === 'missing-field' ? { ...found, severity: 'warning' } : found;
  // A build option that it does not know it leaves out.
  if (found.path.startsWith('buildMetadata[') && found.code === 'not-allowed') return { ...found, severity: 'warning' };
  if (found.code !== 'unknown-field') return found;
  const key = text.slice(found.range.start, found.range.end).replace(/^["']|["']$/g, '');
  const passes = format === 'Chart' || found.fix?.text.toLowerCase() === key.toLowerCase();
  return passes ? { ...found, severity: 'warning' } : found;
}
