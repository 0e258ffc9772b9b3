/**
 * What a person may do in a namespace, as SelfSubjectRulesReview tells it. Menus follow it: what it denies is not
 * offered. Where the server cannot tell everything (a webhook decides), what it does not name may still be allowed.
 */
import type { Disposable } from '../../core/disposable.ts';
import { type Clock } from '../../core/backoff.ts';
import { Emitter } from '../../core/emitter.ts';
import { t } from '../../core/l10n.ts';
import type { Requester } from '../connection.ts';
import type { Need } from './action.ts';
import { send } from './apiCall.ts';

export interface Rules {
  readonly incomplete: boolean;
  readonly rules: readonly {
    readonly verbs: readonly string[];
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
}

type Rule = Rules['rules'][number];

export type Verdict = 'allowed' | 'denied' | 'unknown';

/** The rules that allow it, for some names at least. */
function rulesFor({ rules }: Rules, { verb, group, resource }: Need): Rule[] {
  const subresource = resource.includes('/') ? `*/${resource.split('/')[1]!}` : undefined;
  const among = (list: readonly string[] | undefined, ...wanted: readonly (string | undefined)[]): boolean =>
    list?.some((each) => each === '*' || wanted.includes(each)) ?? false;
  return rules.filter(
    (rule) => among(rule.verbs, verb) && among(rule.apiGroups, group) && among(rule.resources, resource, subresource),
  );
}

/** What may be done in a namespace, as far as it is known. There is another one once other rules are known. */
export interface Rights {
  /** Whether some rule is for named objects only, so that two objects of a kind may differ. */
  readonly namesMatter: boolean;
  /** @param name the object's; some roles allow only named ones. Undefined where it is not known which is meant. */
  verdict(need: Need, name: string | undefined): Verdict;
}

/** What is not known is offered: the server has the last word. */
const unknownRights: Rights = { namesMatter: false, verdict: () => 'unknown' };

/** What rules allow; asked about the same dozen needs for each of thousands of rows. */
export function rightsBy(rules: Rules): Rights {
  const byNeed = new WeakMap<Need, readonly Rule[]>();
  return {
    namesMatter: rules.rules.some(({ resourceNames = [] }) => resourceNames.length > 0),
    verdict: (need, name) => {
      let fitting = byNeed.get(need);
      if (fitting === undefined) byNeed.set(need, (fitting = rulesFor(rules, need)));
      const allowed = fitting.some(
        ({ resourceNames = [] }) => resourceNames.length === 0 || name === undefined || resourceNames.includes(name),
      );
      if (allowed) return 'allowed';
      return rules.incomplete ? 'unknown' : 'denied';
    },
  };
}

export interface AccessDeps {
  /** Throws Failure when there is no such context. */
  readonly connect: (context: string) => Requester;
  readonly clock: Clock;
}

/** Milliseconds for which an answer is believed; roles change rarely. */
const freshFor = 5 * 60_000;

interface Known {
  readonly asked: number;
  /** Undefined until the answer is there, and when there is none. */
  rules: Rules | undefined;
  rights: Rights;
}

/** No namespace has a line break in its name. */
const placeKey = (context: string, namespace: string): string => `${namespace}\n${context}`;
const contextOf = (key: string): string => key.slice(key.indexOf('\n') + 1);

export class Access implements Disposable {
  readonly #deps: AccessDeps;
  readonly #known = new Map<string, Known>();
  readonly #changed = new Emitter<{ readonly context: string; readonly namespace: string }>();
  readonly #closing = new AbortController();

  constructor(deps: AccessDeps) {
    this.#deps = deps;
  }

  /** Fires when the rules of a namespace are known, or known to be others. */
  readonly onDidChange = this.#changed.event;

  /**
   * Whether something may be done, as far as it is known now; asks the server when it is not.
   *
   * @param namespace empty for what has none.
   */
  may(context: string, namespace: string, need: Need, name: string | undefined): Verdict {
    return this.rights(context, namespace).verdict(need, name);
  }

  /** Everything that is known of a namespace now; asks the server when that is nothing, or too old. */
  rights(context: string, namespace: string): Rights {
    const key = placeKey(context, namespace);
    const now = this.#deps.clock.now();
    const known = this.#known.get(key);
    if (known !== undefined && now - known.asked <= freshFor) return known.rights;
    const next: Known = { asked: now, rules: known?.rules, rights: known?.rights ?? unknownRights };
    this.#known.set(key, next);
    void this.#ask(context, namespace, next);
    return next.rights;
  }

  /** Asks again when somebody next wants to know: another user, another role. */
  forget(context?: string): void {
    for (const key of this.#known.keys()) {
      if (context === undefined || contextOf(key) === context) this.#known.delete(key);
    }
  }

  dispose(): void {
    this.#closing.abort();
    this.#changed.dispose();
  }

  async #ask(context: string, namespace: string, known: Known): Promise<void> {
    let rules: Rules;
    try {
      rules = await reviewRules(this.#deps.connect(context), namespace, this.#closing.signal);
    } catch {
      return; // Not knowing hides nothing.
    }
    if (JSON.stringify(rules) === JSON.stringify(known.rules)) return;
    known.rules = rules;
    known.rights = rightsBy(rules);
    this.#changed.fire({ context, namespace });
  }
}

/** Asks the server. Rules for what has no namespace come with those of any. Throws Failure. */
export async function reviewRules(server: Requester, namespace: string, signal: AbortSignal): Promise<Rules> {
  const answer = await send<{ status?: { incomplete?: boolean; resourceRules?: Rules['rules'] } }>(
    server,
    {
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectRulesReview',
        spec: { namespace: namespace || 'default' },
      },
      what: t('ask what you may do'),
    },
    signal,
  );
  return { incomplete: answer.status?.incomplete ?? false, rules: answer.status?.resourceRules ?? [] };
}
