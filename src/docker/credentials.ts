/**
 * Credentials for registries, where the docker command keeps them: a helper named for the registry (`credHelpers`), the
 * store for all (`credsStore`), or `auths` in its config file. A helper is a program `docker-credential-NAME`.
 * https://github.com/docker/docker-credential-helpers#development
 */
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, posix } from 'node:path';
import { Failure, errnoOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { run } from '../core/processes.ts';
import { record, text } from './fields.ts';
import { base64url } from './operations.ts';

/** What an engine takes for a registry. Never logged, never shown. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  /** In place of both, what a registry gave for them. */
  readonly identitytoken?: string;
}

export interface CredentialDeps {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  /** False in an untrusted workspace: then no helper is run. */
  readonly trusted: () => boolean;
}

/** Milliseconds for a helper: it may ask a key ring that asks the person. */
const patience = 60_000;

/** Under which name Docker Hub's credentials are kept. */
const hub = 'https://index.docker.io/v1/';
/** The name under which the docker command keeps a registry's credentials. */
export const serverOf = (registry: string): string => (registry === 'docker.io' ? hub : registry);

export class RegistryCredentials {
  readonly #deps: CredentialDeps;
  readonly #path: string;

  constructor(deps: CredentialDeps) {
    this.#deps = deps;
    this.#path = posix.join(deps.env['DOCKER_CONFIG'] || posix.join(deps.home, '.docker'), 'config.json');
  }

  /** Value of `X-Registry-Auth` for a registry (`docker.io`, `localhost:5000`), or undefined when nobody signed in. */
  async header(registry: string, signal: AbortSignal): Promise<string | undefined> {
    const found = await this.#find(registry, signal);
    return found === undefined ? undefined : base64url({ ...found, serveraddress: serverOf(registry) });
  }

  /** Value of `X-Registry-Config`: what is known of these registries, for a build that pulls from several. */
  async configHeader(registries: readonly string[], signal: AbortSignal): Promise<string> {
    const found = await Promise.all(
      registries.map(async (registry) => [serverOf(registry), await this.#find(registry, signal)] as const),
    );
    return base64url(Object.fromEntries(found.filter(([, known]) => known !== undefined)));
  }

  /** Keeps credentials as `docker login` does. The registry must have accepted them. */
  async store(registry: string, credentials: Credentials, signal: AbortSignal): Promise<void> {
    const config = await this.#config();
    const helper = helperFor(config, registry);
    if (helper !== undefined) {
      const { username, password, identitytoken } = credentials;
      const secret = identitytoken === undefined ? [username, password] : ['<token>', identitytoken];
      const [Username, Secret] = secret;
      await this.#ask(helper, 'store', JSON.stringify({ ServerURL: serverOf(registry), Username, Secret }), signal);
      return;
    }
    const { username = '', password = '', identitytoken } = credentials;
    const auth = Buffer.from(`${username}:${identitytoken === undefined ? password : ''}`).toString('base64');
    const kept = { auth, ...(identitytoken === undefined ? {} : { identitytoken }) };
    await this.#write({ ...config, auths: { ...record(config['auths']), [serverOf(registry)]: kept } });
  }

  /** Forgets them; those that are not there are fine. */
  async erase(registry: string, signal: AbortSignal): Promise<void> {
    const config = await this.#config();
    const helper = helperFor(config, registry);
    if (helper !== undefined) await this.#ask(helper, 'erase', serverOf(registry), signal);
    const { [serverOf(registry)]: gone, ...auths } = record(config['auths']);
    if (gone !== undefined) await this.#write({ ...config, auths });
  }

  /** Registries that somebody signed in to, as far as the config file names them. */
  async registries(): Promise<readonly string[]> {
    const config = await this.#config();
    const servers = [...Object.keys(record(config['auths'])), ...Object.keys(record(config['credHelpers']))];
    return [...new Set(servers.map((server) => (server === hub ? 'docker.io' : server)))].sort();
  }

  async #find(registry: string, signal: AbortSignal): Promise<Credentials | undefined> {
    const config = await this.#config();
    const helper = helperFor(config, registry);
    if (helper !== undefined) return this.#fromHelper(helper, registry, signal);
    const entry = record(record(config['auths'])[serverOf(registry)]);
    const identitytoken = text(entry['identitytoken']);
    const [username = '', ...rest] = Buffer.from(text(entry['auth']), 'base64').toString().split(':');
    if (identitytoken !== '') return { username, identitytoken };
    return username === '' ? undefined : { username, password: rest.join(':') };
  }

  async #fromHelper(helper: string, registry: string, signal: AbortSignal): Promise<Credentials | undefined> {
    const answer = await this.#ask(helper, 'get', serverOf(registry), signal);
    if (answer === undefined) return undefined;
    const [username, secret] = [text(answer['Username']), text(answer['Secret'])];
    return username === '<token>' ? { identitytoken: secret } : { username, password: secret };
  }

  /** Undefined when the helper knows nothing of the registry. */
  async #ask(
    helper: string,
    verb: 'get' | 'store' | 'erase',
    stdin: string,
    signal: AbortSignal,
  ): Promise<Record<string, unknown> | undefined> {
    if (!this.#deps.trusted()) {
      throw new Failure('forbidden', t('Credential helpers are not run in an untrusted workspace.'));
    }
    const program = `docker-credential-${helper}`;
    const { code, stdout } = await run(program, [verb], { env: this.#deps.env, stdin, signal, timeout: patience });
    if (code === 0) return verb === 'get' ? record(parse(stdout, program)) : {};
    // Helpers say so on stdout and exit 1. Nothing else they print is repeated: it may hold a secret.
    if (/credentials not found|no credentials/i.test(stdout)) return undefined;
    throw new Failure('unauthorised', t('{0} {1} failed with status {2}.', program, verb, String(code)));
  }

  async #config(): Promise<Record<string, unknown>> {
    try {
      return record(parse(await readFile(this.#path, 'utf8'), this.#path));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return {};
      throw error;
    }
  }

  /** Whole or not at all, for its owner only. */
  async #write(config: Record<string, unknown>): Promise<void> {
    const path = this.#path;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}.new`;
    await writeFile(temporary, `${JSON.stringify(config, null, '\t')}\n`, { mode: 0o600 });
    await chmod(temporary, 0o600);
    await rename(temporary, path);
  }
}

function helperFor(config: Record<string, unknown>, registry: string): string | undefined {
  const helper = text(record(config['credHelpers'])[serverOf(registry)]) || text(config['credsStore']);
  if (helper === '') return undefined;
  // A name with a slash in it would run another program than a helper.
  if (!/^[\w.-]+$/.test(helper)) throw new Failure('invalid', t('{0} is no name of a credential helper.', helper));
  return helper;
}

/** The text is never part of the failure: it holds secrets. */
function parse(json: string, where: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new Failure('invalid', t('{0} is not valid JSON. Correct it, or remove it.', where));
  }
}
