/** What an engine knows of one thing, as text a person reads, searches and compares. */
import { table } from '../core/cli.ts';
import { t } from '../core/l10n.ts';
import { printable } from '../core/printable.ts';
import { formatBytes } from '../core/storage.ts';
import { array, number, record, text } from './fields.ts';

/** An inspection as JSON, names in order so that two of them compare; values that look like secrets are covered. */
export function inspection(answer: unknown): string {
  return `${JSON.stringify(ordered(answer), null, 2)}\n`;
}

/** Names of variables whose values nobody wants on a shared screen. */
const secretName = /pass(?:word|wd|phrase)?|secret|token|api_?key|access_?key|private_?key|credential|auth(?!or)/i;

function ordered(value: unknown): unknown {
  if (typeof value === 'string') return covered(value);
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, ordered(inner)]),
  );
}

/** `NAME=VALUE`, as environments are written. */
function covered(value: string): string {
  const [, name] = /^([A-Za-z_][\w.-]*)=./s.exec(value) ?? [];
  return name !== undefined && secretName.test(name) ? `${name}=••••••` : value;
}

/** Processes of a container: `GET /containers/{id}/top`. */
export function processTable(answer: unknown): string {
  const { Titles, Processes } = record(answer);
  const rows = [array(Titles), ...array(Processes).map(array)].map((row) => row.map((cell) => printable(text(cell))));
  return `${table(rows).join('\n')}\n`;
}

const changeKinds: Readonly<Record<number, string>> = { 0: 'C', 1: 'A', 2: 'D' };

/** Files that differ from the image: `GET /containers/{id}/changes`, letters as `docker diff` writes them. */
export function changeList(answer: unknown): string {
  const rows = array(answer).map(record);
  if (rows.length === 0) return `${t('Nothing differs from the image.')}\n`;
  return `${rows.map(({ Kind, Path }) => `${changeKinds[number(Kind)] ?? '?'} ${printable(text(Path))}`).join('\n')}\n`;
}

/** The layers of an image, the newest first: `GET /images/{name}/history`. */
export function layerTable(answer: unknown): string {
  const layers = array(answer).map(record);
  const rows = layers.map((row) => [
    text(row['Id'])
      .replace(/^sha256:/, '')
      .slice(0, 12)
      .replace('<missing>', '-'),
    number(row['Created']) > 0 ? new Date(number(row['Created']) * 1000).toISOString().slice(0, 19) : '-',
    formatBytes(number(row['Size'])),
    printable(instructionOf(text(row['CreatedBy']))),
  ]);
  const total = layers.reduce((sum, row) => sum + number(row['Size']), 0);
  const lines = table([[t('LAYER'), t('CREATED'), t('SIZE'), t('CREATED BY')], ...rows]);
  return `${[...lines, '', t('{0} in {1} layers', formatBytes(total), layers.length)].join('\n')}\n`;
}

/** The classic builder keeps instructions as the shell command that they became. */
export function instructionOf(createdBy: string): string {
  const [, instruction] = /^\/bin\/sh -c #\(nop\)\s+(.*)$/s.exec(createdBy) ?? [];
  if (instruction !== undefined) return instruction.trim();
  return createdBy
    .replace(/^\/bin\/sh -c /, 'RUN ')
    .replace(/ # buildkit$/, '')
    .trim();
}
