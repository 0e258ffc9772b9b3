/** A field of bytes, written as text, hexadecimal digits or base64, or taken from a file. */
import { type TemplateResult, html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { t } from '../../../core/l10n.ts';
import { Part, valueOf } from '../part.ts';
import { type BytesFace, bestFace, shownBytes, typedBytes } from './bytes.ts';
import { type Place, problemsOf } from './context.ts';
import { scalarText } from './scalar.ts';

/** Characters of base64 that are drawn; a file may have millions. */
const mostDrawn = 20_000;

export class BytesField extends Part {
  static override properties = { place: { attribute: false }, face: { state: true }, file: { state: true } };
  declare place: Place;
  declare face: BytesFace | undefined;
  declare file: string | undefined;

  override render(): TemplateResult {
    const { place } = this;
    const value = scalarText(place.node) ?? '';
    if (value.length > mostDrawn) return this.#large(value);
    const wished = this.face ?? bestFace(value);
    // A value that cannot be shown as wished is shown as what it is.
    const shown = shownBytes(value, wished);
    const face = shown === undefined ? bestFace(value) : wished;
    return html`<div class="joined">
      <textarea
        id=${place.id}
        class="text"
        spellcheck="false"
        rows="1"
        aria-label=${place.label}
        aria-invalid=${problemsOf(place).length > 0}
        .value=${live(shown ?? shownBytes(value, face) ?? value)}
        @input=${(event: Event) => this.#typed(valueOf(event), face)}
      ></textarea>
      <select
        aria-label=${t('How {0} is written', place.label)}
        @change=${(event: Event) => (this.face = valueOf(event) as BytesFace)}
      >
        ${this.#option('text', t('text'), face)} ${this.#option('hex', 'hex', face)}
        ${this.#option('base64', 'base64', face)}
      </select>
      ${this.#fileButton()}
    </div>`;
  }

  #option(face: BytesFace, name: string, chosen: BytesFace): TemplateResult {
    return html`<option value=${face} ?selected=${face === chosen}>${name}</option>`;
  }

  #typed(text: string, face: BytesFace): void {
    // Once typed in, the face stays, whatever would now show the value best.
    this.face = face;
    this.file = undefined;
    this.place.set(JSON.stringify(typedBytes(text, face)));
  }

  #large(value: string): TemplateResult {
    const bytes = Math.floor((value.replace(/=+$/, '').length * 3) / 4);
    return html`<div class="joined">
      <output id=${this.place.id} class="quiet">${this.file ?? nothing} ${t('{0} bytes', bytes)}</output>
      ${this.#fileButton()}
    </div>`;
  }

  #fileButton(): TemplateResult {
    return html`<button
      class="plain"
      type="button"
      aria-label=${t('Take {0} from a file', this.place.label)}
      @click=${() => this.#chooseFile()}
    >
      ${t('File…')}
    </button>`;
  }

  async #chooseFile(): Promise<void> {
    const chosen = await this.place.form.chooseFile();
    if (chosen === null) return;
    this.file = chosen.name;
    this.place.set(JSON.stringify(chosen.base64));
  }
}

customElements.define('gantry-bytes-field', BytesField);
