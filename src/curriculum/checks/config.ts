/**
 * Check type `config`: one binary behaves as its variables say. It is started again and again: with random values, with
 * nothing but what is required, with one required variable missing, with one value that cannot be meant. A program that
 * has a value written into it, that falls back in silence, or that lists every name it knows, does not pass.
 */
import { t } from '../../core/l10n.ts';
import { EvidenceRecord } from '../evidence.ts';
import type { Random } from '../random.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { endingText, startProgram, withServer } from './serve.ts';
import type { ConfigCheck, Variable } from './specs.ts';
import { type Exposure, type Mismatch, draw, look, nonsense } from './variables.ts';

/** Values by name; a name that is not there is not set. */
type Settings = Readonly<Record<string, string>>;

export const runConfig: RunCheck<ConfigCheck> = async (spec, context) => {
  const exposures: Exposure[] = [];
  const served = (await shows(spec, context, exposures)) && (await defaults(spec, context, exposures));
  if (!served) return;
  const refused = (await missing(spec, context, exposures)) && (await malformed(spec, context, exposures));
  if (refused) keepsSecrets(exposures, context);
};

/** Each round has other values, and each of them shows. */
async function shows(spec: ConfigCheck, context: CheckContext, exposures: Exposure[]): Promise<boolean> {
  for (let round = 0; round < spec.rounds; round++) {
    context.report(t('Settings {0} of {1}', round + 1, spec.rounds));
    const settings = drawAll(spec, context.random);
    const seen = await mismatches(spec, settings, context, exposures, round === 0);
    if (seen === undefined) return false;
    if (seen.length > 0) return assertShown('shows', t('Each variable shows in what the program does'), seen, context);
  }
  return assertShown('shows', t('Each variable shows in what the program does'), [], context);
}

/** What may be left out has its default. */
async function defaults(spec: ConfigCheck, context: CheckContext, exposures: Exposure[]): Promise<boolean> {
  context.report(t('Only what is required'));
  const settings = Object.fromEntries(
    Object.entries(drawAll(spec, context.random)).filter(([name]) => isRequired(spec.variables[name]!)),
  );
  const seen = await mismatches(spec, settings, context, exposures, false);
  return seen !== undefined && assertShown('defaults', t('What is not set has its default'), seen, context);
}

function assertShown(id: string, what: string, seen: readonly Mismatch[], { record, open }: CheckContext): boolean {
  const [first] = seen;
  record.fact(id, first?.name ?? 'ok');
  return record.assert(id, first === undefined, {
    what,
    want: first === undefined ? t('it does') : `${first.name}: ${first.want}`,
    got: first === undefined ? t('it does') : first.got,
    where: open,
    next: t('Read each variable once, at the start, and use what you read wherever it is needed.'),
  });
}

/** Starts the program with these settings and looks at every variable; undefined when it did not start. */
async function mismatches(
  spec: ConfigCheck,
  settings: Settings,
  context: CheckContext,
  exposures: Exposure[],
  first: boolean,
): Promise<Mismatch[] | undefined> {
  // One start is evidence enough; of the others only a failure is told.
  const record = first ? context.record : new EvidenceRecord(spec.id);
  let found: Mismatch[] | undefined;
  await withServer({ ...withSettings(context, settings), record }, async (server) => {
    found = [];
    for (const [name, variable] of Object.entries(spec.variables)) {
      const value = settings[name] ?? variable.default!;
      const seen = await look[variable.kind]({ server, path: variable.shownBy, value, context, exposures });
      if (seen !== undefined) found.push({ name, ...seen });
    }
    exposures.push({ secrets: secretsOf(spec, settings), text: server.program.output });
  });
  if (found === undefined && !first) context.record.adopt(record);
  return found;
}

/** Each required variable in turn is not set, then set to nothing. */
async function missing(spec: ConfigCheck, context: CheckContext, exposures: Exposure[]): Promise<boolean> {
  for (const [name, variable] of Object.entries(spec.variables)) {
    if (!isRequired(variable)) continue;
    const { [name]: _, ...others } = drawAll(spec, context.random);
    for (const settings of [others, { ...others, [name]: '' }]) {
      context.report(t('{0} is missing', name));
      if (!(await refuses('missing', name, settings, spec, context, exposures))) return false;
    }
  }
  context.record.fact('missing', 'ok');
  return context.record.assert('missing', true, {
    what: t('It ends at once when a required variable is missing, and names that variable only'),
    want: t('it does'),
    got: t('it does'),
  });
}

/** Each variable with a form in turn has a value without it. */
async function malformed(spec: ConfigCheck, context: CheckContext, exposures: Exposure[]): Promise<boolean> {
  for (const [name, { kind }] of Object.entries(spec.variables)) {
    for (const value of nonsense[kind]) {
      context.report(`${name}=${value}`);
      const settings = { ...drawAll(spec, context.random), [name]: value };
      if (!(await refuses('malformed', name, settings, spec, context, exposures))) return false;
    }
  }
  context.record.fact('malformed', 'ok');
  return context.record.assert('malformed', true, {
    what: t('It ends at once when a value cannot be meant, and names that variable only'),
    want: t('it does'),
    got: t('it does'),
  });
}

/** The program must end by itself, not with 0, and name this variable and none of the others. Asserts only what fails. */
async function refuses(
  id: 'missing' | 'malformed',
  name: string,
  settings: Settings,
  spec: ConfigCheck,
  context: CheckContext,
  exposures: Exposure[],
): Promise<boolean> {
  const { record, open, pace, signal } = context;
  // No port of ours: whoever gets that far must not take one.
  const program = await startProgram(withSettings(context, settings), { port: '0' });
  const end = (): void => void program.end();
  signal.addEventListener('abort', end, { once: true });
  const limit = spec.exitWithin * pace;
  const ending = await program.ended(limit).finally(() => signal.removeEventListener('abort', end));
  await program.end();
  signal.throwIfAborted();
  const { output } = program;
  exposures.push({ secrets: secretsOf(spec, settings), text: output });
  const state = settings[name] === undefined ? t('{0} is not set', name) : `${name}=${settings[name]}`;
  const others = Object.keys(spec.variables).filter((other) => other !== name && mentions(output, other));
  const finding =
    ending === undefined
      ? settings[name] === ''
        ? 'empty-accepted'
        : 'runs-on'
      : ending.code === 0
        ? 'exit-0'
        : !mentions(output, name)
          ? 'not-named'
          : others.length > 0
            ? 'others-named'
            : 'ok';
  if (finding === 'ok') return true;
  record.fact(id, finding);
  record.fact(`${id}-kind`, spec.variables[name]!.kind);
  return record.assert(id, false, {
    what:
      id === 'missing'
        ? t('It ends at once when a required variable is missing, and names that variable only')
        : t('It ends at once when a value cannot be meant, and names that variable only'),
    want: t('{0}: an exit code other than 0 within {1} ms, and {2} in what it prints', state, Math.round(limit), name),
    got: [
      ending === undefined ? t('it still ran') : endingText(ending),
      ...(others.length > 0 ? [t('it also names {0}', others.join(', '))] : []),
      output === '' ? t('it printed nothing') : masked(output.slice(-300), secretsOf(spec, settings)),
    ].join('; '),
    where: open,
    next: t('Check every variable before anything else starts, and return an error that names the one that is wrong.'),
  });
}

const mentions = (text: string, name: string): boolean => new RegExp(`(?<![A-Z0-9_])${name}(?![A-Z0-9_])`).test(text);

/** Nothing that was printed or answered in any of the runs shows a secret. */
function keepsSecrets(exposures: readonly Exposure[], { record, open }: CheckContext): void {
  const shown = exposures.find(({ secrets, text }) => secrets.some((secret) => text.includes(secret)));
  record.fact('secret', shown === undefined ? 'kept' : 'shown');
  record.assert('secret', shown === undefined, {
    what: t('No secret is printed or answered'),
    want: t('it is nowhere in {0} texts', exposures.length),
    got: shown === undefined ? t('it is not') : masked(shown.text.slice(-200), shown.secrets),
    where: open,
    next: t('Log settings field by field, without the secret, or give it a type whose text is a mask.'),
  });
}

const masked = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((whole, secret) => whole.replaceAll(secret, '•••'), text);

const secretsOf = (spec: ConfigCheck, settings: Settings): string[] =>
  Object.entries(settings).flatMap(([name, value]) =>
    spec.variables[name]?.kind === 'secret' && value !== '' ? [value] : [],
  );

/** A variable without a default must be set. */
const isRequired = (variable: Variable): boolean => variable.default === undefined;

const withSettings = (context: CheckContext, settings: Settings): CheckContext => ({
  ...context,
  program: { ...context.program, env: { ...context.program.env, ...settings } },
});

const drawAll = ({ variables }: ConfigCheck, random: Random): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).map(([name, { kind }]) => [name, draw[kind](random)]));
