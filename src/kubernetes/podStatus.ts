/**
 * The READY, STATUS and RESTARTS columns of a pod. The API has no such fields: kubectl's server-side printer works them
 * out (`printPod` in kubernetes/pkg/printers/internalversion/printers.go, 1.34), and so do we, in the same order.
 */
import { type ApiContainerStatus, type ApiPod, milliseconds } from './api.ts';

export interface PodStatus {
  readonly ready: number;
  readonly containers: number;
  /** `Running`, `CrashLoopBackOff`, `Init:0/2`, `Terminating` … */
  readonly status: string;
  readonly restarts: number;
  /** When the container that ended last did so, in milliseconds since the epoch; 0 when none was restarted. */
  readonly lastRestart: number;
}

interface Tally {
  ready: number;
  restarts: number;
  lastRestart: number;
}

export function podStatus(pod: ApiPod): PodStatus {
  const initSpecs = new Map((pod.spec?.initContainers ?? []).map((container) => [container.name, container]));
  const isSidecar = (name: string): boolean => initSpecs.get(name)?.restartPolicy === 'Always';
  const sidecars = [...initSpecs.keys()].filter(isSidecar).length;

  const inits: Tally = { ready: 0, restarts: 0, lastRestart: 0 };
  const sidecarTally: Tally = { ready: 0, restarts: 0, lastRestart: 0 };
  let initializing: string | undefined;
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    addRestarts(inits, container);
    if (isSidecar(container.name)) addRestarts(sidecarTally, container);
    if (container.state?.terminated?.exitCode === 0) continue;
    if (isSidecar(container.name) && container.started === true) {
      if (container.ready) inits.ready++;
      continue;
    }
    initializing = initReason(container, index, initSpecs.size);
    break;
  }

  let status = initializing ?? phaseReason(pod);
  let { restarts, lastRestart } = inits;
  let { ready } = inits;
  if (initializing === undefined || hasCondition(pod, 'Initialized')) {
    const main = { ...sidecarTally, ready };
    status = mainReason(pod, main, status);
    ({ restarts, lastRestart, ready } = main);
  }
  return {
    ready,
    containers: (pod.spec?.containers ?? []).length + sidecars,
    status: deletionReason(pod) ?? status,
    restarts,
    lastRestart,
  };
}

function phaseReason(pod: ApiPod): string {
  const gated = pod.status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : pod.status?.reason || pod.status?.phase || '';
}

function initReason({ state }: ApiContainerStatus, index: number, count: number): string {
  if (state?.terminated) return `Init:${endReason(state.terminated)}`;
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${count}`;
}

function mainReason(pod: ApiPod, tally: Tally, before: string): string {
  let reason = before;
  let running = false;
  for (const container of (pod.status?.containerStatuses ?? []).toReversed()) {
    addRestarts(tally, container);
    const { waiting, terminated, running: isRunning } = container.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) reason = endReason(terminated);
    else if (container.ready && isRunning) {
      running = true;
      tally.ready++;
    }
  }
  if (reason === 'Completed' && running) return hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
  return reason;
}

function endReason(end: { readonly reason?: string; readonly signal?: number; readonly exitCode?: number }): string {
  if (end.reason) return end.reason;
  return end.signal ? `Signal:${end.signal}` : `ExitCode:${end.exitCode ?? 0}`;
}

function deletionReason(pod: ApiPod): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed' ? undefined : 'Terminating';
}

const hasCondition = (pod: ApiPod, wanted: string): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === wanted && status === 'True') ?? false;

function addRestarts(tally: Tally, container: ApiContainerStatus): void {
  tally.restarts += container.restartCount ?? 0;
  const finished = container.lastState?.terminated?.finishedAt;
  if (finished) tally.lastRestart = Math.max(tally.lastRestart, milliseconds(finished));
}
