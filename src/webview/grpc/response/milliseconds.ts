/** A time of a call as it is read. */
import { t } from '../../../core/l10n.ts';

export const milliseconds = (value: number): string => t('{0} ms', value < 10 ? value.toFixed(1) : value.toFixed(0));
