/** One message: as a tree, as its text, or its lists as tables. */
import { type PropertyValues, type TemplateResult, html, nothing } from 'lit';
import { t } from '../../../core/l10n.ts';
import type { MessageRow } from '../../../grpc/conversation.ts';
import { type JsonNode, parseJson } from '../../../grpc/json.ts';
import { Part } from '../part.ts';
import { choice } from '../choice.ts';
import './jsonTree.ts';
import { treeLabel } from './jsonTree.ts';
import './rawJson.ts';
import { type Table, tablesOf } from './tables.ts';
import { messageTitle } from './timeline.ts';

type Look = 'tree' | 'raw' | 'table';

/** Characters of a message that the page takes apart or shows as text; a document shows all. */
const mostText = 2_000_000;

export class MessageView extends Part {
  static override properties = {
    row: { attribute: false },
    json: { attribute: false },
    look: { state: true },
  };
  declare row: MessageRow;
  /** Undefined while it is being fetched. */
  declare json: string | undefined;
  declare look: Look;
  #node: JsonNode | undefined;
  #tables: readonly Table[] = [];

  constructor() {
    super();
    this.look = 'tree';
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('json')) return;
    const { json } = this;
    this.#node = json === undefined || json.length > mostText ? undefined : parseJson(json);
    this.#tables = this.#node === undefined ? [] : tablesOf(this.#node, json!);
  }

  override render(): TemplateResult {
    const { json, row } = this;
    if (json === undefined) return html`<p class="quiet">${t('Loading')}</p>`;
    const look =
      this.#node === undefined ? 'raw' : this.look === 'table' && this.#tables.length === 0 ? 'tree' : this.look;
    return html`
      <div class="bar">
        ${choice<Look>(
          t('How the message is shown'),
          look,
          [
            ...(this.#node === undefined ? [] : [['tree', t('Tree')] as const]),
            ['raw', t('Raw')],
            ...(this.#tables.length > 0 ? [['table', t('Table')] as const] : []),
          ],
          (chosen) => (this.look = chosen),
        )}
        <span class="quiet">${t('{0} bytes', row.bytes)}</span>
        <button id="open-message" class="plain" type="button" @click=${() => this.tell('open-message', row.index)}>
          ${t('Open in Editor')}
        </button>
      </div>
      ${this.#shown(look)}
    `;
  }

  #shown(look: Look): TemplateResult {
    const title = messageTitle(this.row);
    if (look === 'table') return html`${this.#tables.map((table) => tableView(table))}`;
    if (look === 'tree') {
      return html`<gantry-json-tree .node=${this.#node!} .label=${treeLabel(title)}></gantry-json-tree>`;
    }
    const json = this.json!;
    return html`
      ${json.length > mostText ? html`<p class="quiet">${t('Only the beginning is shown. Open it in the editor to see all.')}</p>` : nothing}
      <gantry-raw-json .text=${json.slice(0, mostText)} .label=${title}></gantry-raw-json>
    `;
  }
}

function tableView({ path, columns, rows, more }: Table): TemplateResult {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${t('Table of {0}', path === '' ? '[]' : path)}>
      <table class="grid">
        <caption>
          ${path}
          <span class="quiet">${rows.length + more}</span>
        </caption>
        <thead>
          <tr>
            ${columns.map((column) => html`<th scope="col">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (cells) =>
              html`<tr>
                ${cells.map((cell) => html`<td>${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
      ${more > 0 ? html`<p class="quiet">${t('{0} more are not shown here.', more)}</p>` : nothing}
    </div>
  `;
}

customElements.define('gantry-message-view', MessageView);
