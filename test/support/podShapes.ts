/** Pods in every state that changes what kubectl prints; the same table is held against a real server. */
import type { ApiContainerStatus, ApiPod } from '../../src/kubernetes/api.ts';

export interface Shape {
  readonly phase?: string;
  readonly reason?: string;
  readonly deleted?: boolean;
  readonly conditions?: readonly { readonly type: string; readonly status?: string; readonly reason?: string }[];
  readonly main?: readonly Omit<ApiContainerStatus, 'name'>[];
  readonly init?: readonly (Omit<ApiContainerStatus, 'name'> & { readonly sidecar?: boolean })[];
}

/** The pod as the API would give it. */
export function toPod({ phase = 'Running', reason, deleted, conditions, main = [], init = [] }: Shape): ApiPod {
  return {
    metadata: { name: 'p', ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    spec: {
      containers: main.length > 0 ? main.map((_, i) => ({ name: `c${i}` })) : [{ name: 'c0' }],
      initContainers: init.map(({ sidecar }, i) => ({
        name: `i${i}`,
        ...(sidecar ? { restartPolicy: 'Always' } : {}),
      })),
    },
    status: {
      phase,
      ...(reason === undefined ? {} : { reason }),
      ...(conditions === undefined ? {} : { conditions }),
      containerStatuses: main.map((status, i) => ({ name: `c${i}`, ...status })),
      initContainerStatuses: init.map((status, i) => ({ name: `i${i}`, ...status, sidecar: undefined })),
    },
  };
}

const running = { ready: true, state: { running: {} } };
const notReady = { ready: false, state: { running: {} } };
const waiting = (reason?: string) => ({ ready: false, state: { waiting: reason === undefined ? {} : { reason } } });
const ended = (reason: string | undefined, exitCode = 0, signal = 0) => ({
  ready: false,
  state: { terminated: { exitCode, signal, ...(reason === undefined ? {} : { reason }) } },
});
const readyCondition = [{ type: 'Ready', status: 'True' }];
const initialized = [{ type: 'Initialized', status: 'True' }];

/** What kubectl 1.34 prints in READY, STATUS and RESTARTS for each shape. */
export const shapes: readonly (readonly [string, Shape, string])[] = [
  ['running', { main: [running] }, '1/1 Running 0'],
  ['one of two ready', { main: [running, notReady] }, '1/2 Running 0'],
  ['pending, not scheduled', { phase: 'Pending' }, '0/1 Pending 0'],
  ['creating', { phase: 'Pending', main: [waiting('ContainerCreating')] }, '0/1 ContainerCreating 0'],
  ['image cannot be pulled', { phase: 'Pending', main: [waiting('ImagePullBackOff')] }, '0/1 ImagePullBackOff 0'],
  ['crash loop', { main: [{ ...waiting('CrashLoopBackOff'), restartCount: 7 }] }, '0/1 CrashLoopBackOff 7'],
  ['the first container that waits wins', { main: [waiting('A'), waiting('B')] }, '0/2 A 0'],
  ['completed', { phase: 'Succeeded', main: [ended('Completed')] }, '0/1 Completed 0'],
  ['failed', { phase: 'Failed', main: [ended('Error', 1)] }, '0/1 Error 0'],
  ['out of memory', { main: [ended('OOMKilled', 137)] }, '0/1 OOMKilled 0'],
  ['exit code without a reason', { phase: 'Failed', main: [ended(undefined, 3)] }, '0/1 ExitCode:3 0'],
  ['signal without a reason', { phase: 'Failed', main: [ended(undefined, 0, 9)] }, '0/1 Signal:9 0'],
  ['evicted', { phase: 'Failed', reason: 'Evicted' }, '0/1 Evicted 0'],
  ['one done, one runs, ready', { main: [ended('Completed'), running], conditions: readyCondition }, '1/2 Running 0'],
  ['one done, one runs, not ready', { main: [ended('Completed'), running] }, '1/2 NotReady 0'],
  ['terminating', { deleted: true, main: [running] }, '1/1 Terminating 0'],
  ['deleted after it succeeded', { deleted: true, phase: 'Succeeded', main: [ended('Completed')] }, '0/1 Completed 0'],
  ['node lost', { deleted: true, reason: 'NodeLost', main: [running] }, '1/1 Unknown 0'],
  [
    'scheduling gated',
    { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
    '0/1 SchedulingGated 0',
  ],
  [
    'first of two inits runs',
    { phase: 'Pending', init: [notReady, waiting()], main: [waiting('PodInitializing')] },
    '0/1 Init:0/2 0',
  ],
  [
    'second of two inits waits',
    { phase: 'Pending', init: [ended('Completed'), waiting('PodInitializing')] },
    '0/1 Init:1/2 0',
  ],
  ['init fails', { phase: 'Pending', init: [{ ...ended('Error', 1), restartCount: 2 }] }, '0/1 Init:Error 2'],
  ['init ends without a reason', { phase: 'Pending', init: [ended(undefined, 4)] }, '0/1 Init:ExitCode:4 0'],
  [
    'init in a crash loop',
    { phase: 'Pending', init: [{ ...waiting('CrashLoopBackOff'), restartCount: 5 }] },
    '0/1 Init:CrashLoopBackOff 5',
  ],
  [
    'inits done: their restarts do not count',
    { init: [{ ...ended('Completed'), restartCount: 4 }], main: [running] },
    '1/1 Running 0',
  ],
  [
    'sidecar counts as a container',
    { init: [{ ...running, started: true, restartCount: 2, sidecar: true }], main: [{ ...running, restartCount: 1 }] },
    '2/2 Running 3',
  ],
  [
    'sidecar not started',
    { phase: 'Pending', init: [{ ...waiting(), started: false, sidecar: true }], main: [waiting('PodInitializing')] },
    '0/2 Init:0/1 0',
  ],
  [
    'initialized, though an init container runs again',
    { conditions: initialized, init: [notReady], main: [running] },
    '1/1 Init:0/1 0',
  ],
];
