/** What the button of a fix says. */
import { t } from '../../core/l10n.ts';
import type { Fix } from '../../grpc/events.ts';

export function fixTitle({ kind, value = '' }: Fix): string {
  switch (kind) {
    case 'address':
      return t('Call {0}', value);
    case 'ca':
      return t('Choose the Authority’s File…');
    case 'client':
      return t('Choose the Client Certificate…');
    case 'authority':
      return t('Call It by the Name {0}', value);
    case 'skipVerify':
      return t('Call Without Checking the Certificate…');
    case 'deadline':
      return t('Wait {0} s', value);
    case 'messageSize':
      return t('Accept {0} MiB', Math.round(Number(value) / 2 ** 20));
    case 'again':
      return t('Try Again');
  }
}
