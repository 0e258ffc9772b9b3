/** What each check type is told by an item; schemas/item.schema.json says what the fields mean. Times in milliseconds. */
import type { Fails } from '../doubles/double.ts';
import type { Bilingual } from '../model.ts';

export interface BuildCheck {
  readonly id: string;
  readonly type: 'build';
}

export interface ProcessSignalCheck {
  readonly id: string;
  readonly type: 'process-signal';
  readonly signal: 'SIGTERM' | 'SIGINT';
  readonly inflight: {
    readonly count: number;
    readonly path: string;
    readonly shortest: number;
    readonly longest: number;
  };
  readonly expect: { readonly refusedAfter: number; readonly exitWithin: number; readonly exitCode: number };
}

/** Requests in steps, each against what a double then does and counts. The first step that fails is the last. */
export interface HttpCheck {
  readonly id: string;
  readonly type: 'http';
  /** How doubles behave while the program starts; those not named work. */
  readonly starts: Readonly<Record<string, Fails>>;
  readonly steps: readonly HttpStep[];
}

export interface HttpStep {
  /** Also the id of its assertion. */
  readonly id: string;
  readonly what: Bilingual;
  readonly next: Bilingual;
  readonly wait: number;
  readonly settles: number;
  readonly double: string;
  readonly fails: Fails;
  readonly delay: number;
  readonly get: string;
  readonly requests: number;
  readonly together: number;
  readonly expect: {
    readonly passed: number;
    readonly otherwise: readonly number[];
    readonly calls?: Range;
    readonly within: number;
  };
}

export interface Range {
  readonly least: number;
  readonly most: number;
}

/** The program is started again and again with other variables. */
export interface ConfigCheck {
  readonly id: string;
  readonly type: 'config';
  readonly rounds: number;
  readonly exitWithin: number;
  readonly variables: Readonly<Record<string, Variable>>;
}

export interface Variable {
  readonly kind: 'text' | 'number' | 'duration' | 'flag' | 'secret';
  /** Its value when it is not set; a variable without one is required. */
  readonly default?: string;
  /** The path where its value shows. */
  readonly shownBy: string;
}

/** Traffic of a known kind, and what the program's metrics say of it. */
export interface MetricsCheck {
  readonly id: string;
  readonly type: 'metrics';
  readonly scrape: string;
  readonly counter: string;
  readonly histogram: string;
  readonly gauge: string;
  /** `${item}`, `${ms}` and `${code}` are what the request shall be about, take and answer. */
  readonly path: string;
  /** The label `route` of every such request. */
  readonly route: string;
}

export type Check = BuildCheck | ProcessSignalCheck | HttpCheck | ConfigCheck | MetricsCheck;

/** A check as item.yaml has it: durations are text, and what has a default may be left out. */
export type CheckFile = BuildCheck | SignalFile | HttpFile | ConfigFile | MetricsCheck;

type SignalFile = Pick<ProcessSignalCheck, 'id' | 'type' | 'signal'> & {
  readonly inflight: { count: number; path: string; shortest: string; longest: string };
  readonly expect: { refusedAfter: string; exitWithin: string; exitCode: number };
};

type HttpFile = Pick<HttpCheck, 'id' | 'type'> &
  Partial<Pick<HttpCheck, 'starts'>> & { readonly steps: readonly HttpStepFile[] };

type HttpStepFile = Omit<HttpStep, 'wait' | 'settles' | 'delay' | 'together' | 'expect'> & {
  readonly wait?: string;
  readonly settles?: string;
  readonly delay?: string;
  readonly together?: number;
  readonly expect: Omit<HttpStep['expect'], 'within'> & { readonly within: string };
};

type ConfigFile = Omit<ConfigCheck, 'exitWithin'> & { readonly exitWithin: string };

export function checkOf(check: CheckFile): Check {
  switch (check.type) {
    case 'build':
    case 'metrics':
      return check;
    case 'process-signal':
      return processSignal(check);
    case 'http':
      return { ...check, starts: check.starts ?? {}, steps: check.steps.map(httpStep) };
    case 'config':
      return { ...check, exitWithin: milliseconds(check.exitWithin) };
  }
}

const httpStep = ({ wait, settles, delay, together = 1, expect, ...step }: HttpStepFile): HttpStep => ({
  ...step,
  together,
  wait: milliseconds(wait ?? '0ms'),
  settles: milliseconds(settles ?? '0ms'),
  delay: milliseconds(delay ?? '0ms'),
  expect: { ...expect, within: milliseconds(expect.within) },
});

const processSignal = ({ inflight, expect, ...check }: SignalFile): ProcessSignalCheck => ({
  ...check,
  inflight: { ...inflight, shortest: milliseconds(inflight.shortest), longest: milliseconds(inflight.longest) },
  expect: {
    ...expect,
    refusedAfter: milliseconds(expect.refusedAfter),
    exitWithin: milliseconds(expect.exitWithin),
  },
});

/** `500ms` → 500, `8s` → 8000. */
export const milliseconds = (text: string): number => Number.parseInt(text, 10) * (text.endsWith('ms') ? 1 : 1000);
