/** A message as a tree, walked with the keys of a tree. */
import { type PropertyValues, type TemplateResult, html, nothing } from 'lit';
import { styleMap } from 'lit/directives/style-map.js';
import { t } from '../../../core/l10n.ts';
import type { JsonNode } from '../../../grpc/json.ts';
import { icon } from '../icon.ts';
import { type TreeRow, treeRows } from './treeRows.ts';
import { VirtualRows, rowHeight } from './virtualRows.ts';

/** Rows of a tree in sight without scrolling: what stands below it stays near. */
const mostInSight = 16;
/** Pixels of the scroll bar below long lines. */
const barHeight = 12;

export class JsonTree extends VirtualRows {
  static override properties = {
    ...VirtualRows.properties,
    node: { attribute: false },
    label: { attribute: false },
    turned: { state: true },
  };
  declare node: JsonNode;
  declare label: string;
  /** Paths of the nodes that the person opened or closed. They hold for the next message, which looks alike. */
  declare turned: ReadonlySet<string>;
  #rows: readonly TreeRow[] = [];

  constructor() {
    super();
    this.turned = new Set();
  }

  protected override get count(): number {
    return this.#rows.length;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('node') || changed.has('turned')) this.#rows = treeRows(this.node, this.turned);
    super.willUpdate(changed);
  }

  protected override frame(rows: TemplateResult): TemplateResult {
    return html`<div
      class="rows tree"
      role="tree"
      tabindex="0"
      aria-label=${this.label}
      aria-activedescendant=${`tree-row-${this.active}`}
      style=${styleMap({ height: `${Math.min(this.count, mostInSight) * rowHeight + barHeight}px` })}
      @scroll=${this.scrolled}
      @keydown=${this.pressed}
    >
      ${rows}
    </div>`;
  }

  protected override row(index: number, active: boolean): TemplateResult {
    const { level, name, kind, text, open, position, siblings } = this.#rows[index]!;
    return html`<div
      id=${`tree-row-${index}`}
      class=${active ? 'row active' : 'row'}
      role="treeitem"
      aria-level=${level + 1}
      aria-posinset=${position}
      aria-setsize=${siblings}
      aria-selected=${active}
      aria-expanded=${open ?? nothing}
      aria-label=${name === '' ? text : `${name}: ${text}`}
      style=${`padding-left: ${4 + level * 14}px`}
      @click=${() => this.#clicked(index)}
    >
      <span class="twistie" aria-hidden="true"
        >${open === undefined ? nothing : icon(open ? 'chevron-down' : 'chevron-right')}</span
      >
      ${name === '' ? nothing : html`<span class="key">${name}</span><span class="quiet">: </span>`}
      <span class=${`json-${kind}`}>${text}</span>
    </div>`;
  }

  protected override press(key: string, index: number): boolean {
    const { open, level } = this.#rows[index]!;
    switch (key) {
      case 'Enter':
      case ' ':
        if (open !== undefined) this.#turn(index);
        return true;
      case 'ArrowRight':
        if (open === false) this.#turn(index);
        else if (open === true) this.moveTo(index + 1);
        return true;
      case 'ArrowLeft':
        if (open === true) this.#turn(index);
        else this.moveTo(this.#rows.findLastIndex((row, at) => at < index && row.level < level));
        return true;
      default:
        return false;
    }
  }

  #clicked(index: number): void {
    this.active = index;
    if (this.#rows[index]!.open !== undefined) this.#turn(index);
  }

  #turn(index: number): void {
    const { path } = this.#rows[index]!;
    const turned = new Set(this.turned);
    if (!turned.delete(path)) turned.add(path);
    this.turned = turned;
  }
}

export const treeLabel = (title: string): string => t('{0} as a tree', title);

customElements.define('gantry-json-tree', JsonTree);
