/** Colours and sizes are the theme's; in high contrast its contrast border outlines what colour alone would tell apart. */
import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
    padding: 8px 4px 24px;
    color: var(--vscode-foreground);
    font: var(--vscode-font-size) / 1.5 var(--vscode-font-family);
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
  h1,
  h2,
  h3 {
    margin: 12px 0 6px;
    font-weight: 600;
  }
  h1 {
    margin: 0;
    font-size: 1.5em;
  }
  h2 {
    font-size: 1.15em;
  }
  h3 {
    font-size: 1em;
  }
  p {
    margin: 4px 0;
  }
  main {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(360px, 100%), 1fr));
    gap: 0 24px;
  }
  section {
    min-width: 0;
  }
  .quiet {
    color: var(--vscode-descriptionForeground);
    font-weight: normal;
    font-size: 0.95em;
    overflow-wrap: anywhere;
  }
  .editor {
    display: flex;
    border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, var(--vscode-panel-border, transparent)));
    background: var(--vscode-editor-background);
    font: var(--vscode-editor-font-size) / 1.5 var(--vscode-editor-font-family);
  }
  .editor:focus-within {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  .editor.wrong {
    border-color: var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground));
  }
  .gutter {
    flex: none;
    padding: 4px 8px;
    text-align: right;
    color: var(--vscode-editorLineNumber-foreground);
    user-select: none;
  }
  .gutter > * {
    display: block;
  }
  .gutter b {
    color: var(--vscode-editorError-foreground, var(--vscode-errorForeground));
    text-decoration: underline wavy;
  }
  textarea {
    flex: 1;
    min-width: 0;
    padding: 4px;
    border: 0;
    outline: 0;
    resize: none;
    overflow: auto hidden;
    white-space: pre;
    background: transparent;
    color: var(--vscode-editor-foreground);
    font: inherit;
    tab-size: 2;
  }
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
  input[aria-invalid='true'] {
    border-color: var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground));
  }
  input:focus-visible,
  pre:focus-visible,
  summary:focus-visible,
  a:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
  }
  a {
    color: var(--vscode-textLink-foreground);
  }
  label {
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
  .actions {
    display: flex;
    gap: 8px;
    margin-top: 12px;
  }
  .problem:empty {
    display: none;
  }
  .problem,
  .failure {
    color: var(--vscode-errorForeground);
    overflow-wrap: anywhere;
  }
  article.sent {
    padding-left: 16px;
    border-left: 2px solid var(--vscode-textLink-foreground);
  }
  .ok b {
    color: var(--vscode-testing-iconPassed, var(--vscode-foreground));
  }
  pre {
    margin: 4px 0 8px;
    padding: 8px;
    overflow: auto;
    border: 1px solid var(--vscode-contrastBorder, transparent);
    background: var(--vscode-textCodeBlock-background, var(--vscode-editor-background));
    color: var(--vscode-editor-foreground);
    font: var(--vscode-editor-font-size) / 1.5 var(--vscode-editor-font-family);
  }
  table {
    border-collapse: collapse;
  }
  th,
  td {
    padding: 2px 12px 2px 0;
    text-align: left;
    vertical-align: top;
    font-weight: normal;
    overflow-wrap: anywhere;
  }
  th {
    color: var(--vscode-descriptionForeground);
  }
`;
