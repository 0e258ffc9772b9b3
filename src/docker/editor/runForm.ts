/** A container from an image: a list of what can be said about it, gone through in any order, by keyboard alone. */
import * as vscode from 'vscode';
import { Failure, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { askText } from '../../editor/askText.ts';
import { type ImageOffer, type RunSpec, checkVariable, checkVolume, parsePort, shellWords } from '../runSpec.ts';

type Field = 'name' | 'ports' | 'env' | 'volumes' | 'command';

interface Entry extends vscode.QuickPickItem {
  readonly choice: Field | 'run' | 'copy';
}

/** What the person wants, and whether to run it or to have its docker line; undefined when they leave. */
export async function askRun(
  image: string,
  offer: ImageOffer,
): Promise<{ readonly spec: RunSpec; readonly choice: 'run' | 'copy' } | undefined> {
  let spec: RunSpec = {
    image,
    ports: offer.ports.map((port) => port.replace(/\/tcp$/, '')),
    env: [],
    volumes: [],
    command: [],
  };
  for (;;) {
    const title = t('Run {0}', image);
    const entry = await vscode.window.showQuickPick(entries(spec, offer), { title, ignoreFocusOut: true });
    if (entry === undefined) return undefined;
    if (entry.choice === 'run' || entry.choice === 'copy') return { spec, choice: entry.choice };
    spec = await asked(spec, entry.choice, offer);
  }
}

function entries(spec: RunSpec, offer: ImageOffer): Entry[] {
  const line = (values: readonly string[], hint: string): string => (values.length === 0 ? hint : values.join(' '));
  return [
    { choice: 'run', label: `$(play) ${t('Run')}` },
    { choice: 'name', label: t('Name'), description: spec.name ?? t('the engine makes one up') },
    { choice: 'ports', label: t('Ports'), description: line(spec.ports, t('none are published')) },
    { choice: 'env', label: t('Environment'), description: line(spec.env, t('as the image says')) },
    { choice: 'volumes', label: t('Volumes'), description: line(spec.volumes, t('none are mounted')) },
    {
      choice: 'command',
      label: t('Command'),
      description: line(spec.command, offer.command.join(' ') || t('as the image says')),
    },
    { choice: 'copy', label: `$(copy) ${t('Copy Docker Command')}` },
  ];
}

const prompts: Readonly<Record<Field, () => string>> = {
  name: () => t('Name of the container; empty lets the engine make one up'),
  ports: () => t('Ports as HOST:CONTAINER, separated by spaces; CONTAINER alone takes a free port of the host'),
  env: () => t('Variables as NAME=VALUE, separated by spaces; quotes hold a value together'),
  volumes: () => t('Volumes as NAME:/PATH or /HOST/PATH:/PATH, separated by spaces'),
  command: () => t('Arguments instead of the image’s own; quotes hold one together'),
};

const checks: Readonly<Record<Field, (word: string) => unknown>> = {
  name: checkName,
  ports: parsePort,
  env: checkVariable,
  volumes: checkVolume,
  command: () => undefined,
};

async function asked(spec: RunSpec, field: Field, offer: ImageOffer): Promise<RunSpec> {
  const now = field === 'name' ? (spec.name ?? '') : spec[field].map(quoted).join(' ');
  const offered = field === 'env' ? offer.env : field === 'volumes' ? offer.volumes : [];
  const hint = offered.length === 0 ? '' : t('The image has: {0}', offered.join(' '));
  const answer = await askText({
    prompt: [prompts[field](), hint].filter(Boolean).join('. '),
    value: now,
    validateInput: (text) => problem(field, text),
  });
  if (answer === undefined) return spec;
  if (field !== 'name') return { ...spec, [field]: shellWords(answer) };
  const { name: _, ...rest } = spec;
  return answer.trim() === '' ? rest : { ...rest, name: answer.trim() };
}

function problem(field: Field, text: string): string | undefined {
  try {
    for (const word of field === 'name' ? [text.trim()] : shellWords(text)) checks[field](word);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** What an engine takes as a name: letters, digits and `_.-`, the first no sign. */
export function checkName(name: string): void {
  if (name !== '' && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw new Failure('invalid', t('{0} is no name: letters, digits and _ . - are, two or more.', name));
  }
}

const quoted = (word: string): string => (/[\s"'\\]/.test(word) ? `"${word.replaceAll(/["\\]/g, '\\$&')}"` : word);
