/** A line of a log, made safe to be shown: colours stay, everything else that a terminal would obey is gone. */
import { ColourFilter } from '../colours.ts';

// Every C0 and C1 control but the tab, and DEL. A line rarely has any, and then nothing is to be done.
// oxlint-disable-next-line no-control-regex -- control characters are what this is about.
const control = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;
// oxlint-disable-next-line no-control-regex -- as above.
const colour = /\u001b\[[\d;:]*m/g;

/**
 * The line as it may be shown. NUL and a carriage return within the line (a progress bar's) become visible signs; a
 * colour that is not ended ends with the line, so that it does not run into another source's.
 */
export function cleanLine(line: string): string {
  if (!control.test(line)) return line;
  const visible = line.replace(/\r+$/, '').replaceAll('\r', '␍').replaceAll('\0', '␀');
  const shown = new ColourFilter().push(visible);
  return shown.includes('\u001b') && !shown.endsWith('\u001b[0m') && !shown.endsWith('\u001b[m')
    ? `${shown}\u001b[0m`
    : shown;
}

/** The line without colours, for documents, searches and files. */
export const withoutColours = (line: string): string => (line.includes('\u001b') ? line.replace(colour, '') : line);
