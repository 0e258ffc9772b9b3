/** Exec plugins of kubeconfigs (client.authentication.k8s.io): a program that prints a token or a client certificate. */
import { delimiter, isAbsolute, join } from 'node:path';
import { Failure, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { printable } from '../core/printable.ts';
import { run } from '../core/processes.ts';
import { findProgram, pathFolders } from '../core/programs.ts';
import type { ContextUser, KubeContext } from './kubeconfig.ts';

/** What would be run, whole: what a person has to see before they allow it. */
export interface PluginCall {
  /** Name of the context that needs it. */
  readonly context: string;
  /** The kubeconfig that names it. */
  readonly file: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Variables the kubeconfig sets for it. */
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/** An exec credential is renewed this many milliseconds before it expires, at most a tenth of its life. */
const expiryMargin = 60_000;
/** Milliseconds an exec plugin may take: one that asks a person through a browser needs a while. */
const execTimeout = 60_000;

/** Milliseconds for which an answer is used even if it has expired by our clock, which may be wrong. */
const leastLife = 10_000;

export interface ExecCredential {
  readonly token: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Milliseconds since the epoch; infinite when the plugin named none. */
  readonly expires: number;
}

interface ExecSpec {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
  readonly interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
}

export function pluginCall({ name, file }: KubeContext, user: ContextUser): PluginCall {
  const { command = '', args, env } = user.exec as ExecSpec;
  return { context: name, file, command: pluginPath(command, user.folder), args: args ?? [], env: env ?? [] };
}

/** Runs the plugin without a shell; it cannot ask anything, for it has no terminal. Throws Failure `unauthorised`. */
export async function runPlugin(
  call: PluginCall,
  context: KubeContext,
  user: ContextUser,
  env: NodeJS.ProcessEnv,
  now: () => number,
): Promise<ExecCredential> {
  const spec = user.exec as ExecSpec;
  const command = spec.command ?? '';
  if (spec.interactiveMode === 'Always') {
    throw new Failure(
      'unauthorised',
      t('{0} can only sign in from a terminal: run kubectl there once, then refresh.', command),
    );
  }
  try {
    const { code, stdout, stderr } = await run(call.command, call.args, {
      cwd: user.folder,
      env: {
        ...env,
        ...Object.fromEntries(call.env.map(({ name, value }) => [name, value])),
        KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(spec, context)),
        PATH: searchPath(env),
      },
      timeout: execTimeout,
    });
    if (code !== 0) throw new Failure('unauthorised', t('{0} failed: {1}', command, lastLine(stderr)));
    return parseExecCredential(stdout, now());
  } catch (error) {
    const failure = toFailure(error);
    throw failure.kind === 'unauthorised' ? failure : withHint(failure, spec);
  }
}

/** Throws Failure `unauthorised` for a plugin that is not there: nobody needs to be asked whether it may run. */
export async function needPlugin(call: PluginCall, user: ContextUser, env: NodeJS.ProcessEnv): Promise<void> {
  // Windows finds programs by other rules.
  if (process.platform === 'win32' || call.command.includes('/')) return;
  if ((await findProgram(call.command, pathFolders({ PATH: searchPath(env) }))) !== undefined) return;
  const missing = new Failure('toolMissing', t('{0} was not found on PATH.', call.command));
  throw withHint(missing, user.exec as ExecSpec);
}

const searchPath = ({ PATH }: NodeJS.ProcessEnv): string =>
  PATH ?? `/usr/local/bin${delimiter}/usr/bin${delimiter}/bin`;

const withHint = (failure: Failure, { installHint = '' }: ExecSpec): Failure =>
  new Failure('unauthorised', `${failure.message} ${installHint}`.trimEnd(), failure);

/** As kubectl: a path is relative to the kubeconfig's folder, a bare name is looked up on PATH. */
const pluginPath = (command: string, folder: string): string =>
  command.includes('/') && !isAbsolute(command) ? join(folder, command) : command;

function execInfo(spec: ExecSpec, { cluster }: KubeContext): unknown {
  const info = {
    server: cluster.server,
    'insecure-skip-tls-verify': cluster.skipTLSVerify,
    ...(cluster.tlsServerName === undefined ? {} : { 'tls-server-name': cluster.tlsServerName }),
    ...(cluster.caData === undefined ? {} : { 'certificate-authority-data': cluster.caData }),
  };
  return {
    apiVersion: spec.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(spec.provideClusterInfo ? { cluster: info } : {}) },
  };
}

function parseExecCredential(stdout: string, now: number): ExecCredential {
  let status: Record<string, unknown> | undefined;
  try {
    status = (JSON.parse(stdout) as { status?: Record<string, unknown> }).status;
  } catch {
    // Its output may hold a token, so the parser's message, which quotes it, is not kept.
  }
  const text = (key: string): string | undefined => (typeof status?.[key] === 'string' ? status[key] : undefined);
  const [token, cert, key] = [text('token'), text('clientCertificateData'), text('clientKeyData')];
  if (token === undefined && (cert === undefined || key === undefined)) {
    throw new Failure('unauthorised', t('The credential plugin did not print an ExecCredential with a token.'));
  }
  const expiry = Date.parse(text('expirationTimestamp') ?? '');
  const expires = Number.isNaN(expiry)
    ? Number.POSITIVE_INFINITY
    : Math.max(expiry - Math.min(expiryMargin, (expiry - now) / 10), now + leastLife);
  return { token, cert, key, expires };
}

const lastLine = (text: string): string => printable(text.trim().split('\n').at(-1) ?? '');
