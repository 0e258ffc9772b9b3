/** Calls made before: to send one again, or to compare what two answered. */
import { type TemplateResult, html, nothing } from 'lit';
import { t } from '../../../core/l10n.ts';
import type { PastCall } from '../../../grpc/protocol.ts';
import { Part } from '../part.ts';
import { milliseconds } from './milliseconds.ts';

export class History extends Part {
  static override properties = { calls: { attribute: false } };
  /** Newest first. */
  declare calls: readonly PastCall[];

  override render(): TemplateResult | typeof nothing {
    const { calls } = this;
    if (calls.length === 0) return nothing;
    return html`<details id="history">
      <summary>${t('History')} <span class="quiet">${calls.length}</span></summary>
      <ul class="history">
        ${calls.map((call, index) => this.#call(call, index))}
      </ul>
      <button class="plain" type="button" @click=${() => this.tell('history-forgotten', null)}>
        ${t('Forget History')}
      </button>
    </details>`;
  }

  #call(call: PastCall, index: number): TemplateResult {
    const { at, outcome, ok, total, received, request } = call;
    const time = new Date(at).toLocaleString(document.documentElement.lang || undefined);
    const newest = this.calls[0]!;
    return html`<li>
      <span class="when">${time}</span> <b class=${ok ? 'ok' : 'failure'}>${outcome}</b>
      <span class="quiet"
        >${total === undefined ? nothing : milliseconds(total)}
        ${received > 1 ? t('{0} messages', received) : nothing}</span
      >
      <span class="buttons">
        <button
          class="plain"
          type="button"
          ?disabled=${request === ''}
          aria-label=${t('Use the request of {0}', time)}
          @click=${() => this.tell('past-call-chosen', call)}
        >
          ${t('Use')}
        </button>
        ${
          index === 0
            ? nothing
            : html`<button
                class="plain"
                type="button"
                aria-label=${t('Compare the answer of {0} with the newest', time)}
                @click=${() => this.tell('compare', [at, newest.at])}
              >
                ${t('Compare')}
              </button>`
        }
      </span>
    </li>`;
  }
}

customElements.define('gantry-history', History);
