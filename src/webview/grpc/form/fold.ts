/** What is inside a value, drawn only when it is opened: types may hold themselves without end. */
import { type TemplateResult, html, nothing } from 'lit';
import { t } from '../../../core/l10n.ts';
import { Part } from '../part.ts';
import { type Place, problemsOf } from './context.ts';
import { valueControl } from './value.ts';

/** Levels that are open at first. */
const openLevels = 2;

export class Fold extends Part {
  static override properties = { place: { attribute: false }, open: { state: true } };
  declare place: Place;
  declare open: boolean | undefined;

  override render(): TemplateResult {
    const { place } = this;
    const open = this.open ?? place.id.split('.').length <= openLevels;
    return html`<details ?open=${open} @toggle=${(event: Event) => this.#toggled(event)}>
      <summary>
        <span class="unseen">${t('Inside {0}', place.label)}:</span>
        <span class="quiet">${summaryOf(place)}</span>
        ${!open && problemsOf(place).length > 0 ? html`<span class="problem">${t('Something in it is wrong.')}</span>` : nothing}
      </summary>
      ${open ? html`<div class="inside">${valueControl(place)}</div>` : nothing}
    </details>`;
  }

  #toggled(event: Event): void {
    const { open } = event.target as HTMLDetailsElement;
    // The events of those inside come by here, too.
    if (event.target === this.firstElementChild) this.open = open;
  }
}

function summaryOf({ node, slot }: Place): string {
  if (node?.kind === 'array') return t('Items: {0}', node.items.length);
  if (node?.kind === 'object' && slot.many === 'map') return t('Entries: {0}', node.members.length);
  if (node?.kind === 'object') return node.members.map(({ key }) => key).slice(0, 6).join(', ') || '{ }'; // prettier-ignore
  return '';
}

customElements.define('gantry-fold', Fold);
