import { t } from '../core/l10n.ts';
import type { Container, ContainerState } from './containers.ts';

/** `running (healthy)`, `exited (137)`: the state in words. */
export function stateText({ state, health, exitCode }: Container): string {
  const words = stateWords[state]();
  if (state === 'running' && health !== undefined) return `${words} (${healthWords[health]()})`;
  return state === 'exited' && exitCode !== undefined ? `${words} (${exitCode})` : words;
}

const stateWords: Readonly<Record<ContainerState, () => string>> = {
  created: () => t('created'),
  running: () => t('running'),
  paused: () => t('paused'),
  restarting: () => t('restarting'),
  removing: () => t('being removed'),
  exited: () => t('exited'),
  dead: () => t('dead'),
  unknown: () => t('state unknown'),
};

const healthWords: Readonly<Record<NonNullable<Container['health']>, () => string>> = {
  healthy: () => t('healthy'),
  unhealthy: () => t('unhealthy'),
  starting: () => t('health check pending'),
};
