/** Prometheus' text exposition format, as much of it as is needed to compare two scrapes. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** `name{label="value",…} number [timestamp]` (prometheus.io/docs/instrumenting/exposition_formats). */
const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const pair = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"\s*,?\s*/g;

/** Samples of a scrape; undefined when a line is none. */
export function parseExposition(text: string): Sample[] | undefined {
  const samples: Sample[] = [];
  for (const raw of text.split('\n')) {
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const [, name, labels = '', value] = line.exec(trimmed) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const parsed = Number(value.replace(/^([+-]?)Inf$/, '$1Infinity'));
    if (Number.isNaN(parsed) && value !== 'NaN') return undefined;
    samples.push({ name, labels: labelsOf(labels), value: parsed });
  }
  return samples;
}

const labelsOf = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(pair)].map(([, name, value]) => [name, unescape(value!)]));

const unescape = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));

/** The sum of all samples of this name whose labels include these. */
export const sumOf = (
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number =>
  samples
    .filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + value, 0);
