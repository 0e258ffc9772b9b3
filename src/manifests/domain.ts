/** The front door of the manifests domain. */
import { posix } from 'node:path';
import { isKustomization, slashes } from './fileNames.ts';
import { patchesOf } from './kustomize.ts';
import { lazy, remembering } from '../core/lazy.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import { complete, type Completion, hover, type Hover } from './assist.ts';
import { Charts, type ChartValues } from './charts.ts';
import { type CustomKinds, kindsDefinedIn, loadCustomKinds } from './custom.ts';
import { definesKinds, formOf, looksLikeManifests } from './detect.ts';
import { type ManifestObject, objectsOf } from './objects.ts';
import type { RuleSettings } from './practice/catalog.ts';
import { fileFormatOf, loadFileJudges } from './files.ts';
import type { Finding, Validation } from './findings.ts';
import { covered } from './helmTemplate.ts';
import { type Catalog, loadPool } from './pool.ts';
import { definitionsAt, type Known, type Place, type Reference, referencesAt, referencesIn } from './references.ts';
import { type ManifestSymbol, symbolsIn } from './symbols.ts';
import type { RenderedFiles } from './render.ts';
import { piecesOf, type PlacedFinding, placeRefusal, TemplatePlaces } from './rendered.ts';
import { openServed, type ServedKinds } from './served.ts';
import type { Served, Target } from './target.ts';
import { type Context, validate } from './validate.ts';
import { completeValues, definitionOfValue, hoverValue } from './values.ts';

export interface ManifestsDeps {
  /** The folder `schemas/` of the installation. */
  readonly schemas: string;
}

export interface ValidateOptions {
  /** As it was learnt: the text itself then counts, not what was learnt of it. */
  readonly path?: string;
  /** Asks the practice rules too, with the severities a person chose; `{}` for those they have by themselves. */
  readonly rules?: RuleSettings;
  /** It is said to be a template, of whatever chart. */
  readonly template?: boolean;
}

export interface Manifests {
  /** Loads the schemas at the first call. Rejects with Failure `invalid` for a version that is not shipped. */
  validate(text: string, target: Target, options?: ValidateOptions): Promise<Validation>;
  /**
   * Takes the custom resources that a file defines and the objects in it, and forgets those of before; undefined when
   * the file is gone. True when that changed what is known.
   */
  learn(path: string, text: string | undefined): Promise<boolean>;
  /** What may be written at an offset. */
  complete(text: string, offset: number, target: Target, path?: string): Promise<readonly Completion[]>;
  /** What is known of the field at an offset. */
  hover(text: string, offset: number, target: Target, path?: string): Promise<Hover | undefined>;
  /** Where what the field at an offset names is defined: in the text itself, or in what was learnt. */
  definitions(text: string, offset: number, path?: string): Promise<readonly Place[]>;
  /** Where the object whose name stands at an offset is referred to, its own name first. */
  references(text: string, offset: number, path?: string): Promise<readonly Place[]>;
  /** The fields of a text that name other objects, or parts of them. */
  named(text: string): Promise<readonly Reference[]>;
  /** What is wrong in what helm made of a chart, told at the files that it was made from. */
  rendered(chart: RenderedChart, target: Target, rules: RuleSettings): Promise<RenderedValidation>;
  /** The outline of a text. */
  symbols(text: string): Promise<readonly ManifestSymbol[]>;
  /** The versions there are schemas of, oldest first. */
  versions(): Promise<readonly string[]>;
}

export interface RenderedChart extends RenderedFiles {
  /** The chart's folder, as its files were learnt. */
  readonly folder: string;
}

export interface RenderedValidation {
  /** The Kubernetes version judged by: `1.34`. */
  readonly version: string;
  /** Objects whose schema was known and compared. */
  readonly checked: number;
  /** Path, as it was learnt → what is found there and not in its text alone, in the order of the text. */
  readonly files: Readonly<Record<string, readonly Finding[]>>;
}

/** Texts with other groups in them are judged by other documents. */
const mostServed = 32;

export function createManifests({ schemas }: ManifestsDeps): Manifests {
  const pool = lazy(() => loadPool(schemas));
  const shipped = lazy(() => loadCustomKinds(schemas));
  const files = lazy(() => loadFileJudges(schemas));
  const evaluator = lazy(async () => (await import('./cel/evaluate.ts')).evaluateRules);
  const charts = new Charts();
  /** The values that a template is rendered with. */
  const valuesOf = (path: string | undefined): ChartValues | undefined =>
    charts.isTemplate(path) ? charts.valuesIn(charts.folderOf(path)!) : undefined;
  const learnt = new Map<string, CustomKinds>();
  const objects = new Map<string, readonly ManifestObject[]>();
  const patches = new Map<string, readonly string[]>();
  const references = new Map<string, readonly Reference[]>();
  /** What other files hold. */
  const beside = (path: string | undefined): Known[] =>
    byPath(objects).flatMap(([from, own]) => (from === path ? [] : own.map((each) => ({ ...each, path: from }))));
  const served = remembering(mostServed, async (key) => openServed(JSON.parse(key) as Served, await pool()));
  const kindsOf = async (target: Target): Promise<ServedKinds> =>
    typeof target === 'string'
      ? { catalog: (await pool()).catalog(target), custom: {} }
      : served(JSON.stringify(target));
  const contextFor = async (
    text: string,
    target: Target,
    path: string | undefined,
    isTemplate = false,
  ): Promise<Context> => {
    const { catalog, custom } = await kindsOf(target);
    const format = fileFormatOf(path, text);
    if (format !== undefined) return { catalog, custom: [], file: (await files())[format] };
    const values = charts.judgeOf(path);
    if (values !== undefined) return { catalog, custom: [], file: values };
    const own = [custom, ...byPath(learnt).map(([, kinds]) => kinds)];
    const template = (isTemplate || charts.isTemplate(path)) && text.includes('{{');
    const known = template && path !== undefined ? charts.knownValues(path) : undefined;
    const judging = { catalog, template, ...(known !== undefined && { values: known }) };
    // Seven megabytes are read only for who uses them.
    if (!mayHoldCustom(text, catalog)) return { ...judging, custom: own };
    return { ...judging, custom: [...own, await shipped()], evaluate: await evaluator() };
  };
  const validateText: Manifests['validate'] = async (text, target, { path, rules, template } = {}) => {
    const { version } = (await kindsOf(target)).catalog;
    if (formOf(path, text) === undefined) return { version, findings: [], checked: 0 };
    const context = await contextFor(text, target, path, template);
    if (context.file !== undefined) return validate(text, context);
    const partial = path !== undefined && [...patches.values()].some((files) => files.includes(slashes(path)));
    if (partial) return validate(text, { ...context, partial });
    if (rules === undefined) return validate(text, context);
    return validate(text, { ...context, rules, beside: beside(path) });
  };
  /** What is wrong in the objects that templates made. */
  const inPieces = async (
    output: string,
    files: RenderedChart['files'],
    target: Target,
    rules: RuleSettings,
  ): Promise<{ placed: PlacedFinding[]; checked: number }> => {
    const pieces = piecesOf(output).map((piece) => ({ piece, own: objectsOf(parseYaml(piece.text, 'yaml1.1')) }));
    const places = new TemplatePlaces(files);
    const placed: PlacedFinding[] = [];
    let checked = 0;
    for (const { piece, own } of pieces) {
      const context = await contextFor(piece.text, target, undefined);
      const others = pieces.flatMap((each) => (each.own === own ? [] : each.own));
      const validation = validate(piece.text, { ...context, rules, beside: others });
      placed.push(...places.place(piece, validation.findings));
      checked += validation.checked;
    }
    return { placed, checked };
  };
  return {
    validate: validateText,
    async rendered({ folder, rendered, files }, target, rules) {
      const { version } = (await kindsOf(target)).catalog;
      const { placed, checked } =
        'refused' in rendered
          ? { placed: [placeRefusal(rendered.refused, files, 'Helm')], checked: 0 }
          : await inPieces(rendered.output, files, target, rules);
      const found: Record<string, readonly Finding[]> = {};
      for (const file of new Set(placed.map((one) => one.file))) {
        const path = posix.join(slashes(folder), file);
        const known = await validateText(files[file] ?? '', target, { path, rules });
        const own = placed.flatMap((one) => (one.file === file ? [one.finding] : []));
        found[path] = onlyNew(own, known.findings);
      }
      return { version, checked, files: found };
    },
    async complete(text, offset, target, path) {
      const values = valuesOf(path);
      const used = values && completeValues(text, offset, values);
      if (used !== undefined) return used;
      const context = await contextFor(text, target, path);
      return complete(readable(text, context), offset, { ...context, beside: beside(path) });
    },
    async hover(text, offset, target, path) {
      const values = valuesOf(path);
      const used = values && hoverValue(text, offset, values);
      if (used !== undefined) return used;
      const context = await contextFor(text, target, path);
      return hover(readable(text, context), offset, context);
    },
    async definitions(text, offset, path) {
      const values = valuesOf(path);
      const used = values && definitionOfValue(text, offset, values);
      if (used !== undefined) return used;
      const yaml = parseYaml(text, 'yaml1.1');
      return definitionsAt(yaml, offset, [...objectsOf(yaml), ...beside(path)]);
    },
    async references(text, offset, path) {
      const yaml = parseYaml(text, 'yaml1.1');
      const others = new Map([...references].filter(([from]) => from !== path));
      return referencesAt(yaml, offset, [...objectsOf(yaml), ...beside(path)], others);
    },
    named: async (text) => referencesIn(parseYaml(text, 'yaml1.1')),
    symbols: async (text) => symbolsIn(text),
    async learn(path, text) {
      const chartChanged = charts.learn(path, text);
      const before = learnt.get(path);
      const kinds = text === undefined || !definesKinds(text) ? {} : kindsDefinedIn(text, path);
      if (Object.keys(kinds).length > 0) learnt.set(path, kinds);
      else learnt.delete(path);
      const yaml = text === undefined || !looksLikeManifests(text) ? undefined : parseYaml(text, 'yaml1.1');
      const [had, has] = [objects.get(path) ?? [], yaml === undefined ? [] : objectsOf(yaml)];
      if (yaml === undefined) references.delete(path);
      else references.set(path, referencesIn(yaml));
      if (has.length > 0) objects.set(path, has);
      else objects.delete(path);
      const [patched, patching] = [
        patches.get(path) ?? [],
        text !== undefined && isKustomization(path) ? patchesOf(path, text) : [],
      ];
      if (patching.length > 0) patches.set(path, patching);
      else patches.delete(path);
      if (chartChanged || patched.join() !== patching.join()) return true;
      return JSON.stringify(before ?? {}) !== JSON.stringify(kinds) || signature(had) !== signature(has);
    },
    versions: async () => (await pool()).versions,
  };
}

/** The same whichever file was seen first, so that every program says the same. */
const byPath = <T>(known: ReadonlyMap<string, T>): [path: string, T][] =>
  [...known].sort(([a], [b]) => (a < b ? -1 : 1));

/** Each once, whatever a loop made of it, and nothing that the text alone shows; in the order of the text. */
function onlyNew(findings: readonly Finding[], known: readonly Finding[]): Finding[] {
  const seen = new Set(known.map(({ code, range }) => `${code} ${range.start}`));
  return findings
    .filter(({ code, message, range }) => {
      const [inText, here] = [`${code} ${range.start}`, `${message} ${range.start}`];
      if (seen.has(inText) || seen.has(here)) return false;
      seen.add(here);
      return true;
    })
    .toSorted((a, b) => a.range.start - b.range.start);
}

/** The text as YAML, everything where it was. */
const readable = (text: string, { template }: Context): string => (template ? covered(text) : undefined) ?? text;

/** What other files can notice of objects: not where they stand. */
const signature = (objects: readonly ManifestObject[]): string =>
  JSON.stringify(objects, (key, value: unknown) =>
    key === 'range'
      ? undefined
      : key === 'keys'
        ? [...(value as Map<string, unknown>).keys()]
        : value instanceof Map
          ? [...value]
          : value,
  );

/** Some object is of a group that is not Kubernetes' own. */
function mayHoldCustom(text: string, catalog: Catalog): boolean {
  for (const [, apiVersion] of text.matchAll(/\bapiVersion["']?[\t ]*:[\t ]*["']?([\w.-]+\/\w+)/g))
    if (apiVersion!.includes('.') && !catalog.apiVersions.includes(apiVersion!)) return true;
  return false;
}
