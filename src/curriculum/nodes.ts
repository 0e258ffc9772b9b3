/** The rows of the Curriculum view. */

/** A heading of the outline: section, phase, topic, weeks … */
export interface GroupNode {
  readonly kind: 'group';
  readonly id: string;
}

/** One of the items that can be proven. */
export interface ItemNode {
  readonly kind: 'item';
  readonly id: string;
}

/** What the last run of an item found, one row for each assertion. */
export interface AssertionNode {
  readonly kind: 'assertion';
  readonly item: string;
  readonly id: string;
}

/** Something that keeps from learning: no folder, no trust, a file that could not be read, what blocks a check. */
export interface ProblemNode {
  readonly kind: 'problem';
  readonly id: string;
  readonly message: string;
  /** Mends it, or shows how; runs when the row is chosen. */
  readonly command?: { readonly id: string; readonly args: readonly unknown[] };
}

export type CurriculumNode = GroupNode | ItemNode | AssertionNode | ProblemNode;
