/**
 * What a context shows to its server to be let in. Files are read again at each use, so rotated certificates and tokens
 * are taken up; an exec plugin runs once for all who wait, and not again until its answer expires or is refused.
 */
import { readFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { type Clock, systemClock } from '../core/backoff.ts';
import { Failure, messageOf, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { run } from '../core/processes.ts';
import type { ContextUser, KubeContext } from './kubeconfig.ts';

/** What a connection needs: bytes for TLS, headers for each request. Never logged. */
export interface Credentials {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Counts the renewals before these: tells whether a refusal is about the newest ones. */
  readonly generation: number;
}

export interface CredentialDeps {
  /** False in an untrusted workspace: then no exec plugin runs. */
  readonly trusted: () => boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly clock?: Clock;
}

/** An exec credential is renewed this many milliseconds before it expires, at most a tenth of its life. */
const expiryMargin = 60_000;
/** Milliseconds an exec plugin may take: one that asks a person through a browser needs a while. */
const execTimeout = 60_000;

interface ExecCredential {
  readonly token: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Milliseconds since the epoch; infinite when the plugin named none. */
  readonly expires: number;
}

export class CredentialSource {
  readonly #context: KubeContext;
  readonly #deps: CredentialDeps;
  readonly #clock: Clock;
  #exec: Promise<ExecCredential> | undefined;
  #generation = 0;
  #mayRenew = true;

  constructor(context: KubeContext, deps: CredentialDeps) {
    this.#context = context;
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
  }

  /** The credentials as they are now. Throws Failure `unauthorised` when there is no way to get them. */
  async get(): Promise<Credentials> {
    const { cluster, user } = this.#context;
    const [ca, cert, key] = await Promise.all([
      material(cluster.caFile, cluster.caData),
      material(user?.certFile, user?.certData),
      material(user?.keyFile, user?.keyData),
    ]);
    const generation = this.#generation;
    if (user === undefined) return { ca, cert, key, headers: {}, generation };
    if (user.authProvider) throw refusedAuthProvider(user);
    const exec = user.exec ? await this.#execCredential(user) : undefined;
    return {
      ca,
      cert: exec?.cert === undefined ? cert : Buffer.from(exec.cert),
      key: exec?.key === undefined ? key : Buffer.from(exec.key),
      headers: await headersOf(user, exec?.token),
      generation,
    };
  }

  /**
   * The server answered 401 to these: true when others may be had, so that asking once more makes sense. A plugin whose
   * fresh answer was refused too is not run again before `reset`: it would open login pages all night.
   */
  renew(refused: Credentials): boolean {
    const { user } = this.#context;
    if (!user?.exec) return user?.tokenFile !== undefined;
    if (refused.generation !== this.#generation) return true;
    if (!this.#mayRenew) return false;
    this.#mayRenew = false;
    this.#generation++;
    this.#exec = undefined;
    return true;
  }

  /** The server accepted the credentials: the next refusal may renew them again. */
  accepted(): void {
    this.#mayRenew = true;
  }

  /** Forgets failures and answers of plugins: the person asked to try again. */
  reset(): void {
    this.#exec = undefined;
    this.#generation++;
    this.#mayRenew = true;
  }

  async #execCredential(user: ContextUser): Promise<ExecCredential> {
    if (!this.#deps.trusted()) {
      throw new Failure(
        'unauthorised',
        t(
          'Context {0} gets its credentials by running {1}. That is not done in Restricted Mode: trust the workspace first.',
          this.#context.name,
          commandOf(user),
        ),
      );
    }
    const known = this.#exec;
    // A failed plugin stays failed until reset, hence no catch here.
    if (known !== undefined && (await known).expires > this.#clock.now()) return known;
    if (this.#exec === known) this.#exec = runPlugin(this.#context, user, this.#deps.env, this.#clock);
    return this.#exec!;
  }
}

const commandOf = ({ exec }: ContextUser): string => (exec as ExecSpec).command ?? '';

function refusedAuthProvider(user: ContextUser): Failure {
  const { name } = user.authProvider as { name?: string };
  return new Failure(
    'unauthorised',
    t(
      'User {0} uses the auth-provider {1}, which Kubernetes removed in 1.26. Replace it by an exec plugin.',
      user.name,
      name ?? '',
    ),
  );
}

async function headersOf(user: ContextUser, execToken: string | undefined): Promise<Record<string, string>> {
  const token = user.token ?? (user.tokenFile === undefined ? execToken : await readToken(user.tokenFile));
  const headers: Record<string, string> = {};
  if (token) headers['authorization'] = `Bearer ${token.trim()}`;
  else if (user.username) {
    headers['authorization'] = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
  }
  if (user.impersonateUser) headers['impersonate-user'] = user.impersonateUser;
  return headers;
}

async function readToken(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Failure('unauthorised', t('The token file {0} cannot be read: {1}', file, messageOf(error)), error);
  }
}

/** Bytes of a file, else of base64 data; a file that cannot be read is named. */
async function material(file: string | undefined, data: string | undefined): Promise<Buffer | undefined> {
  if (!file) return data ? Buffer.from(data, 'base64') : undefined;
  try {
    return await readFile(file);
  } catch (error) {
    throw new Failure('unauthorised', t('The certificate file {0} cannot be read: {1}', file, messageOf(error)), error);
  }
}

interface ExecSpec {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
}

/** Runs the plugin without a shell (client.authentication.k8s.io/v1); it cannot ask anything, for it has no terminal. */
async function runPlugin(
  context: KubeContext,
  user: ContextUser,
  env: NodeJS.ProcessEnv,
  clock: Clock,
): Promise<ExecCredential> {
  const spec = user.exec as ExecSpec;
  const command = spec.command ?? '';
  try {
    const { code, stdout, stderr } = await run(pluginPath(command, user.folder), spec.args ?? [], {
      env: {
        ...env,
        ...Object.fromEntries((spec.env ?? []).map(({ name, value }) => [name, value])),
        KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(spec, context)),
        PATH: env['PATH'] ?? `/usr/local/bin${delimiter}/usr/bin${delimiter}/bin`,
      },
      timeout: execTimeout,
    });
    if (code !== 0) throw new Failure('unauthorised', t('{0} failed: {1}', command, lastLine(stderr)));
    return parseExecCredential(stdout, clock.now());
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === 'unauthorised') throw failure;
    const hint = spec.installHint ? ` ${spec.installHint}` : '';
    throw new Failure('unauthorised', failure.message + hint, failure);
  }
}

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
    : expiry - Math.min(expiryMargin, (expiry - now) / 10);
  return { token, cert, key, expires };
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
