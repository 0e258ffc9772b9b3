/** What an assertion is about, as a link of a page and as a line for a shell. */
import { t } from '../core/l10n.ts';
import { shellLine } from '../core/shell.ts';
import type { Subject } from './model.ts';

/** What a link to it says. */
export function linkText({ kind }: Subject): string {
  switch (kind) {
    case 'grpc':
      return t('Open in the gRPC explorer');
    case 'container':
      return t('Show the container');
    case 'namespace':
      return t('Show the namespace');
  }
}

/** A line that calls it, or shows it. */
export function lineFor(subject: Subject): string {
  switch (subject.kind) {
    case 'grpc': {
      const { target, method, messages, metadata } = subject;
      const headers = metadata.flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
      return shellLine(['grpcurl', '-plaintext', ...headers, '-d', messages.join('\n'), target, method]);
    }
    case 'container':
      return shellLine(['gantry', 'containers', 'logs', subject.name]);
    case 'namespace':
      return shellLine(['gantry', 'get', 'pods', '--context', subject.context, '-n', subject.namespace]);
  }
}
