/** Why an object is in a bad state, and what to do next. */

/** What a lesson could be about; the curriculum says which item teaches it. */
export type Topic =
  | 'crashes'
  | 'images'
  | 'memory'
  | 'scheduling'
  | 'configuration'
  | 'eviction'
  | 'probes'
  | 'rollouts'
  | 'storage'
  | 'services';

export interface Explanation {
  /** The word the views show: `CrashLoopBackOff`. */
  readonly status: string;
  /** Container, condition or other part; empty for the whole object. */
  readonly where: string;
  /** One or two sentences made from the object and its events. */
  readonly cause: string;
  /** What to do, the likeliest first. */
  readonly next: readonly string[];
  readonly topic: Topic;
}

/** A lesson on a topic, where there is one. */
export interface Lesson {
  readonly title: string;
  /** How it is opened in a terminal: a command line of `gantry`. */
  readonly line: string;
  /** How it is opened in the editor. */
  readonly open: { readonly id: string; readonly args: readonly unknown[] };
}

/** By topic, where there is one. */
export type Lessons = ReadonlyMap<Topic, Lesson>;
