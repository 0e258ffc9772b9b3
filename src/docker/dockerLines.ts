/** The docker lines that a row stands for, each the same as one of Gantry's own commands. */
import {
  type Inspectable,
  type Named,
  type Operation,
  changes,
  history,
  inspect,
  kill,
  pull,
  push,
  removeContainer,
  removeImage,
  removeNetwork,
  removeVolume,
  rename,
  save,
  simple,
  tagImage,
  top,
} from './operations.ts';

/** Lines of `docker` without a request of their own: they are terminals and streams. */
const streams = (name: string): string[][] => [
  ['logs', '--follow', '--tail', '1000', name],
  ['exec', '--interactive', '--tty', name, 'sh'],
  ['attach', name],
  ['stats', name],
];

/** Arguments of `docker`, the most used first. */
export function linesFor(kind: Inspectable, on: Named): readonly (readonly string[])[] {
  const of = (operations: readonly Operation[]): (readonly string[])[] => operations.map(({ line }) => line);
  switch (kind) {
    case 'container':
      return [
        ...streams(on.name),
        ...of(Object.values(simple).map((make) => make(on))),
        ...of([kill(on, 'SIGTERM'), inspect.container(on), top(on), changes(on)]),
        ...of([rename(on, 'NEW_NAME'), removeContainer(on, false)]),
        ['commit', on.name, 'NAME:TAG'],
        ['cp', `${on.name}:/PATH`, '.'],
      ];
    case 'image':
      return [
        ['run', '--rm', '--interactive', '--tty', on.name],
        ...(on.name.startsWith('sha256:') ? [] : of([pull(on.name), push(on.name)])),
        ...of([inspect.image(on), history(on.name), tagImage(on.name, 'new_name'), save(on.name, 'image.tar')]),
        ...of([removeImage(on.name, false)]),
      ];
    case 'volume':
      return of([inspect.volume(on), removeVolume(on.name)]);
    case 'network':
      return of([inspect.network(on), removeNetwork(on)]);
  }
}
