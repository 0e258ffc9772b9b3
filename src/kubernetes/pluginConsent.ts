/** Whether an exec plugin may run: a kubeconfig is code, so each program it names is shown whole and asked for once. */
import { createHash } from 'node:crypto';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { PluginCall } from './execPlugin.ts';

/** Remembers what was allowed, across windows. */
export interface ConsentMemory {
  has(key: string): boolean;
  add(key: string): PromiseLike<void>;
}

/** Same file, program, arguments and variables: another of any of these is another program. */
export const consentKey = ({ file, command, args, env }: PluginCall): string =>
  createHash('sha256')
    .update(JSON.stringify([file, command, args, env]))
    .digest('hex');

/** The command as a person would type it; what is no plain word is quoted, so that nothing in it can hide. */
export function commandLine({ command, args, env }: PluginCall): string {
  return [...env.map(({ name, value }) => `${name}=${quoted(value)}`), ...[command, ...args].map(quoted)].join(' ');
}

/** As JSON, with everything outside of ASCII escaped: letters of other scripts can look like others or turn a line round. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word)
    ? word
    : JSON.stringify(word).replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Asks once per program, and not twice at a time for the same one. A no lasts until the person refreshes. */
export function askingOnce(
  memory: ConsentMemory,
  ask: (call: PluginCall) => PromiseLike<boolean>,
): (call: PluginCall) => Promise<void> {
  const asking = new Map<string, Promise<boolean>>();
  return async (call) => {
    const key = consentKey(call);
    if (memory.has(key)) return;
    let answer = asking.get(key);
    if (answer === undefined) {
      answer = Promise.resolve(ask(call)).finally(() => asking.delete(key));
      asking.set(key, answer);
    }
    if (!(await answer)) throw refused(call);
    await memory.add(key);
  };
}

const refused = ({ context, command }: PluginCall): Failure =>
  new Failure(
    'unauthorised',
    t('{0} was not allowed to run, so there is no way to sign in to {1}. Refresh to be asked again.', command, context),
  );

/** For a terminal program that was told to run none. */
export async function refusingAll({ context, command }: PluginCall): Promise<void> {
  throw new Failure(
    'unauthorised',
    t('Context {0} gets its credentials by running {1}, and --no-exec forbids that.', context, command),
  );
}
