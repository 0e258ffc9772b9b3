/** Practice rules about the pods of a workload. */
import { t } from '../../core/l10n.ts';
import { itemsAt, numberAt, plainValue, scalarAt, type Step, textAt, valueAt } from '../../core/yaml/read.ts';
import { quoted } from '../../core/yaml/text.ts';
import type { YamlMap, YamlNode } from '../../core/yaml/tree.ts';
import { podSpecOf } from '../objects.ts';
import { type Advise, inText } from './advice.ts';
import { inserted } from '../../core/yaml/insert.ts';

/** Those that run on and answer requests: a Job ends, a DaemonSet belongs to its node. */
const services = new Set(['Deployment', 'StatefulSet', 'Rollout']);

export function advisePods(root: YamlNode, text: string, advise: Advise): void {
  const spec = podSpecOf(root);
  const pod = spec && valueAt(root, ...spec);
  if (spec === undefined || pod?.kind !== 'map') return;
  const kind = textAt(root, 'kind')!;
  hostAccess(root, spec, advise);
  const isService = services.has(kind);
  if (isService) gracePeriod(root, spec, text, advise);
  if (isService && kind !== 'StatefulSet') spread(root, spec, advise);
  for (const list of ['initContainers', 'containers'])
    itemsAt(root, ...spec, list).forEach((container, i) => {
      if (container.kind !== 'map') return;
      const at = [...spec, list, i];
      image(container, at, advise);
      security(root, spec, container, at, text, advise);
      if (list !== 'containers') return;
      requests(container, at, text, advise);
      sameProbes(container, at, text, advise);
      if (isService && itemsAt(container, 'ports').length > 0) readiness(container, at, text, advise);
    });
}

function requests(container: YamlMap, at: readonly Step[], text: string, advise: Advise): void {
  const missing = [
    ...['cpu', 'memory']
      .filter(
        (name) =>
          valueAt(container, 'resources', 'requests', name) === undefined &&
          valueAt(container, 'resources', 'limits', name) === undefined,
      )
      .map((name) => `requests.${name}`),
    ...(valueAt(container, 'resources', 'limits', 'memory') === undefined ? ['limits.memory'] : []),
  ];
  if (missing.length === 0) return;
  const whole = valueAt(container, 'resources') === undefined && valueAt(container, 'name') !== undefined;
  const fix = whole
    ? inserted(text, container, 'resources', {
        requests: { cpu: '100m', memory: '128Mi' },
        limits: { memory: '128Mi' },
      })
    : undefined;
  const where = valueAt(container, 'resources') === undefined ? [...at, 'name'] : [...at, 'resources'];
  advise('no-requests', where, t('Container {0} has no {1}.', nameOf(container), missing.join(', ')), fix);
}

function image(container: YamlMap, at: readonly Step[], advise: Advise): void {
  const name = textAt(container, 'image');
  if (name === undefined || name === '' || name.includes('@') || /[$<{]/.test(name)) return;
  const tag = /:([^/:]+)$/.exec(name)?.[1];
  if (tag === undefined)
    advise(
      'image-tag',
      [...at, 'image'],
      t('The image {0} has no tag, so it is "latest", whatever that is by then.', quoted(name)),
    );
  else if (tag === 'latest')
    advise('image-tag', [...at, 'image'], t('The image {0} is another one tomorrow: name a version.', quoted(name)));
}

const handlers = ['httpGet', 'tcpSocket', 'grpc', 'exec'];

function readiness(container: YamlMap, at: readonly Step[], text: string, advise: Advise): void {
  if (valueAt(container, 'readinessProbe') !== undefined) return;
  const ports = itemsAt(container, 'ports');
  const port = textAt(ports[0], 'name') ?? numberAt(ports[0], 'containerPort');
  // What a running process answers only its author knows; that the port is open is the least.
  const fix =
    port === undefined ? undefined : inserted(text, container, 'readinessProbe', { tcpSocket: { port: String(port) } });
  advise(
    'no-readiness',
    [...at, 'name'],
    t('Container {0} has ports and no readinessProbe: it gets requests before it can answer.', nameOf(container)),
    fix,
  );
}

/** The same question, asked as often and given up as soon. */
function sameProbes(container: YamlMap, at: readonly Step[], text: string, advise: Advise): void {
  const [live, ready] = [valueAt(container, 'livenessProbe'), valueAt(container, 'readinessProbe')];
  if (live?.kind !== 'map' || ready === undefined) return;
  const asked = (probe: YamlNode): string =>
    JSON.stringify(
      handlers.map((name) => {
        const own = valueAt(probe, name);
        return own && plainValue(own);
      }),
    );
  const patience = (probe: YamlNode): number =>
    (numberAt(probe, 'periodSeconds') ?? 10) * (numberAt(probe, 'failureThreshold') ?? 3) +
    (numberAt(probe, 'initialDelaySeconds') ?? 0);
  if (asked(live) !== asked(ready) || patience(live) > patience(ready)) return;
  const threshold = numberAt(ready, 'failureThreshold') ?? 3;
  const own = valueAt(live, 'failureThreshold');
  const fix =
    own === undefined
      ? inserted(text, live, 'failureThreshold', String(threshold * 3))
      : { range: own.range, text: String(threshold * 3) };
  advise(
    'same-probes',
    [...at, 'livenessProbe'],
    t('The liveness probe restarts {0} as soon as the readiness probe takes it out of the Service.', nameOf(container)),
    fix,
  );
}

function gracePeriod(root: YamlNode, spec: readonly Step[], text: string, advise: Advise): void {
  const grace = numberAt(root, ...spec, 'terminationGracePeriodSeconds') ?? 30;
  itemsAt(root, ...spec, 'containers').forEach((container, i) => {
    if (container.kind !== 'map') return;
    const at = [...spec, 'containers', i];
    const preStop = valueAt(container, 'lifecycle', 'preStop');
    const sleep = preStop && sleepOf(preStop);
    if (sleep !== undefined && sleep >= grace)
      advise(
        'grace-too-short',
        [...at, 'lifecycle', 'preStop'],
        t(
          'The preStop hook takes {0} s of a grace period of {1} s: the service is killed before it can finish.',
          sleep,
          grace,
        ),
      );
    else if (preStop === undefined && itemsAt(container, 'ports').length > 0) {
      const fix =
        valueAt(container, 'lifecycle') === undefined
          ? inserted(text, container, 'lifecycle', { preStop: { sleep: { seconds: '5' } } })
          : undefined;
      advise(
        'no-pre-stop',
        [...at, 'name'],
        t(
          'Container {0} ends while requests are still sent to it: let a preStop hook wait some seconds.',
          nameOf(container),
        ),
        fix,
      );
    }
  });
}

/** Seconds the hook sleeps, when it says so. */
function sleepOf(preStop: YamlNode): number | undefined {
  const command = itemsAt(preStop, 'exec', 'command')
    .map((part) => String(scalarAt(part) ?? ''))
    .join(' ');
  const slept = /\bsleep\s+(\d+)/.exec(command)?.[1];
  return numberAt(preStop, 'sleep', 'seconds') ?? (slept === undefined ? undefined : Number(slept));
}

function security(
  root: YamlNode,
  spec: readonly Step[],
  container: YamlMap,
  at: readonly Step[],
  text: string,
  advise: Advise,
): void {
  if (scalarAt(container, 'securityContext', 'privileged') === true) {
    advise(
      'privileged',
      [...at, 'securityContext', 'privileged'],
      t('Container {0} is privileged: it controls its node.', nameOf(container)),
    );
    return;
  }
  const own = (field: string): unknown =>
    scalarAt(container, 'securityContext', field) ?? scalarAt(root, ...spec, 'securityContext', field);
  const user = own('runAsUser');
  const isUser = own('runAsNonRoot') === true || (typeof user === 'number' && user > 0);
  if (isUser) return;
  const context = valueAt(container, 'securityContext');
  const fix =
    context === undefined
      ? inserted(text, container, 'securityContext', { runAsNonRoot: 'true', allowPrivilegeEscalation: 'false' })
      : context.kind === 'map' && valueAt(context, 'runAsNonRoot') === undefined
        ? inserted(text, context, 'runAsNonRoot', 'true')
        : undefined;
  const where = context === undefined ? [...at, 'name'] : [...at, 'securityContext'];
  advise('runs-as-root', where, t('Container {0} may run as root.', nameOf(container)), fix);
}

const sensitivePaths =
  /^\/(?:$|etc|root|proc|sys|dev|var\/run\/docker\.sock|run\/containerd|var\/lib\/(?:kubelet|docker))/;

function hostAccess(root: YamlNode, spec: readonly Step[], advise: Advise): void {
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'])
    if (scalarAt(root, ...spec, field) === true)
      advise(
        'host-access',
        inText(root, [...spec, field]),
        t('"{0}: true" lets the pod see and change what belongs to others on its node.', field),
      );
  itemsAt(root, ...spec, 'volumes').forEach((volume, i) => {
    const path = textAt(volume, 'hostPath', 'path');
    if (path !== undefined && sensitivePaths.test(path))
      advise(
        'host-access',
        [...spec, 'volumes', i, 'hostPath', 'path'],
        t('The path {0} of the node gives the pod power over it.', path),
      );
  });
}

function spread(root: YamlNode, spec: readonly Step[], advise: Advise): void {
  const replicas = numberAt(root, 'spec', 'replicas') ?? 1;
  if (replicas < 2 || itemsAt(root, ...spec, 'topologySpreadConstraints').length > 0) return;
  if (valueAt(root, ...spec, 'affinity', 'podAntiAffinity') !== undefined) return;
  advise('no-spread', ['spec', 'replicas'], t('{0} replicas may all run on one node.', replicas));
}

const nameOf = (container: YamlMap): string => quoted(textAt(container, 'name') ?? '');
