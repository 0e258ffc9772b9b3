/** Checks every Kubernetes object in a text against the schema of its kind. */
import { t } from '../core/l10n.ts';
import { nearest } from '../core/yaml/nearest.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import {
  entryOf,
  stringAt,
  type YamlDocument,
  type YamlEntry,
  type YamlNode,
  type YamlProblem,
  type YamlText,
} from '../core/yaml/tree.ts';
import { type Replacement, type SchemaFinding, walk } from '../core/yaml/walk.ts';
import type { Finding, FindingCode, Validation } from './findings.ts';
import type { evaluateRules } from './cel/evaluate.ts';
import { type CustomKinds, customJudge, type Judge } from './custom.ts';
import { asTheProgram, type FileJudge } from './files.ts';
import type { Catalog } from './pool.ts';
import { type ManifestObject, objectsOf } from './objects.ts';
import type { RuleSettings } from './practice/catalog.ts';
import { advice } from './practice/check.ts';
import { silencedIn } from './practice/suppress.ts';
import { rewritten } from './rewrite.ts';
import { hasHole, isJudgeable, parseTemplate, templateDialect } from './helmTemplate.ts';
import { isTemplate } from './templates.ts';
import { type KnownValues, type UnknownValue, unknownValues } from './unknownValues.ts';

type Found = SchemaFinding<FindingCode> & { readonly source?: string };

/** What a text is judged by. */
export interface Context {
  readonly catalog: Catalog;
  /** Looked up in this order: what the workspace defines wins over what is shipped. */
  readonly custom: readonly CustomKinds[];
  /** Evaluates the rules in schemas of custom resources; absent where a text holds none. */
  readonly evaluate?: typeof evaluateRules;
  /** Severities of the practice rules; absent: they are not asked. */
  readonly rules?: RuleSettings;
  /** A patch: what it says must be right, what it leaves out stands elsewhere. */
  readonly partial?: boolean;
  /** A template of a chart: judged by what stands around its actions, which is a part. */
  readonly template?: boolean;
  /** What a template may use. */
  readonly values?: KnownValues;
  /** The text is a file of a tool, and this judges it. */
  readonly file?: FileJudge;
  /** Objects of other files. */
  readonly beside?: readonly ManifestObject[];
}

/**
 * Everything the API server's strict decoding and the published schema object to, each at its field. Texts that hold no
 * Kubernetes object, and templates, give nothing. Never throws.
 */
export function validate(text: string, context: Context): Validation {
  const { catalog } = context;
  const yaml = (context.template ? parseTemplate(text) : undefined) ?? parseYaml(text, 'yaml1.1');
  const found: Found[] = [];
  let checked = 0;
  if (context.file !== undefined) checked = isTemplate(yaml) ? 0 : validateFile(yaml, context.file, found);
  else if (context.template) {
    if (context.values !== undefined) found.push(...unknownValues(text, context.values).map(toFound(context.values)));
    for (const { root } of yaml.documents.filter(isJudgeable))
      if (isObject(root!, catalog)) checked += validateObject(root!, '', yaml, { ...context, partial: true }, found);
  } else if (!isTemplate(yaml)) {
    const known = context.rules === undefined ? [] : [...objectsOf(yaml), ...(context.beside ?? [])];
    for (const document of yaml.documents)
      checked += validateDocument(document, yaml, { ...context, beside: known }, found);
  }
  const isSilenced = silencedIn(yaml);
  const spoken = found.filter((one) => !isSilenced(one));
  const findings = spoken.map((one) => place(one, yaml, catalog)).sort((a, b) => a.range.start - b.range.start);
  return { version: catalog.version, findings, checked };
}

const toFound =
  ({ path: source }: KnownValues) =>
  ({ range, message, near }: UnknownValue): Found => ({
    code: 'unknown-value',
    severity: 'hint',
    range,
    message,
    path: '',
    source,
    fix: { range, text: near },
  });

const place = (found: Found, { lines }: YamlText, catalog: Catalog): Finding => ({
  ...found,
  source: found.source ?? catalog.sourceOf(),
  from: lines.positionAt(found.range.start),
  to: lines.positionAt(found.range.end),
});

function validateDocument(document: YamlDocument, yaml: YamlText, context: Context, found: Found[]): number {
  const { root } = document;
  // A document that is no Kubernetes object may be anything; its syntax is another tool's concern.
  if (root === undefined ? document.problems.length === 0 : !isObject(root, context.catalog)) return 0;
  const broken = firstSyntaxError(document);
  for (const problem of document.problems) {
    if (problem.code !== 'syntax' || problem === broken) found.push({ ...problem, severity: 'error', path: '' });
  }
  if (root === undefined) return 0;
  const inDocument: Found[] = [];
  const { rules: _, ...unruled } = context;
  // Half-typed, what a rule misses may be what comes next.
  const by = broken === undefined ? context : unruled;
  const checked = validateObject(root, '', yaml, by, inDocument);
  found.push(...inDocument.filter((one) => broken === undefined || isBefore(one, broken, yaml)));
  return checked;
}

/** Tools read the first document alone, and the last of equal keys. */
function validateFile(yaml: YamlText, { format, ...judge }: FileJudge, found: Found[]): number {
  const [document] = yaml.documents;
  if (document === undefined) return 0;
  const { source } = judge;
  const broken = firstSyntaxError(document);
  if (broken !== undefined) found.push({ ...broken, severity: 'error', path: '', source });
  for (const problem of document.problems)
    if (problem.code !== 'syntax') found.push({ ...problem, severity: 'warning', path: '', source });
  if (document.root === undefined) return 0;
  for (const one of walk(document.root, judge.schema, judge.dialect, yaml.text))
    if (broken === undefined || isBefore(one, broken, yaml)) {
      const said = asTheProgram(format, one, yaml.text);
      if (said !== undefined) found.push({ ...said, source });
    }
  return 1;
}

/** One is enough: those after it mostly follow from it. */
const firstSyntaxError = ({ problems }: YamlDocument): YamlProblem | undefined =>
  problems
    .filter(({ code }) => code === 'syntax')
    .reduce<YamlProblem | undefined>(
      (first, one) => (first && first.range.start <= one.range.start ? first : one),
      undefined,
    );

/** Half-typed text: what follows the error was read by guess, and what seems to be missing may stand there. */
function isBefore(found: Found, broken: YamlProblem, { text }: YamlText): boolean {
  const lineStart = text.lastIndexOf('\n', broken.range.start - 1) + 1;
  const needsAll = found.code === 'missing-field' || found.code === 'refused';
  return !needsAll && found.range.start < lineStart;
}

function isObject(root: YamlNode, catalog: Catalog): boolean {
  const apiVersion = stringAt(root, 'apiVersion');
  const kind = stringAt(root, 'kind');
  if (apiVersion !== undefined && kind !== undefined) return !isFileFormat(apiVersion, kind);
  // With one of the two only what is plainly meant for Kubernetes is ours: a chart has an apiVersion too.
  const hasBody = entryOf(root, 'metadata') !== undefined || entryOf(root, 'spec') !== undefined;
  if (!hasBody) return false;
  if (kind !== undefined) return catalog.apiVersionsOf(kind).length > 0;
  return apiVersion !== undefined && catalog.apiVersions.includes(apiVersion);
}

/** Files of tools, written like objects, that no API server is ever sent. */
function isFileFormat(apiVersion: string, kind: string): boolean {
  const isKubeconfig = apiVersion === 'v1' && kind === 'Config';
  // Kustomize's own transformers and generators.
  const isBuiltin = apiVersion === 'builtin';
  return (
    isKubeconfig ||
    isBuiltin ||
    /^skaffold\/|(?:^|\.)config\.k8s\.io\/|^(?:kubeadm|audit)\.k8s\.io\/|^kind\.x-k8s\.io\//.test(apiVersion)
  );
}

/** Returns how many objects had a schema. */
function validateObject(root: YamlNode, path: string, yaml: YamlText, context: Context, found: Found[]): number {
  const apiVersion = stringAt(root, 'apiVersion');
  const kind = stringAt(root, 'kind');
  if (apiVersion === 'v1' && kind === 'List') return validateItems(root, path, yaml, context, found);
  const judge = apiVersion === undefined || kind === undefined ? undefined : judgeOf(apiVersion, kind, context);
  if (judge === undefined) {
    const problem = kindProblem(root, apiVersion, kind, yaml.text, context.catalog);
    // A template asks the cluster first, and makes what it has; or its values, which of two kinds it is to make.
    const isOpen = context.template && (problem?.code !== 'unknown-kind' || hasHole(`${apiVersion}${kind}`));
    if (problem !== undefined && !isOpen) found.push({ ...problem, path: join(path, problem.path) });
    return 0;
  }
  const life =
    judge.whole || context.template ? undefined : deprecation(root, apiVersion!, kind!, yaml.text, context.catalog);
  if (life !== undefined) found.push({ ...life, path: join(path, life.path) });
  const dialect = context.template ? templateDialect(judge.dialect) : judge.dialect;
  const objections = walk(root, judge.schema, dialect, yaml.text).filter(
    (one) =>
      !isIgnoredByServer(one) &&
      !(context.partial && needsWhole(one)) &&
      !(
        context.template &&
        (one.code === 'duplicate-item' || hasHole(yaml.text.slice(one.range.start, one.range.end)))
      ),
  );
  // As on the server, rules are asked only of what fits its schema.
  const fits = !context.partial && !objections.some(({ severity }) => severity === 'error');
  const ruled = fits && judge.whole ? (context.evaluate?.(root, judge.whole, judge.dialect, yaml.text) ?? []) : [];
  const advised = context.rules && fits ? advice(root, yaml.text, context.beside ?? [], context.rules) : [];
  for (const finding of [...objections, ...ruled, ...advised.map((one) => ({ ...one, source: practice() }))])
    found.push({ source: judge.source, ...finding, path: join(path, finding.path) });
  return 1;
}

/** Whose practice rules are: nobody's schema. */
const practice = (): string => t('practice');

/** Only the whole object can be asked for these; `$patch` and its like are a patch's own words. */
const needsWhole = ({ code, path }: SchemaFinding): boolean =>
  code === 'missing-field' || code === 'refused' || code === 'out-of-bounds' || /(?:^|\.)\$\w+$/.test(path);

/** A version that is still served, but not for long; the fix is offered where the kind stays the same. */
function deprecation(
  root: YamlNode,
  apiVersion: string,
  kind: string,
  text: string,
  catalog: Catalog,
): Found | undefined {
  const { deprecated, removed, replacement } = catalog.lifecycleOf(apiVersion, kind) ?? {};
  if (deprecated === undefined || minorOf(deprecated) > minorOf(catalog.version)) return undefined;
  const [home, other] =
    replacement === undefined ? [stableHome(apiVersion, kind, catalog), kind] : splitKind(replacement);
  if (home === undefined) return undefined;
  const until = removed === undefined ? '' : t(' It is removed in {0}.', removed);
  const by = `${home} ${other}`;
  const message = t('{0} {1} is deprecated since Kubernetes {2}; use {3}.', apiVersion, kind, deprecated, by) + until;
  const found = moved('deprecated-version', root, message, other === kind ? home : undefined, text);
  // Without a date nothing is urgent.
  return found && { ...found, severity: removed === undefined ? 'hint' : 'warning' };
}

/** Where the group has the kind to stay. */
const stableHome = (apiVersion: string, kind: string, catalog: Catalog): string | undefined =>
  catalog.apiVersionsOf(kind).find((home) => groupOf(home) === groupOf(apiVersion) && !/alpha|beta/.test(home));

const minorOf = (version: string): number => Number(version.split('.')[1]);

/** `policy/v1/PodDisruptionBudget` → apiVersion and kind. */
const splitKind = (replacement: string): [string, string] => {
  const at = replacement.lastIndexOf('/');
  return [replacement.slice(0, at), replacement.slice(at + 1)];
};

/** What judges objects of a kind; undefined when no schema is known. */
export function judgeOf(apiVersion: string, kind: string, { catalog, custom }: Context): Judge | undefined {
  const schema = catalog.schemaOf(apiVersion, kind);
  if (schema !== undefined) return { schema, dialect: catalog.dialect, source: catalog.sourceOf(apiVersion) };
  for (const kinds of custom) {
    const own = Object.hasOwn(kinds, apiVersion) ? kinds[apiVersion]! : {};
    if (Object.hasOwn(own, kind)) return customJudge(own[kind]!, kind, catalog.dialect);
  }
  return undefined;
}

/** `kubectl get -o yaml` writes objects of any kinds into one `List`. */
function validateItems(root: YamlNode, path: string, yaml: YamlText, context: Context, found: Found[]): number {
  const items = entryOf(root, 'items')?.value;
  if (items?.kind !== 'list') return 0;
  let checked = 0;
  items.items.forEach((item, index) => {
    if (item.kind === 'map') checked += validateObject(item, join(path, `items[${index}]`), yaml, context, found);
  });
  return checked;
}

const join = (path: string, rest: string): string => (path === '' || rest === '' ? path + rest : `${path}.${rest}`);

/** The server drops `status` when an object is written: it only has to be readable. */
const isIgnoredByServer = ({ code, path }: SchemaFinding): boolean => path.startsWith('status.') && !isUnreadable(code);

const unreadable = new Set<SchemaFinding['code']>(['unknown-field', 'wrong-type', 'wrong-format']);
const isUnreadable = (code: SchemaFinding['code']): boolean => unreadable.has(code);

function kindProblem(
  root: YamlNode,
  apiVersion: string | undefined,
  kind: string | undefined,
  text: string,
  catalog: Catalog,
): Found | undefined {
  const apiVersionEntry = entryOf(root, 'apiVersion');
  const kindEntry = entryOf(root, 'kind');
  if (apiVersion === undefined) {
    return atEntry('missing-api-version', apiVersionEntry ?? kindEntry, t('The field "apiVersion" is missing.'));
  }
  if (kind === undefined) {
    return atEntry('missing-kind', kindEntry ?? apiVersionEntry, t('The field "kind" is missing.'));
  }
  return (
    removedVersion(root, apiVersion, kind, text, catalog) ??
    wrongApiVersion(apiVersion, kind, apiVersionEntry, catalog) ??
    wrongKind(apiVersion, kind, kindEntry, catalog) ??
    unknownVersion(apiVersion, kind, apiVersionEntry, catalog) ??
    withoutSchema(apiVersion, kind, kindEntry)
  );
}

/** Kubernetes had this version once. */
function removedVersion(
  root: YamlNode,
  apiVersion: string,
  kind: string,
  text: string,
  catalog: Catalog,
): Found | undefined {
  const { removed, replacement } = catalog.lifecycleOf(apiVersion, kind) ?? {};
  if (removed === undefined || replacement === undefined) return undefined;
  const [home, other] = splitKind(replacement);
  const message = t('{0} {1} was removed in Kubernetes {2}; use {3}.', apiVersion, kind, removed, `${home} ${other}`);
  return moved('unknown-api-version', root, message, other === kind ? home : undefined, text);
}

/** Marks the version; the fix moves the object to its new home, with all that changes there. */
function moved(
  code: FindingCode,
  root: YamlNode,
  message: string,
  home: string | undefined,
  text: string,
): Found | undefined {
  const found = atEntry(code, entryOf(root, 'apiVersion'), message);
  const fix = home === undefined ? undefined : rewritten(root, text, home);
  return found && { ...found, ...(fix && { fix }) };
}

/** `apiVersion: v1, kind: Deployment`: a kind of Kubernetes' own in the wrong group or version. */
function wrongApiVersion(
  apiVersion: string,
  kind: string,
  entry: YamlEntry | undefined,
  catalog: Catalog,
): Found | undefined {
  const homes = catalog.apiVersionsOf(kind);
  // Other groups may have kinds of the same name (Knative's Service): only Kubernetes' own groups are judged.
  if (homes.length === 0 || !isOwnGroup(apiVersion, catalog)) return undefined;
  const message = t(
    'Kubernetes {0} has no {1} in {2}; it is in {3}.',
    catalog.version,
    kind,
    apiVersion,
    homes.join(', '),
  );
  return atEntry('unknown-api-version', entry, message, bestHome(homes));
}

/** Stable versions before betas before alphas. */
const bestHome = (homes: readonly string[]): string | undefined =>
  homes.find((home) => !/alpha|beta/.test(home)) ?? homes.find((home) => !home.includes('alpha')) ?? homes[0];

/** `apiVersion: apps/v1, kind: Deploymnet`. */
function wrongKind(
  apiVersion: string,
  kind: string,
  entry: YamlEntry | undefined,
  catalog: Catalog,
): Found | undefined {
  const kinds = catalog.kindsOf(apiVersion);
  if (kinds.length === 0) return undefined;
  const near =
    nearest(kind, kinds) ??
    nearest(
      kind,
      catalog.apiVersions.flatMap((each) => catalog.kindsOf(each)),
    );
  const unknown = t('Kubernetes {0} has no kind "{1}" in {2}.', catalog.version, kind, apiVersion);
  const message = near === undefined ? unknown : t('{0} Did you mean "{1}"?', unknown, near);
  return atEntry('unknown-kind', entry, message, near);
}

/** `apps/v3`: a group of Kubernetes' own in a version it does not have. */
function unknownVersion(
  apiVersion: string,
  kind: string,
  entry: YamlEntry | undefined,
  catalog: Catalog,
): Found | undefined {
  if (!isOwnGroup(apiVersion, catalog)) return undefined;
  const known = catalog.apiVersions.filter((each) => groupOf(each) === groupOf(apiVersion));
  const message = t('Kubernetes {0} has no {1}, so no {2} in it.', catalog.version, apiVersion, kind);
  return atEntry('unknown-api-version', entry, message, nearest(apiVersion, known) ?? bestHome(known));
}

/** Everything else is taken for a custom resource. */
function withoutSchema(apiVersion: string, kind: string, entry: YamlEntry | undefined): Found | undefined {
  const message = t('No schema is known for {0} in {1}; this object is not checked.', kind, apiVersion);
  const found = atEntry('no-schema', entry, message);
  return found && { ...found, severity: 'hint' };
}

const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? apiVersion.split('/')[0]! : '');

/** Groups of custom resources have a dot (the API server asks for it): one without is Kubernetes' own, or a slip. */
function isOwnGroup(apiVersion: string, catalog: Catalog): boolean {
  const group = groupOf(apiVersion);
  return !group.includes('.') || catalog.apiVersions.some((each) => groupOf(each) === group);
}

function atEntry(code: FindingCode, entry: YamlEntry | undefined, message: string, text?: string): Found | undefined {
  if (entry === undefined) return undefined;
  const missing = code === 'missing-api-version' || code === 'missing-kind';
  const range = missing ? entry.keyRange : entry.value.range;
  const fix: Replacement | undefined = text === undefined ? undefined : { range, text };
  const path = missing ? (code === 'missing-kind' ? 'kind' : 'apiVersion') : entry.key;
  return { code, severity: 'error', range, message, path, ...(fix && { fix }) };
}
