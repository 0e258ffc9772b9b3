/**
 * What a context shows to its server to be let in. Files are read again at each use, so rotated certificates and tokens
 * are taken up; an exec plugin runs once for all who wait, and not again until its answer expires or is refused.
 */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../core/backoff.ts';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type ExecCredential, type PluginCall, pluginCall, runPlugin, needPlugin } from './execPlugin.ts';
import type { ContextUser, KubeContext } from './kubeconfig.ts';

/** What a connection needs: bytes for TLS, headers for each request. Never logged. */
export interface Credentials {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Counts the renewals before these: tells whether a refusal is about the newest ones. */
  readonly generation: number;
}

export interface CredentialDeps {
  /** False in an untrusted workspace: then no exec plugin runs. */
  readonly trusted: () => boolean;
  /** Asked before an exec plugin runs; rejects with a Failure that says why it may not. Left out: all may, as in kubectl. */
  readonly approve?: (plugin: PluginCall) => Promise<void>;
  readonly env: NodeJS.ProcessEnv;
  readonly clock?: Clock;
}

export class CredentialSource {
  readonly #context: KubeContext;
  readonly #deps: CredentialDeps;
  readonly #now: () => number;
  #exec: Promise<ExecCredential> | undefined;
  #generation = 0;
  #mayRenew = true;

  /** @param now the time by the clock of those who issue credentials, in milliseconds since the epoch. */
  constructor(context: KubeContext, deps: CredentialDeps, now: () => number) {
    this.#context = context;
    this.#deps = deps;
    this.#now = now;
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
          pluginCall(this.#context, user).command,
        ),
      );
    }
    const known = this.#exec;
    // A plugin that failed or was not allowed stays so until reset, hence no catch here.
    if (known !== undefined && (await known).expires > this.#now()) return known;
    if (this.#exec === known) this.#exec = this.#askPlugin(user);
    return this.#exec!;
  }

  async #askPlugin(user: ContextUser): Promise<ExecCredential> {
    const call = pluginCall(this.#context, user);
    await needPlugin(call, user, this.#deps.env);
    await this.#deps.approve?.(call);
    return runPlugin(call, this.#context, user, this.#deps.env, this.#now);
  }
}

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

type Headers = Record<string, string | string[]>;

async function headersOf(user: ContextUser, execToken: string | undefined): Promise<Headers> {
  // As client-go: of a token file and a token the file wins.
  const token = (user.tokenFile === undefined ? (user.token ?? execToken) : await readToken(user.tokenFile))?.trim();
  const headers: Headers = {};
  // A kubeconfig from elsewhere may name any file of the person's as its token; tokens are one word.
  if (token && !/^[!-~]+$/.test(token)) throw noToken(user);
  if (token) headers['authorization'] = `Bearer ${token}`;
  else if (user.username) {
    headers['authorization'] = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
  }
  return { ...headers, ...impersonation(user) };
}

const noToken = ({ name, tokenFile }: ContextUser): Failure =>
  new Failure(
    'unauthorised',
    tokenFile === undefined
      ? t('What user {0} shows as its token is none.', name)
      : t('The token file {0} of user {1} holds no token, so it is not sent.', tokenFile, name),
  );

function impersonation(user: ContextUser): Headers {
  const { impersonateUser, impersonateGroups, impersonateUid, impersonateExtra = {} } = user;
  const headers: Headers = {};
  if (impersonateUser) headers['impersonate-user'] = impersonateUser;
  if (impersonateGroups !== undefined) headers['impersonate-group'] = [...impersonateGroups];
  if (impersonateUid !== undefined) headers['impersonate-uid'] = impersonateUid;
  for (const [key, values] of Object.entries(impersonateExtra)) {
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = [...values];
  }
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
