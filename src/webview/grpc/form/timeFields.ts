/** Timestamps and durations, by their text and by pickers. */
import { type TemplateResult, html } from 'lit';
import { live } from 'lit/directives/live.js';
import { t } from '../../../core/l10n.ts';
import { Part, valueOf } from '../part.ts';
import { type Place, problemsOf } from './context.ts';
import { type Unit, bestUnit, shownDuration, typedDuration, units } from './duration.ts';
import { scalarText } from './scalar.ts';

/** The text is what counts: a picker knows no nanoseconds and no time before the year 1. */
export function timestampField(place: Place): TemplateResult {
  const value = scalarText(place.node) ?? '';
  const picked = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d*Z$/.exec(value)?.[1] ?? '';
  const pick = (local: string): void => {
    if (local !== '') place.set(JSON.stringify(`${local.length === 16 ? `${local}:00` : local}Z`));
  };
  return html`<div class="joined">
    <input
      id=${place.id}
      class="wide"
      autocomplete="off"
      placeholder="2026-01-01T00:00:00Z"
      aria-label=${place.label}
      aria-invalid=${problemsOf(place).length > 0}
      .value=${live(value)}
      @input=${(event: Event) => place.set(JSON.stringify(valueOf(event)))}
    />
    <input
      type="datetime-local"
      step="0.001"
      aria-label=${t('Pick {0}, in UTC', place.label)}
      .value=${live(picked)}
      @change=${(event: Event) => pick(valueOf(event))}
    />
    <button
      class="plain"
      type="button"
      aria-label=${t('Set {0} to now', place.label)}
      @click=${() => place.set(JSON.stringify(new Date().toISOString()))}
    >
      ${t('Now')}
    </button>
  </div>`;
}

export class DurationField extends Part {
  static override properties = { place: { attribute: false }, unit: { state: true } };
  declare place: Place;
  declare unit: Unit | undefined;

  override render(): TemplateResult {
    const { place } = this;
    const value = scalarText(place.node) ?? '';
    const wished = this.unit ?? bestUnit(value);
    const exact = shownDuration(value, wished);
    const unit = exact === undefined && shownDuration(value, 's') !== undefined ? 's' : wished;
    return html`<div class="joined">
      <input
        id=${place.id}
        class="number"
        inputmode="decimal"
        autocomplete="off"
        aria-label=${place.label}
        aria-invalid=${problemsOf(place).length > 0}
        .value=${live(shownDuration(value, unit) ?? value)}
        @input=${(event: Event) => this.#typed(valueOf(event), unit)}
      />
      <select
        aria-label=${t('Unit of {0}', place.label)}
        @change=${(event: Event) => (this.unit = valueOf(event) as Unit)}
      >
        ${units.map((name) => html`<option value=${name} ?selected=${name === unit}>${name}</option>`)}
      </select>
    </div>`;
  }

  #typed(text: string, unit: Unit): void {
    this.unit = unit;
    this.place.set(JSON.stringify(typedDuration(text, unit)));
  }
}

customElements.define('gantry-duration-field', DurationField);
