/** Copying a file from a container and into one, by the container's own tar as `kubectl cp` does it. */
import { posix } from 'node:path';
import { t } from '../../core/l10n.ts';
import { remoteRequest } from '../streams/remoteCommand.ts';
import { isFolderCommand, packCommand, unpackCommand } from '../streams/copyCommands.ts';
import { type Action, isKind } from './action.ts';
import { streamCall } from './apiCall.ts';
import { inNamespace, kubectl } from './commandLine.ts';
import { usualContainer } from './pods.ts';

const need = (): { verb: string; group: string; resource: string } => ({
  verb: 'get',
  group: '',
  resource: 'pods/exec',
});

export interface Copy {
  readonly container: string;
  /** Absolute, in the container. */
  readonly remote: string;
  /** On this machine. */
  readonly local: string;
}

export const copyFrom: Action<Copy> = {
  id: 'copyFrom',
  title: () => t('Copy from Container'),
  effect: 'none',
  applies: isKind('Pod'),
  rows: ['container'],
  needs: need,
  example: ({ object }) => ({ container: usualContainer(object), remote: '/etc/hosts', local: 'hosts' }),
  plan: ({ ref, target }, { container, remote, local }) => ({
    calls: [
      streamCall(
        remoteRequest(
          { namespace: ref.namespace, pod: ref.name, container },
          { command: packCommand(remote), stdin: false, tty: false },
        ),
      ),
    ],
    kubectl: kubectl(target, [...inNamespace(ref), 'cp', `${ref.name}:${remote}`, local, '-c', container]),
  }),
};

export const copyTo: Action<Copy> = {
  id: 'copyTo',
  title: () => t('Copy to Container'),
  effect: 'change',
  applies: isKind('Pod'),
  rows: ['container'],
  needs: need,
  example: ({ object }) => ({ container: usualContainer(object), remote: '/tmp/FILE', local: 'FILE' }),
  plan: ({ ref, target }, { container, remote, local }) => {
    const place = { namespace: ref.namespace, pod: ref.name, container };
    const unpack = unpackCommand(posix.dirname(remote));
    return {
      calls: [
        streamCall(remoteRequest(place, { command: isFolderCommand(remote), stdin: false, tty: false })),
        streamCall(remoteRequest(place, { command: unpack, stdin: true, tty: false })),
      ],
      kubectl: kubectl(target, [...inNamespace(ref), 'cp', local, `${ref.name}:${remote}`, '-c', container]),
    };
  },
};
