/** The request field by field: another face of the same text, so that neither can lose what the other holds. */
import { type TemplateResult, html, nothing } from 'lit';
import { t } from '../../../core/l10n.ts';
import type { JsonNode } from '../../../grpc/json.ts';
import { Part } from '../part.ts';
import { readMessages } from '../state.ts';
import './anyFields.ts';
import './bytesField.ts';
import { type FormContext, type Place, emptyJson } from './context.ts';
import { addMessage, removeMessage, replaceNode } from './edit.ts';
import './fold.ts';
import './jsonValue.ts';
import './manyFields.ts';
import './messageFields.ts';
import { valueControl } from './value.ts';

export class RequestForm extends Part {
  static override properties = { form: { attribute: false }, many: { attribute: false } };
  declare form: FormContext;
  /** Several messages can be sent. */
  declare many: boolean;

  override render(): TemplateResult {
    const read = readMessages(this.form.text);
    if ('problem' in read) return this.#unreadable(read.problem.message);
    const { nodes } = read;
    return html`
      ${nodes.map((node, index) => this.#message(node, index, nodes))}
      ${
        nodes.length === 0 || this.many
          ? html`<button id="add-message" class="plain" type="button" @click=${() => this.#add()}>
              ${t('Add a Message')}
            </button>`
          : nothing
      }
    `;
  }

  /** Nothing is lost: the text is as it was typed, and says what keeps it from being a form. */
  #unreadable(reason: string): TemplateResult {
    return html`<p class="problem" role="alert">
        ${t('The request cannot be shown as a form while its text is no JSON: {0}', reason)}
      </p>
      <button class="plain" type="button" @click=${() => this.tell('show-problem', null)}>
        ${t('Show the Place in the Text')}
      </button>`;
  }

  #message(node: JsonNode, index: number, nodes: readonly JsonNode[]): TemplateResult {
    const { form } = this;
    const slot = { kind: 'message', of: form.table.root } as const;
    const place: Place = {
      form,
      slot,
      node,
      id: `m${index}`,
      label: '',
      set: (value) => form.write(replaceNode(form.text, node, value)),
    };
    if (nodes.length === 1 && !this.many) return valueControl(named(place));
    return html`<fieldset class="message" data-at=${node.start}>
      <legend>
        ${t('Message {0}', index + 1)}
        <button
          class="plain"
          type="button"
          aria-label=${t('Delete message {0}', index + 1)}
          @click=${() => form.write(removeMessage(form.text, nodes, index))}
        >
          ${t('Delete')}
        </button>
      </legend>
      ${valueControl(named(place))}
    </fieldset>`;
  }

  #add(): void {
    const { form } = this;
    form.write(addMessage(form.text, emptyJson({ kind: 'message', of: form.table.root }, form.table)));
  }
}

/** A message that is one value, such as an Int64Value, is named by its type; fields have names of their own. */
function named(place: Place): Place {
  const shape = place.form.table.message(place.slot.of);
  return shape?.form === 'fields' ? place : { ...place, label: place.slot.of };
}

customElements.define('gantry-request-form', RequestForm);
