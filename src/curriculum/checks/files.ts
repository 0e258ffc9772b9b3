/** Check type `files`: what stands in files of the lab, as text or as YAML. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { t } from '../../core/l10n.ts';
import { parseYaml } from '../../core/yaml/parse.ts';
import { plainValue } from '../../core/yaml/read.ts';
import type { RunCheck } from './context.ts';
import { difference, expectedText } from './matching.ts';
import type { FilesCheck } from './specs.ts';
import type { Json } from './templates.ts';

type FileClaim = FilesCheck['files'][number];

export const runFiles: RunCheck<FilesCheck> = async (spec, { lab, record, language }) => {
  for (const claim of spec.files) {
    const text = await readFile(join(lab, claim.path), 'utf8').catch(() => undefined);
    const wrong = text === undefined ? t('there is no such file') : differs(claim, text);
    record.fact(claim.id, text === undefined ? 'missing' : wrong === undefined ? 'ok' : 'differs');
    const held = record.assert(claim.id, wrong === undefined, {
      what: claim.what[language],
      want: wantText(claim),
      got: wrong ?? t('it does'),
      ...(text === undefined ? {} : { where: claim.path }),
      next: claim.next[language],
    });
    if (!held) return;
  }
};

function differs({ contains = [], lacks = [], select, yaml }: FileClaim, text: string): string | undefined {
  const absent = contains.find((pattern) => !new RegExp(pattern, 'mu').test(text));
  if (absent !== undefined) return t('it is not there');
  const present = lacks.map((pattern) => new RegExp(pattern, 'mu').exec(text)).find((match) => match !== null);
  if (present) return t('there is "{0}"', present[0].slice(0, 80));
  return yaml === undefined ? undefined : yamlDiffers(text, select, yaml);
}

/** Of several documents, the one that holds what is selected. */
function yamlDiffers(text: string, select: Json | undefined, wanted: Json): string | undefined {
  const { documents } = parseYaml(text, 'yaml1.2');
  const problem = documents.flatMap(({ problems }) => problems)[0];
  if (problem !== undefined) return problem.message;
  const values = documents.flatMap(({ root }) => (root === undefined ? [] : [plainValue(root)]));
  const chosen = values.filter((value) => select === undefined || difference(select, value, never) === undefined);
  if (chosen.length === 0) return t('no document is {0}', expectedText(select ?? {}));
  const differences = chosen.map((value) => difference(wanted, value, never));
  return differences.includes(undefined) ? undefined : differences[0];
}

/** A file holds no nonce of a double. */
const never = (): boolean => false;

/** The patterns of a claim are the check's own business; what they look for stands in its words. */
const wantText = ({ path, yaml }: FileClaim): string =>
  (yaml === undefined ? t('in {0}', path) : `${t('in {0}', path)} ${expectedText(yaml)}`).slice(0, 300);
