/** Images and ports that manifests name. */
import type { KubeObject } from './apiCall.ts';
import { at, isMap, listAt, numberAt, textAt } from './fields.ts';

/** Where the template of pods stands, by what makes pods of it. */
const templates = [
  ['spec', 'template', 'spec'],
  ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
] as const;
const lists = ['initContainers', 'containers'] as const;

/** The images that a workload's containers name, each once. */
export const imagesOf = (object: KubeObject): string[] => [
  ...new Set(
    templates
      .flatMap((path) => lists.flatMap((list) => listAt(object, ...path, list)))
      .map((container) => textAt(container, 'image'))
      .filter((image) => image !== ''),
  ),
];

/**
 * The object with another image in each container that names `image`. A node that has it is not to look for it anywhere
 * else, so it is pulled only where it is missing.
 */
export function withImage(object: KubeObject, image: string, by: string): KubeObject {
  if (!imagesOf(object).includes(image)) return object;
  const copy = structuredClone(object);
  for (const path of templates) {
    for (const container of lists.flatMap((list) => listAt(copy, ...path, list))) {
      if (isMap(container) && container['image'] === image) {
        Object.assign(container, { image: by, imagePullPolicy: 'IfNotPresent' });
      }
    }
  }
  return copy;
}

/** TCP ports that something may connect to: of a Service its own, of a workload those of its containers. */
export function portsOf(object: KubeObject): number[] {
  const isService = object.kind === 'Service' && object.apiVersion === 'v1';
  const [named, field] = isService
    ? [listAt(object, 'spec', 'ports'), 'port']
    : [
        listAt(object, 'spec', 'template', 'spec', 'containers').flatMap((each) => listAt(each, 'ports')),
        'containerPort',
      ];
  return named
    .filter((port) => at(port, 'protocol') === undefined || textAt(port, 'protocol') === 'TCP')
    .flatMap((port) => numberAt(port, field) ?? []);
}
