/** A container that is added to a running pod to look into it: where the image has no shell, the debugger brings one. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { objectPath } from '../apiResource.ts';
import { remoteRequest } from '../streams/remoteCommand.ts';
import { type Action, isKind, onObject } from './action.ts';
import { type KubeObject, streamCall } from './apiCall.ts';
import { strategicPatch } from './change.ts';
import { inNamespace, kubectl } from './commandLine.ts';
import { at, listAt, textAt } from './fields.ts';
import { placeOf } from './look.ts';
import { usualContainer } from './pods.ts';

/** What the container may do, by the names and the rules of `kubectl debug --profile`. */
export const debugProfiles = {
  /** Reads the memory of the container that it looks into. */
  general: { capabilities: { add: ['SYS_PTRACE'] } },
  /** What namespaces admit that enforce the Pod Security Standard `restricted`. */
  restricted: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  },
} as const;

export interface Debugger {
  readonly image: string;
  /** Its own name. */
  readonly name: string;
  /** The container whose processes it sees. */
  readonly target: string;
  readonly profile: keyof typeof debugProfiles;
}

/** What stands in the question for an image where the person has no wish of their own. */
export const usualDebugImage = 'busybox:stable';

export const debug: Action<Debugger> = {
  id: 'debug',
  title: () => t('Debug Container'),
  effect: 'change',
  applies: isKind('Pod'),
  rows: ['container'],
  needs: onObject('patch', '/ephemeralcontainers'),
  example: ({ object }) => ({
    image: usualDebugImage,
    name: debuggerName(object),
    target: usualContainer(object),
    profile: 'general',
  }),
  plan: ({ ref, target: server }, { image, name, target, profile }) => {
    const container = {
      name,
      image,
      stdin: true,
      tty: true,
      targetContainerName: target,
      terminationMessagePolicy: 'File',
      securityContext: debugProfiles[profile],
    };
    const place = { namespace: ref.namespace, pod: ref.name, container: name };
    return {
      calls: [
        {
          method: 'PATCH',
          path: `${objectPath(ref)}/ephemeralcontainers`,
          type: strategicPatch,
          body: { spec: { ephemeralContainers: [container] } },
          what: t('add a container to {0}', placeOf(ref)),
        },
        streamCall(remoteRequest(place, { command: undefined, stdin: true, tty: true })),
      ],
      kubectl: kubectl(server, [
        ...inNamespace(ref),
        ...['debug', '-it', ref.name, `--image=${image}`, `--target=${target}`, '-c', name, `--profile=${profile}`],
      ]),
    };
  },
};

/** A name that no container of the pod has: those that were added stay in it. */
export function debuggerName(pod: KubeObject): string {
  const taken = new Set(listAt(pod, 'spec', 'ephemeralContainers').map((each) => textAt(each, 'name')));
  for (let number = 1; ; number++) {
    const name = `debugger-${number}`;
    if (!taken.has(name)) return name;
  }
}

/** Whether a refusal is of a namespace that admits only what the restricted profile asks for. */
export const isPodSecurity = (error: unknown): boolean =>
  error instanceof Failure && error.kind === 'forbidden' && /violates PodSecurity/i.test(error.message);

/** Reasons for which a container will not start without somebody's help. */
const hopeless =
  /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|Create\w*Error|RunContainerError)$/;

/** Whether an added container can be attached to; false while it is being started. Throws Failure when it never will. */
export function isDebuggerReady(pod: KubeObject, name: string): boolean {
  const status = listAt(pod, 'status', 'ephemeralContainerStatuses').find((each) => textAt(each, 'name') === name);
  if (at(status, 'state', 'running') !== undefined) return true;
  const ended = at(status, 'state', 'terminated');
  if (ended !== undefined) {
    const reason = textAt(ended, 'message') || textAt(ended, 'reason');
    throw new Failure('invalid', t('The container ended at once: {0}. Choose an image with a shell.', reason));
  }
  const waiting = at(status, 'state', 'waiting');
  if (hopeless.test(textAt(waiting, 'reason'))) {
    const reason = textAt(waiting, 'message') || textAt(waiting, 'reason');
    throw new Failure('invalid', t('The container cannot start: {0} Choose an image that the node can pull.', reason));
  }
  return false;
}
