/** Lines of structured logs (slog, zap, zerolog, logrus …) as a person reads them. */
import { cleanLine } from './clean.ts';

/** Names of the fields that the loggers of Go and the cloud formats use for the same thing. */
const names = {
  level: ['level', 'severity', 'lvl', 'log.level'],
  message: ['msg', 'message', 'event'],
  time: ['time', 'ts', 'timestamp', '@timestamp'],
} as const;

const levelColours: Readonly<Record<string, number>> = {
  TRACE: 90,
  DEBUG: 90,
  INFO: 36,
  NOTICE: 36,
  WARN: 33,
  WARNING: 33,
  ERROR: 31,
  CRITICAL: 31,
  DPANIC: 31,
  PANIC: 31,
  FATAL: 31,
};

/** Longest line that is taken apart; parsing one of megabytes would hold up everything else. */
const longest = 64 * 1024;

/**
 * `{"time":"…","level":"info","msg":"started","port":80}` → `12:00:01.123 INFO  started port=80`, or undefined for a line
 * that is no JSON object. Numbers stay as they were written. Values may hold anything, so they are made safe here.
 */
export function renderJson(line: string): string | undefined {
  if (line.length > longest || !line.startsWith('{') || !line.trimEnd().endsWith('}')) return undefined;
  let fields: Map<string, unknown>;
  try {
    fields = new Map(Object.entries(JSON.parse(line, keepNumber) as Record<string, unknown>));
  } catch {
    return undefined;
  }
  const parts = [
    timePart(take(fields, names.time)),
    levelPart(take(fields, names.level)),
    text(take(fields, names.message)),
  ];
  for (const [key, value] of fields) parts.push(`\u001b[90m${text(key)}=\u001b[0m${quoted(text(value))}`);
  return parts.filter((part) => part !== '').join(' ');
}

/** A number as its text: `12345678901234567890` would lose its last digits. */
function keepNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) ? (context?.source ?? value) : value;
}

function take(fields: Map<string, unknown>, candidates: readonly string[]): unknown {
  const name = candidates.find((each) => fields.has(each));
  if (name === undefined) return undefined;
  const value = fields.get(name);
  fields.delete(name);
  return value;
}

function text(value: unknown): string {
  if (value === undefined) return '';
  const plain = typeof value === 'string' ? value : JSON.stringify(value);
  return cleanLine(plain.replaceAll('\n', '↵'));
}

const quoted = (value: string): string => (/[\s"=]/.test(value) ? JSON.stringify(value) : value);

function levelPart(value: unknown): string {
  if (value === undefined) return '';
  const name = text(value).toUpperCase();
  return `\u001b[${levelColours[name] ?? 0}m${name.padEnd(5)}\u001b[0m`;
}

/** The time of day: a log is read for what follows what; the whole time is in the raw line. */
function timePart(value: unknown): string {
  if (value === undefined) return '';
  const plain = text(value);
  const iso = /^\d{4}-\d\d-\d\d[T ](\d\d:\d\d:\d\d(?:[.,]\d{1,3})?)/.exec(plain)?.[1];
  if (iso !== undefined) return `\u001b[90m${iso}\u001b[0m`;
  const seconds = Number(plain);
  if (!(seconds > 1e9 && seconds < 1e16)) return plain;
  // zap writes seconds, others milli- or microseconds.
  const milliseconds = seconds < 1e11 ? seconds * 1000 : seconds < 1e14 ? seconds : seconds / 1000;
  return `\u001b[90m${new Date(milliseconds).toISOString().slice(11, 23)}\u001b[0m`;
}
