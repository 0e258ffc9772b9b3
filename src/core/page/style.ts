/**
 * What all pages of webviews look like: one set of sizes, spaces and type, and no colour but the theme's. In high contrast
 * its contrast border outlines what colour alone would tell apart. Holds in a document and below a shadow root.
 */
export const pageStyle = `
:host, body {
  --gantry-border: var(--vscode-widget-border, var(--vscode-contrastBorder, var(--vscode-panel-border, transparent)));
  color: var(--vscode-foreground);
  font: var(--vscode-font-size) / 1.5 var(--vscode-font-family);
}
h1, h2, h3 { margin: 12px 0 6px; font-weight: 600; overflow-wrap: anywhere; }
h1 { margin-top: 0; font-size: 1.5em; }
h2 { font-size: 1.15em; }
h3 { font-size: 1em; }
p { margin: 4px 0; }
a { color: var(--vscode-textLink-foreground); overflow-wrap: anywhere; }
a:focus-visible, button:focus-visible, summary:focus-visible, [tabindex]:focus-visible {
  outline: 1px solid var(--vscode-focusBorder);
  outline-offset: 2px;
}
summary { cursor: pointer; }
code { font-family: var(--vscode-editor-font-family); overflow-wrap: anywhere; }
pre {
  margin: 4px 0 8px;
  padding: 8px;
  overflow: auto;
  border: 1px solid var(--vscode-contrastBorder, transparent);
  background: var(--vscode-textCodeBlock-background, var(--vscode-editor-background));
  color: var(--vscode-editor-foreground);
  font: var(--vscode-editor-font-size) / 1.5 var(--vscode-editor-font-family);
}
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; }
.quiet { color: var(--vscode-descriptionForeground); }
.codicon { width: 1.2em; height: 1.2em; fill: currentColor; vertical-align: -0.25em; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin: 12px 0; }
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; }
}
/* VS Code has a setting for it, too. Two rules, as a browser that lacks one selector drops the whole rule. */
.vscode-reduce-motion * { animation: none !important; transition: none !important; }
:host-context(.vscode-reduce-motion) * { animation: none !important; transition: none !important; }
`;
