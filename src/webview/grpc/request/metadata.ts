/** Names and values sent along with the call. */
import { type TemplateResult, html } from 'lit';
import { t } from '../../../core/l10n.ts';
import type { MetadataRow } from '../../../grpc/protocol.ts';
import { Part, valueOf } from '../part.ts';

export class Metadata extends Part {
  static override properties = { rows: { attribute: false } };
  declare rows: readonly MetadataRow[];

  override render(): TemplateResult {
    return html`
      <h3>${t('Metadata')}</h3>
      ${this.rows.map((row, index) => this.#row(row, index))}
      <button id="add-metadata" class="plain" type="button" @click=${() => this.tell('metadata-added', null)}>
        ${t('Add Metadata')}
      </button>
    `;
  }

  #row(row: MetadataRow, index: number): TemplateResult {
    const { name, value } = row;
    const edit = (changed: Partial<MetadataRow>): void =>
      this.tell('metadata-edited', { index, row: { ...row, ...changed } });
    return html`
      <div class="pair">
        <input
          aria-label=${t('Name')}
          placeholder=${t('Name')}
          autocomplete="off"
          .value=${name}
          @input=${(event: Event) => edit({ name: valueOf(event) })}
        />
        <input
          aria-label=${t('Value')}
          placeholder=${name.endsWith('-bin') ? t('Value in base64') : t('Value')}
          autocomplete="off"
          .value=${value}
          @input=${(event: Event) => edit({ value: valueOf(event) })}
        />
        <button
          class="plain"
          type="button"
          aria-label=${t('Delete {0}', name)}
          @click=${() => this.tell('metadata-removed', index)}
        >
          ${t('Delete')}
        </button>
      </div>
    `;
  }
}

customElements.define('gantry-metadata', Metadata);
