/** Adds, renames and removes contexts in the person's own kubeconfigs. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../core/backoff.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Contexts } from './contexts.ts';
import { kubeConfigFiles } from './kubeconfig.ts';
import type { KubeContext } from './kubeconfig.ts';
import { type InUse, addContexts, removeContext, renameContext, takeBackContexts } from './kubeconfigEdit.ts';
import { changeKubeconfig } from './kubeconfigFile.ts';
import type { Preferences } from './preferences.ts';

export interface KubeconfigDeps {
  readonly contexts: Contexts;
  readonly preferences: Preferences;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

/** What became of contexts in one file: `kept` have a name of theirs, but are something else. */
export interface TakenBack {
  readonly file: string;
  readonly removed: readonly string[];
  readonly kept: readonly string[];
}

export class KubeconfigCommands {
  readonly #deps: KubeconfigDeps;

  constructor(deps: KubeconfigDeps) {
    this.#deps = deps;
  }

  /**
   * Adds the contexts of a text to the file that kubectl would add them to. `folder` is where relative paths of the text
   * start, when it was a file. Throws Failure.
   */
  async add(text: string, folder?: string): Promise<{ readonly file: string; readonly names: readonly string[] }> {
    const file = this.#defaultFile();
    let names: readonly string[] = [];
    const change = (before: string): string => {
      const result = addContexts(before, text, folder);
      ({ names } = result);
      return result.text;
    };
    await changeKubeconfig(file, change, this.#deps.clock);
    await this.#deps.contexts.load();
    return { file, names };
  }

  /**
   * Takes the contexts of a text that was added once out of the person's files again, where they are still the same.
   * Throws Failure; then they stay.
   */
  async takeBack(text: string): Promise<readonly TakenBack[]> {
    const { contexts, preferences, clock } = this.#deps;
    const { contexts: known } = await contexts.loaded();
    const taken: TakenBack[] = [];
    for (const file of this.#files().filter((each) => existsSync(each))) {
      const inUse = namesOf(known.filter((each) => each.id === each.name && each.file !== file));
      let look = takeBackContexts(await readFile(file, 'utf8'), text, inUse);
      // What it is worth to wait for the lock for is looked at again under it.
      if (look.removed.length > 0) {
        await changeKubeconfig(file, (now) => (look = takeBackContexts(now, text, inUse)).text, clock);
      }
      for (const name of look.removed) preferences.move(name, undefined);
      taken.push({ file, removed: look.removed, kept: look.kept });
    }
    if (taken.some(({ removed }) => removed.length > 0)) await contexts.load();
    return taken;
  }

  /** Throws Failure `invalid` when the name is taken or the context is not the person's own. */
  async rename(id: string, to: string): Promise<void> {
    const { contexts, preferences, clock } = this.#deps;
    const { name, file } = this.own(id);
    const problem = this.nameProblem(id, to);
    if (problem !== undefined) throw new Failure('invalid', problem);
    for (const each of this.#files()) {
      // The current context may be named by another file than the one that holds it.
      if (!existsSync(each)) continue;
      await changeKubeconfig(each, (text) => renameContext(text, name, to, each === file), clock);
    }
    preferences.move(id, to);
    await contexts.load();
  }

  /** Why the context cannot have this name; undefined when it can. */
  nameProblem(id: string, to: string): string | undefined {
    if (to.trim() === '' || to !== to.trim()) return t('A name is needed, without spaces around it.');
    const taken = this.#deps.contexts.configs().contexts.some((each) => each.id !== id && each.name === to);
    return taken ? t('There already is a context {0}.', to) : undefined;
  }

  /** Takes a context out of its file, with its cluster and user where no other context needs them. Throws Failure. */
  async remove(id: string): Promise<void> {
    const { contexts, preferences, clock } = this.#deps;
    const { name, file } = this.own(id);
    const others = contexts.configs().contexts.filter((each) => each.id !== id && each.id === each.name);
    await changeKubeconfig(file, (text) => removeContext(text, name, namesOf(others)), clock);
    preferences.move(id, undefined);
    await contexts.load();
  }

  /** The context, if it stands in a kubeconfig of the person's own. Throws Failure. */
  own(id: string): KubeContext {
    const context = this.#deps.contexts.get(id);
    if (context === undefined) throw new Failure('notFound', t('No kubeconfig holds the context {0} any more.', id));
    if (context.id !== context.name) {
      throw new Failure(
        'invalid',
        t('{0} is the context of the local cluster: it comes and goes with it.', context.name),
      );
    }
    return context;
  }

  #files(): string[] {
    return kubeConfigFiles({ env: this.#deps.env, extra: [] });
  }

  /** Of several files the first that exists, else the last: the rule of client-go's `GetDefaultFilename`. */
  #defaultFile(): string {
    const files = this.#files();
    return files.find((file) => existsSync(file)) ?? files.at(-1)!;
  }
}

const namesOf = (contexts: readonly KubeContext[]): InUse => ({
  clusters: new Set(contexts.map(({ cluster }) => cluster.name)),
  users: new Set(contexts.flatMap(({ user }) => user?.name ?? [])),
});
