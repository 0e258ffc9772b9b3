/** How a Service is led to this machine: which ports a pod of ours takes over, and what that pod is. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { KubeObject } from '../actions/apiCall.ts';
import { listAt, numberAt, textAt, textsAt } from '../actions/fields.ts';
import { specOf, sessionLabel } from '../loans/loan.ts';
import { standInName } from '../loans/lending.ts';

/** Where a person wants requests to go. */
export interface Wanted {
  /** Port of this machine's loopback. */
  readonly to: number;
  /** Number or name of the Service's port; its only one, or the first, when left out. */
  readonly port?: string | undefined;
}

/** One port of the Service, and where it leads inside of a pod. */
export interface Taken {
  readonly port: number;
  /** The port's name where the Service asks pods for a name. */
  readonly target: string;
  readonly listen: number;
}

/** Named ports get numbers from here on in a pod of ours. */
const firstNamed = 20_000;

/**
 * The port of the Service that is led here. Its other ports answer nobody meanwhile, for a Service has one selector.
 * Throws Failure `invalid` for a Service that leads to no pods, or has no such port.
 */
export function takenPort(service: KubeObject, wanted?: string): Taken {
  const name = service.metadata.name;
  if (Object.keys(textsAt(service, 'spec', 'selector')).length === 0) {
    throw new Failure('invalid', t('{0} has no selector: it leads to no pods that could be replaced.', name));
  }
  const ports = listAt(service, 'spec', 'ports').filter((port) => ['', 'TCP'].includes(textAt(port, 'protocol')));
  const found = wanted === undefined ? ports[0] : ports.find((port) => [textAt(port, 'port'), textAt(port, 'name')].includes(wanted)); // prettier-ignore
  if (found === undefined) {
    const known = ports.map((port) => textAt(port, 'port')).join(', ') || t('none');
    throw new Failure('notFound', t('Service {0} has no TCP port {1}. It has: {2}', name, wanted ?? '', known));
  }
  const port = numberAt(found, 'port') ?? 0;
  const target = textAt(found, 'targetPort');
  const number = target === '' ? port : Number(target);
  return Number.isInteger(number) ? { port, target: '', listen: number } : { port, target, listen: firstNamed };
}

/** The port of the pod's loopback where this machine waits; not one that is taken. */
export const controlPort = ({ listen }: Taken): number => (listen === firstNamed + 1 ? firstNamed + 2 : firstNamed + 1);

/** The Service's spec while it is intercepted. */
export const interceptedSpec = (service: KubeObject, session: string): Record<string, unknown> => ({
  ...specOf(service),
  selector: { [sessionLabel]: session },
});

/** The pod that the Service leads to. It goes with the Service; nothing is pulled for it. */
export function standIn(service: KubeObject, taken: Taken, session: string, image: string): object {
  const { name, namespace, uid } = service.metadata;
  const named = taken.target === '' ? {} : { name: taken.target };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: standInName(session),
      namespace,
      labels: { [sessionLabel]: session },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid }],
    },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
        // A Service may ask pods for port 80.
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      },
      containers: [
        {
          name: 'relay',
          image,
          imagePullPolicy: 'IfNotPresent',
          args: [String(controlPort(taken)), String(taken.listen)],
          ports: [{ ...named, containerPort: taken.listen }],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}
