/** What only this panel has; what all pages share stands in `core/page/style.ts`. */
import { css, unsafeCSS } from 'lit';
import { codicons } from '../../core/page/codicons.ts';
import { pageStyle } from '../../core/page/style.ts';

const chevron = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="${codicons['chevron-right']}"/></svg>`;

export const styles = css`
  ${unsafeCSS(pageStyle)}
  :host {
    display: block;
    padding: 8px 4px 24px;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 10px;
  }
  header p {
    flex-basis: 100%;
    margin: 0;
    color: var(--vscode-descriptionForeground);
    overflow-wrap: anywhere;
  }
  h1 {
    margin-bottom: 0;
  }
  main {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(360px, 100%), 1fr));
    gap: 0 24px;
  }
  section {
    min-width: 0;
  }
  section:first-of-type {
    container: request / inline-size;
  }
  .quiet {
    font-weight: normal;
    font-size: 0.95em;
    overflow-wrap: anywhere;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
  }
  gantry-json-editor,
  gantry-request-form,
  gantry-raw-json,
  gantry-message-view,
  gantry-message-fields,
  gantry-timeline,
  gantry-json-tree,
  gantry-metadata,
  gantry-history {
    display: block;
  }
  [hidden] {
    display: none !important;
  }
  .editor,
  gantry-raw-json {
    border: 1px solid var(--vscode-input-border, var(--gantry-border));
  }
  .editor .cm-editor {
    min-height: 160px;
    max-height: 60vh;
  }
  gantry-raw-json .cm-editor {
    max-height: 60vh;
  }
  .cm-scroller {
    overflow: auto;
  }
  .editor:focus-within,
  gantry-raw-json:focus-within {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  .editor.wrong {
    border-color: var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground));
  }
  button {
    font: inherit;
    cursor: pointer;
  }
  button.plain {
    padding: 1px 8px;
    border: 1px solid var(--vscode-button-border, var(--vscode-contrastBorder, transparent));
    border-radius: 4px;
    background: var(--vscode-button-secondaryBackground);
    color: var(--vscode-button-secondaryForeground);
    white-space: nowrap;
  }
  button.plain:hover:not(:disabled) {
    background: var(--vscode-button-secondaryHoverBackground);
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  .choice {
    display: inline-flex;
    border: 1px solid var(--gantry-border);
    border-radius: 4px;
  }
  .choice button {
    padding: 1px 10px;
    border: 0;
    border-radius: 3px;
    background: transparent;
    color: var(--vscode-foreground);
  }
  .choice button[aria-pressed='true'] {
    background: var(--vscode-inputOption-activeBackground, var(--vscode-button-secondaryBackground));
    color: var(--vscode-inputOption-activeForeground, var(--vscode-button-secondaryForeground));
    outline: 1px solid var(--vscode-inputOption-activeBorder, var(--vscode-contrastActiveBorder, transparent));
    outline-offset: -1px;
  }
  textarea,
  select,
  input {
    box-sizing: border-box;
    min-width: 0;
    padding: 3px 6px;
    border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent));
    background: var(--vscode-input-background);
    color: var(--vscode-input-foreground);
    font: inherit;
  }
  input::placeholder {
    color: var(--vscode-input-placeholderForeground);
  }
  textarea.text {
    width: 100%;
    resize: vertical;
    min-height: 26px;
  }
  select {
    background: var(--vscode-dropdown-background);
    color: var(--vscode-dropdown-foreground);
    border-color: var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent));
    max-width: 100%;
  }
  input[type='checkbox'],
  input[type='radio'] {
    margin: 4px 0 0;
    accent-color: var(--vscode-button-background);
  }
  input[type='datetime-local'] {
    color-scheme: var(--gantry-scheme, normal);
  }
  textarea[aria-invalid='true'],
  select[aria-invalid='true'],
  input[aria-invalid='true'] {
    border-color: var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground));
  }
  input:focus-visible,
  textarea:focus-visible,
  select:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 0;
  }
  /* What scrolls would cut off an outline that stands out. */
  [tabindex]:focus-visible,
  .form :focus-visible {
    outline-offset: -1px;
  }
  /* The frame around it shows the focus. */
  .cm-content:focus-visible {
    outline: none;
  }
  .deadline {
    display: block;
    margin-top: 12px;
  }
  #deadline {
    width: 6em;
    margin-left: 6px;
  }
  .pair {
    display: grid;
    grid-template-columns: 1fr 2fr auto;
    gap: 6px;
    margin-bottom: 6px;
  }
  .problem:empty {
    display: none;
  }
  /* Errors in a list are readable in light themes, where other errors are too faint. */
  .problem,
  .failure {
    color: var(--vscode-list-errorForeground, var(--vscode-errorForeground));
    overflow-wrap: anywhere;
  }
  .progress {
    height: 2px;
    overflow: hidden;
  }
  /* The bar minds the system's wish for less motion, but not VS Code's setting. */
  :host-context(.vscode-reduce-motion) vscode-progress-bar::part(indicator) {
    width: 100%;
    animation: none;
  }

  /* The arrow of a tree in the place of the browser's. */
  summary {
    list-style: none;
  }
  summary::before {
    display: inline-block;
    width: 16px;
    height: 16px;
    margin-right: 2px;
    vertical-align: -3px;
    background: currentColor;
    mask: url('data:image/svg+xml,${unsafeCSS(encodeURIComponent(chevron))}') center / contain no-repeat;
    content: '';
  }
  details[open] > summary::before {
    transform: rotate(90deg);
  }

  /* Said, not drawn: what the eye knows from an arrow or from where a thing stands. */
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  /* The form. */
  .form {
    box-sizing: border-box;
    max-height: 60vh;
    padding: 4px 8px;
    overflow: auto;
    border: 1px solid var(--vscode-input-border, var(--gantry-border));
  }
  .field {
    display: grid;
    grid-template-columns: auto minmax(8em, 14em) minmax(0, 1fr);
    align-items: start;
    gap: 2px 8px;
    padding: 2px 0;
  }
  .field > label {
    padding-top: 2px;
    overflow-wrap: anywhere;
  }
  .field > .block {
    grid-column: 2 / -1;
  }
  .field.type {
    grid-template-columns: auto minmax(0, 1fr);
  }
  .name {
    font-weight: 600;
  }
  .name.gone {
    text-decoration: line-through;
  }
  fieldset {
    min-width: 0;
    margin: 4px 0;
    padding: 2px 8px 6px;
    border: 1px solid var(--gantry-border);
  }
  .oneof {
    margin-left: -4px;
  }
  .inside {
    margin: 2px 0 4px 4px;
    padding-left: 10px;
    border-left: 1px solid var(--vscode-tree-indentGuidesStroke, var(--vscode-panel-border, transparent));
  }
  .joined,
  .item,
  .other {
    display: flex;
    flex-wrap: wrap;
    align-items: start;
    gap: 4px 6px;
  }
  .item,
  .other {
    padding: 2px 0;
  }
  .item > .control {
    flex: 1 1 10em;
    min-width: 0;
  }
  .joined > textarea.text,
  .joined > .wide {
    flex: 1 1 12em;
    width: auto;
  }
  .wide {
    width: 100%;
  }
  input.number {
    width: min(16em, 100%);
  }
  input.key {
    width: 9em;
  }
  .other code {
    overflow-wrap: anywhere;
  }
  @container request (max-width: 420px) {
    .field {
      grid-template-columns: auto minmax(0, 1fr);
    }
    .field > .control {
      grid-column: 2;
    }
  }

  /* What came back. */
  .rows {
    position: relative;
    overflow: auto;
    border: 1px solid var(--vscode-input-border, var(--gantry-border));
    background: var(--vscode-editor-background);
    font-family: var(--vscode-editor-font-family);
    font-size: var(--vscode-editor-font-size);
    contain: strict;
  }
  .timeline {
    height: calc(22px * 9 + 2px);
    margin-bottom: 8px;
  }
  .tree {
    max-height: 60vh;
  }
  .row {
    display: flex;
    gap: 8px;
    box-sizing: border-box;
    height: 22px;
    padding: 0 4px;
    line-height: 22px;
    white-space: nowrap;
    cursor: default;
  }
  .timeline .row {
    overflow: hidden;
  }
  .tree .row {
    gap: 0;
    width: max-content;
    min-width: 100%;
  }
  /* The blank after the colon. */
  .tree .row .quiet {
    white-space: pre;
  }
  .row:hover {
    background: var(--vscode-list-hoverBackground);
  }
  .row[aria-selected='true'] {
    background: var(--vscode-list-inactiveSelectionBackground);
    outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
    outline-offset: -1px;
  }
  .rows:focus .row[aria-selected='true'] {
    background: var(--vscode-list-activeSelectionBackground);
    color: var(--vscode-list-activeSelectionForeground);
  }
  .arrow {
    width: 1em;
    color: var(--vscode-charts-green, var(--vscode-foreground));
  }
  .sent .arrow {
    color: var(--vscode-charts-blue, var(--vscode-foreground));
  }
  /* In little room they give way, too, after what they stand before. */
  .row .number,
  .at,
  .size {
    flex: 0 1 auto;
    overflow: hidden;
    text-overflow: ellipsis;
    text-align: right;
    color: var(--vscode-descriptionForeground);
  }
  .row .number {
    width: 4em;
  }
  .row .at {
    width: 6em;
  }
  .row .size {
    width: 5em;
  }
  .preview {
    flex: 1 1 0;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .twistie {
    flex: none;
    width: 16px;
  }
  .row .key,
  .json-key {
    color: var(--vscode-debugTokenExpression-name);
  }
  .json-string {
    color: var(--vscode-debugTokenExpression-string);
  }
  .json-number {
    color: var(--vscode-debugTokenExpression-number);
  }
  .json-boolean,
  .json-null {
    color: var(--vscode-debugTokenExpression-boolean);
  }
  .json-object,
  .json-array {
    color: var(--vscode-descriptionForeground);
  }
  /* On the ground of a selection the colours of words are too faint to read in some themes. */
  .row[aria-selected='true'] * {
    color: inherit;
  }
  .scroll {
    max-height: 60vh;
    overflow: auto;
  }
  .grid {
    font-size: 0.95em;
  }
  .grid caption {
    text-align: left;
    font-weight: 600;
  }
  .grid td,
  .grid th {
    max-width: 30em;
    padding: 2px 10px;
    border: 1px solid var(--gantry-border);
  }
  .timings {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 20px;
    margin: 8px 0;
  }
  .timings dt {
    display: inline;
    color: var(--vscode-descriptionForeground);
  }
  .timings dd {
    display: inline;
    margin: 0 0 0 4px;
  }
  .history {
    margin: 4px 0;
    padding: 0;
    list-style: none;
  }
  .history li {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px 10px;
    padding: 2px 0;
  }
  .history .buttons {
    display: flex;
    gap: 6px;
    margin-left: auto;
  }
  .ok b {
    color: var(--vscode-terminal-ansiGreen, var(--vscode-foreground));
  }
  th,
  td {
    padding: 2px 12px 2px 0;
    font-weight: normal;
    overflow-wrap: anywhere;
  }
  th {
    color: var(--vscode-descriptionForeground);
  }
`;
