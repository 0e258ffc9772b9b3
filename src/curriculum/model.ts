/** The curriculum's vocabulary: items, checks, evidence, outcomes and states. */

/** The languages the curriculum is written in, as VS Code names them. */
export type Language = 'zh-cn' | 'en';

/** A text in both languages. */
export type Bilingual = Readonly<Record<Language, string>>;

/** What an item's check needs besides Go. */
export type Need = 'docker' | 'cluster' | 'network';

/** A title of the outline that can be proven (or, for reading, only attested). */
export interface OutlineItem {
  /** Stable for ever: proofs are filed under it. */
  readonly id: string;
  readonly title: Bilingual;
  readonly goal: Bilingual;
  /** 1 (an hour) to 5 (days). */
  readonly difficulty: number;
  /** 1 to 3; absent for resources. */
  readonly phase?: number;
  /** Week or weeks of the plan, `3` or `4-8`; absent for resources. */
  readonly weeks?: string;
  readonly needs: readonly Need[];
  /** Reading and talking cannot be proven by a program: shown grey, never green. */
  readonly attested: boolean;
  readonly link?: string;
  /** Of a project: what it is proven by, one after the other; none for anything else. */
  readonly steps?: readonly OutlineItem[];
}

/** A heading with what stands under it. */
export interface OutlineGroup {
  readonly id: string;
  readonly title: Bilingual;
  readonly goal: Bilingual;
  readonly groups: readonly OutlineGroup[];
  readonly items: readonly OutlineItem[];
}

export interface Outline {
  readonly title: Bilingual;
  readonly goal: Bilingual;
  readonly groups: readonly OutlineGroup[];
}

/** What a claim is about, where it can be looked at while it is there. It holds nonces at most, never a secret. */
export type Subject =
  | {
      readonly kind: 'grpc';
      /** `127.0.0.1:PORT`, plaintext. */
      readonly target: string;
      /** `package.Service/Method`. */
      readonly method: string;
      /** JSON texts. */
      readonly messages: readonly string[];
      readonly metadata: readonly (readonly [name: string, value: string])[];
    }
  | {
      readonly kind: 'container';
      /** Its engine's address. */
      readonly engine: string;
      readonly id: string;
      readonly name: string;
    }
  | {
      readonly kind: 'namespace';
      /** The context's name. */
      readonly context: string;
      readonly namespace: string;
    };

/** One claim about the learner's program that was put to the test. */
export interface Evidence {
  /** `<check>.<assertion>`, stable: `drain.answered`. */
  readonly id: string;
  readonly ok: boolean;
  /** The claim, as a sentence. */
  readonly what: string;
  readonly want: string;
  readonly got: string;
  /** `file:line:column` below the lab's folder, where that is known. */
  readonly where?: string;
  /** What to do about it; only where it is not met. */
  readonly next?: string;
  /** What it is about; gone with the check. */
  readonly subject?: Subject;
}

/** What a check saw, in words from a closed set that hints refer to: `drain.ended` → `SIGTERM`. */
export type Facts = Readonly<Record<string, string>>;

export type Verdict =
  | { readonly state: 'proven' }
  | { readonly state: 'failed'; readonly hint?: string }
  /** Something around the learner's program is missing or broken; `reason` says what and how to mend it. */
  | { readonly state: 'blocked'; readonly reason: string; readonly remedy?: Remedy };

/**
 * What a person can do at once about what is missing: have a cluster in a container made, see what became of each container
 * engine, or see which tools there are and how to get the others.
 */
export type Remedy = 'podCluster' | 'engine' | 'tools';

/** One run of an item's checks. */
export interface Report {
  readonly item: string;
  /** Draws nonces, durations and order; the same seed draws the same. */
  readonly seed: number;
  /** Milliseconds, build included. */
  readonly duration: number;
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  readonly facts: Facts;
}

/**
 * How an item stands. `stale`: proven, but the code or the check changed since. `regressed`: proven once, and the last
 * run failed. `attested`: read, by the learner's own word.
 */
export type ItemState = 'todo' | 'running' | 'failed' | 'blocked' | 'proven' | 'stale' | 'regressed' | 'attested';

/** Which items are shown: all, those that this machine can run, or those of them that are not proven. */
export const filters = ['all', 'runnable', 'open'] as const;
export type Filter = (typeof filters)[number];
