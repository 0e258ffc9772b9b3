/** The variant of a workload whose program Delve holds: one pod, left in peace by the kubelet while a breakpoint holds it. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { KubeObject } from '../actions/apiCall.ts';
import { isMap, listAt, textAt } from '../actions/fields.ts';
import { sessionLabel, specOf } from './loan.ts';

/** Whether a container's image is the one that is looked for. */
export type IsImage = (image: string) => boolean;

/** What a workload's container is told to run in place of what its image says. */
export interface RunBy {
  readonly command: readonly string[];
  readonly args: readonly string[];
}

export function runBy(workload: KubeObject, isImage: IsImage): RunBy {
  const container = listAt(workload, 'spec', 'template', 'spec', 'containers').find((each) => isImage(textAt(each, 'image'))); // prettier-ignore
  if (container === undefined) {
    throw new Failure('notFound', t('No container of {0} runs the image that is built here.', workload.metadata.name));
  }
  const texts = (field: string): string[] => listAt(container, field).map(String);
  return { command: texts('command'), args: texts('args') };
}

/**
 * @param image that of the debugger, with `command` starting it
 * @param session on the pods, so that what was made for it is found
 */
export function debuggedSpec(
  workload: KubeObject,
  isImage: IsImage,
  {
    image,
    command,
    session,
  }: { readonly image: string; readonly command: readonly string[]; readonly session: string },
): Record<string, unknown> {
  const spec = structuredClone(specOf(workload));
  const template = isMap(spec['template']) ? spec['template'] : {};
  const metadata = isMap(template['metadata']) ? template['metadata'] : {};
  const pods = isMap(template['spec']) ? template['spec'] : {};
  const containers = listAt(pods, 'containers').map((container) =>
    isMap(container) && isImage(textAt(container, 'image')) ? debugged(container, image, command) : container,
  );
  return {
    ...spec,
    ...(workload.kind === 'DaemonSet' ? {} : { replicas: 1 }),
    template: {
      ...template,
      metadata: { ...metadata, labels: { ...(isMap(metadata['labels']) ? metadata['labels'] : {}), [sessionLabel]: session } }, // prettier-ignore
      spec: { ...pods, containers },
    },
  };
}

function debugged(
  container: Record<string, unknown>,
  image: string,
  command: readonly string[],
): Record<string, unknown> {
  const {
    // A program that stands at a breakpoint answers nobody: it would be killed, or taken out of its Service.
    livenessProbe: _,
    readinessProbe: __,
    startupProbe: ___,
    // In the command already.
    args: ____,
    resources,
    ...rest
  } = container;
  // Delve and a program with nothing optimised away need more than the service is given.
  const requests = isMap(resources) && isMap(resources['requests']) ? { resources: { requests: resources['requests'] } } : {}; // prettier-ignore
  return { ...rest, ...requests, image, imagePullPolicy: 'IfNotPresent', command };
}
