/**
 * Moving an object from a version that is going, or gone, to the one that took its place: by hand it takes a page of the
 * migration guide. Only what keeps its meaning is rewritten; where a person has to decide there is no rewrite.
 */
import { t } from '../core/l10n.ts';
import { lookup } from '../core/lookup.ts';
import { replaceRanges } from '../core/yaml/edit.ts';
import { inserted, written, type Written } from '../core/yaml/insert.ts';
import { itemsAt, numberAt, stringsAt, textAt, valueAt } from '../core/yaml/read.ts';
import type { Replacement } from '../core/yaml/schema.ts';
import { entryOf, type YamlMap, type YamlNode } from '../core/yaml/tree.ts';

/** What changes beside `apiVersion`; undefined when that cannot be done mechanically. */
type Changes = (root: YamlNode, text: string, from: string) => Replacement[] | undefined;

/** By the kind and the version it goes to. */
const changesTo: Readonly<Record<string, Changes>> = lookup({
  'networking.k8s.io/v1 Ingress': ingress,
  'autoscaling/v2 HorizontalPodAutoscaler': autoscaler,
  'apps/v1 Deployment': workload,
  'apps/v1 DaemonSet': workload,
  'apps/v1 ReplicaSet': workload,
  'apps/v1 StatefulSet': workload,
  // Their old versions had defaults that the new ones refuse, or schemas that somebody has to write.
  'apiextensions.k8s.io/v1 CustomResourceDefinition': () => undefined,
  'admissionregistration.k8s.io/v1 MutatingWebhookConfiguration': () => undefined,
  'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration': () => undefined,
});

/** One replacement that moves the object to `home`; undefined where that is not a mechanical matter. */
export function rewritten(root: YamlNode, text: string, home: string): Replacement | undefined {
  const version = entryOf(root, 'apiVersion')?.value;
  const name = `${home} ${textAt(root, 'kind')}`;
  if (version === undefined) return undefined;
  const changes = Object.hasOwn(changesTo, name) ? changesTo[name]!(root, text, textAt(root, 'apiVersion') ?? '') : [];
  if (changes === undefined) return undefined;
  const whole = joined(text, [{ range: version.range, text: home }, ...changes]);
  return changes.length === 0 ? whole : { ...whole, title: t('Rewrite as {0}', home) };
}

/** All of them as one, from where the first begins to where the last ends. */
function joined(text: string, parts: readonly Replacement[]): Replacement {
  const start = Math.min(...parts.map(({ range }) => range.start));
  const end = Math.max(...parts.map(({ range }) => range.end));
  const shifted = parts.map(({ range, text: own }) => ({
    range: { start: range.start - start, end: range.end - start },
    text: own,
  }));
  return { range: { start, end }, text: replaceRanges(text.slice(start, end), shifted) };
}

function ingress(root: YamlNode, text: string): Replacement[] | undefined {
  const changes: (Replacement | undefined)[] = [];
  const backend = (node: YamlNode | undefined): void => {
    if (node?.kind === 'map' && textAt(node, 'serviceName') !== undefined) changes.push(serviceBackend(node, text));
  };
  const whole = valueAt(root, 'spec')?.kind === 'map' ? entryOf(valueAt(root, 'spec'), 'backend') : undefined;
  if (whole !== undefined) changes.push({ range: whole.keyRange, text: 'defaultBackend' });
  backend(whole?.value);
  for (const rule of itemsAt(root, 'spec', 'rules'))
    for (const path of itemsAt(rule, 'http', 'paths')) {
      backend(valueAt(path, 'backend'));
      // What the old version took it for.
      if (path.kind === 'map' && textAt(path, 'pathType') === undefined)
        changes.push(inserted(text, path, 'pathType', 'ImplementationSpecific'));
    }
  return complete(changes);
}

function serviceBackend(backend: YamlMap, text: string): Replacement | undefined {
  const port = valueAt(backend, 'servicePort');
  if (port?.kind !== 'scalar' || backend.entries.length > 2) return undefined;
  const key = typeof port.value === 'number' ? 'number' : 'name';
  const service = { name: source(valueAt(backend, 'serviceName')!, text), port: { [key]: source(port, text) } };
  return written(text, backend, { service });
}

function autoscaler(root: YamlNode, text: string, from: string): Replacement[] | undefined {
  if (from !== 'autoscaling/v2beta1') return [];
  return complete(
    itemsAt(root, 'spec', 'metrics').map((metric) => {
      const resource = valueAt(metric, 'resource');
      const name = resource && valueAt(resource, 'name');
      if (resource?.kind !== 'map' || name === undefined || resource.entries.length !== 2) return undefined;
      const [use, amount] = [valueAt(resource, 'targetAverageUtilization'), valueAt(resource, 'targetAverageValue')];
      const target: Written | undefined =
        use !== undefined
          ? { type: 'Utilization', averageUtilization: source(use, text) }
          : amount && { type: 'AverageValue', averageValue: source(amount, text) };
      return target && written(text, resource, { name: source(name, text), target });
    }),
  );
}

/** The old versions selected by the template's labels when nothing was said. */
function workload(root: YamlNode, text: string): Replacement[] | undefined {
  const spec = valueAt(root, 'spec');
  if (spec?.kind !== 'map') return undefined;
  if (valueAt(spec, 'selector') !== undefined)
    return numberAt(spec, 'rollbackTo', 'revision') === undefined ? [] : undefined;
  const labels = stringsAt(spec, 'template', 'metadata', 'labels');
  if (labels.size === 0) return undefined;
  const matchLabels = Object.fromEntries([...labels].map(([key, value]) => [key, JSON.stringify(value)]));
  return complete([inserted(text, spec, 'selector', { matchLabels })]);
}

const source = ({ range }: YamlNode, text: string): string => text.slice(range.start, range.end).trim();

const complete = (changes: readonly (Replacement | undefined)[]): Replacement[] | undefined =>
  changes.some((each) => each === undefined) ? undefined : (changes as Replacement[]);
