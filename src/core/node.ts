/** What a tree shows of one thing, as plain data. Domains describe; the editor draws; tests compare. */

export interface Icon {
  /** A codicon's name, without `$()`. */
  readonly name: string;
  /** A theme colour id such as `testing.iconPassed`. */
  readonly color?: string;
}

export interface NodeDescription {
  /** Stable across refreshes, unique in its view: selection and expansion hang on it. */
  readonly id: string;
  readonly label: string;
  /** Greyed text after the label. */
  readonly description?: string;
  readonly icon?: Icon;
  /** Markdown without trust; a function where a view may have thousands of rows: only one is hovered at a time. */
  readonly tooltip?: string | (() => string);
  /** `;`-separated tags (`pod;running`) for `when` clauses. */
  readonly contextValue?: string;
  /** True for what may not be true any more: the row is drawn in the colour of disabled things. */
  readonly dimmed?: boolean;
  readonly children: 'none' | 'collapsed' | 'expanded';
  /** Runs when the row is chosen. */
  readonly command?: { readonly id: string; readonly args: readonly unknown[] };
  /**
   * What a screen reader says of the row: what it is and how it stands, in words. What a person sees by an icon, a colour
   * or a sign stands here, too.
   */
  readonly spoken: string;
}

/** A row that says how things stand: loading, empty, failed; never a thing itself. */
export function messageNode(id: string, label: string, icon: Icon, tooltip?: string): NodeDescription {
  const described = { id, label, icon, children: 'none', contextValue: 'message', spoken: label } as const;
  return tooltip === undefined ? described : { ...described, tooltip };
}

/** The tooltip's Markdown; undefined when the row has none. */
export const tooltipOf = ({ tooltip }: NodeDescription): string | undefined =>
  typeof tooltip === 'function' ? tooltip() : tooltip;
