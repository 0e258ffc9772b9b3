/** Variables in texts: `${name}`, `${env:NAME}` of the environment, `${secret:name}` of what is kept secret. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

export interface Variables {
  /** The value of a variable; undefined when there is none. */
  value(name: string): string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly secret?: (name: string) => Promise<string | undefined>;
}

/** `$${` stands for `${` itself. */
export const reference = /\$?\$\{([^{}]*)\}/g;

/** Values may hold variables themselves; deeper chains are circles. */
const deepest = 8;

/** The text with every variable replaced. Throws Failure `invalid` for one that has no value. */
export async function expand(text: string, variables: Variables, depth = 0): Promise<string> {
  if (!text.includes('${')) return text;
  let expanded = '';
  let end = 0;
  for (const match of text.matchAll(reference)) {
    const [whole, name = ''] = match;
    expanded += text.slice(end, match.index);
    end = match.index + whole.length;
    if (whole.startsWith('$$')) expanded += whole.slice(1);
    else if (depth >= deepest) throw new Failure('invalid', t('The variable {0} refers to itself.', name));
    else expanded += await valueOf(name.trim(), variables, depth);
  }
  return expanded + text.slice(end);
}

async function valueOf(name: string, variables: Variables, depth: number): Promise<string> {
  const [, kind, key = ''] = /^(env|secret):(.*)$/.exec(name) ?? [];
  if (kind === 'env') {
    const value = variables.env?.[key];
    if (value !== undefined) return value;
    throw new Failure('invalid', t('The environment has no variable {0}.', key));
  }
  if (kind === 'secret') {
    const value = await variables.secret?.(key);
    if (value !== undefined) return value;
    throw new Failure('invalid', t('There is no secret {0}. Set it with the command Gantry: Set gRPC Secret, or in a terminal as GANTRY_SECRET_{1}.', key, secretVariable(key))); // prettier-ignore
  }
  const value = variables.value(name);
  if (value === undefined) throw new Failure('invalid', t('There is no variable {0}.', name));
  return expand(value, variables, depth + 1);
}

/** A secret's name as it stands in the name of an environment variable. */
export const secretVariable = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
