/** Helm charts of the workspace: which folder is one, what values it comes with, and the schema they must have. */
import { posix } from 'node:path';
import { t } from '../core/l10n.ts';
import { readForeignSchema } from '../core/yaml/foreignSchema.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import { itemsAt, textAt } from '../core/yaml/read.ts';
import { jsonSchemaDialect } from '../core/yaml/schema.ts';
import type { YamlNode } from '../core/yaml/tree.ts';
import { isChartFile, isValuesFile, slashes } from './fileNames.ts';
import type { FileJudge } from './files.ts';
import type { KnownValues } from './unknownValues.ts';

/** What a chart's own `values.yaml` holds. */
export interface ChartValues {
  /** As it was learnt. */
  readonly path: string;
  readonly text: string;
  readonly root: YamlNode | undefined;
}

/** The folders that a file is in, the nearest first; paths as its own is given. */
export function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let at = slashes(path), above = posix.dirname(at); above !== at; at = above, above = posix.dirname(at))
    folders.push(above);
  return folders;
}

export class Charts {
  /** Path → text of the files that tell about a chart. */
  readonly #files = new Map<string, string>();
  readonly #values = new Map<string, ChartValues>();
  readonly #judges = new Map<string, FileJudge | undefined>();

  /** Takes what a file tells, and forgets what it told before; undefined when it is gone. True when that changed. */
  learn(path: string, text: string | undefined): boolean {
    const own = slashes(path);
    if (!isChartFile(own) || this.#files.get(own) === text) return false;
    if (text === undefined) this.#files.delete(own);
    else this.#files.set(own, text);
    this.#values.delete(posix.dirname(own));
    this.#judges.delete(posix.dirname(own));
    return true;
  }

  /** The folder of the chart that a file is of. */
  folderOf(path: string | undefined): string | undefined {
    if (path === undefined) return undefined;
    return foldersAbove(path).find((folder) => this.#files.has(posix.join(folder, 'Chart.yaml')));
  }

  /** True for a template of a chart. */
  isTemplate(path: string | undefined): boolean {
    const folder = this.folderOf(path);
    return folder !== undefined && posix.relative(folder, slashes(path!)).startsWith('templates/');
  }

  /** The values that templates of the chart in a folder are rendered with. */
  valuesIn(folder: string): ChartValues | undefined {
    const path = posix.join(folder, 'values.yaml');
    const text = this.#files.get(path);
    if (text === undefined) return undefined;
    const known = this.#values.get(folder);
    if (known !== undefined) return known;
    const root = parseYaml(text, 'yaml1.1').documents[0]?.root;
    const values = { path, text, root };
    this.#values.set(folder, values);
    return values;
  }

  /** What is known of the values of a template's chart; undefined where others say what they are. */
  knownValues(path: string): KnownValues | undefined {
    const folder = this.folderOf(path);
    const values = folder === undefined ? undefined : this.valuesIn(folder);
    if (folder === undefined || values?.root?.kind !== 'map') return undefined;
    const root = parseYaml(this.#files.get(posix.join(folder, 'Chart.yaml'))!, 'yaml1.1').documents[0]?.root;
    const dependencies = itemsAt(root, 'dependencies');
    const isOpen =
      textAt(root, 'type') === 'library' || dependencies.some((one) => itemsAt(one, 'import-values').length > 0);
    if (isOpen) return undefined;
    const brought = dependencies.flatMap((one) => [textAt(one, 'name'), textAt(one, 'alias')]);
    const foreign = new Set(['global', 'tags', ...brought.filter((name) => name !== undefined)]);
    const schema = this.#judgeIn(folder);
    return { ...values, foreign, ...(schema !== undefined && { schema }) };
  }

  /** What judges a file of values; undefined when its chart has no schema of them. */
  judgeOf(path: string | undefined): FileJudge | undefined {
    if (path === undefined || !isValuesFile(path)) return undefined;
    const folder = posix.dirname(slashes(path));
    if (!this.#files.has(posix.join(folder, 'Chart.yaml'))) return undefined;
    const judge = this.#judgeIn(folder);
    const isWhole = posix.basename(slashes(path)) === 'values.yaml';
    return judge && { ...judge, format: isWhole ? 'values' : 'more values' };
  }

  #judgeIn(folder: string): FileJudge | undefined {
    if (!this.#judges.has(folder)) this.#judges.set(folder, this.#readSchema(folder));
    return this.#judges.get(folder);
  }

  #readSchema(folder: string): FileJudge | undefined {
    const text = this.#files.get(posix.join(folder, 'values.schema.json'));
    const schema = text === undefined ? undefined : readForeignSchema(text);
    if (schema === undefined) return undefined;
    return { schema, dialect: jsonSchemaDialect(schema), source: t('schema of the chart'), format: 'values' };
  }
}
