/** A row of buttons of which one is pressed. */
import { type TemplateResult, html } from 'lit';

export function choice<Value extends string>(
  label: string,
  chosen: Value,
  choices: readonly (readonly [Value, string])[],
  choose: (value: Value) => void,
): TemplateResult {
  return html`<div class="choice" role="group" aria-label=${label}>
    ${choices.map(
      ([value, name]) =>
        html`<button type="button" data-value=${value} aria-pressed=${value === chosen} @click=${() => choose(value)}>
          ${name}
        </button>`,
    )}
  </div>`;
}
