/** The editors of the panel in the colours of the theme. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const border = '1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent))';

const look = EditorView.theme({
  '&': {
    color: 'var(--vscode-editor-foreground)',
    backgroundColor: 'var(--vscode-editor-background)',
    fontSize: 'var(--vscode-editor-font-size)',
  },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--vscode-editor-font-family)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--vscode-editorCursor-foreground)', padding: '4px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--vscode-editorCursor-foreground)' },
  '.cm-gutters': {
    backgroundColor: 'var(--vscode-editor-background)',
    // The theme's own colour of line numbers is too faint to read in most themes.
    color: 'var(--vscode-descriptionForeground)',
    border: 'none',
  },
  '.cm-activeLineGutter': {
    backgroundColor: 'transparent',
    color: 'var(--vscode-editorLineNumber-activeForeground)',
  },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 4px 0 8px' },
  '& > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, ::selection': {
    backgroundColor: 'var(--vscode-editor-selectionBackground) !important',
  },
  // In high contrast what is selected has a colour of its own; else it keeps that of the word.
  '.cm-line::selection, .cm-line ::selection': {
    color: 'var(--vscode-editor-selectionForeground, currentColor) !important',
  },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--vscode-editorBracketMatch-background)',
    outline: '1px solid var(--vscode-editorBracketMatch-border)',
  },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'transparent' },
  '.cm-foldPlaceholder': {
    backgroundColor: 'var(--vscode-badge-background)',
    color: 'var(--vscode-badge-foreground)',
    border: 'none',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--vscode-editorHoverWidget-background)',
    color: 'var(--vscode-editorHoverWidget-foreground)',
    border,
    maxWidth: 'min(480px, 90vw)',
  },
  '.cm-tooltip .cm-tooltip-section': { padding: '4px 8px' },
  '.cm-tooltip.cm-tooltip-autocomplete': {
    backgroundColor: 'var(--vscode-editorSuggestWidget-background)',
    color: 'var(--vscode-editorSuggestWidget-foreground)',
    border: '1px solid var(--vscode-editorSuggestWidget-border, var(--vscode-contrastBorder, transparent))',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--vscode-editor-font-family)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--vscode-editorSuggestWidget-selectedBackground)',
    color: 'var(--vscode-editorSuggestWidget-selectedForeground, inherit)',
    outline: '1px solid var(--vscode-contrastActiveBorder, transparent)',
    outlineOffset: '-1px',
  },
  '.cm-completionMatchedText': {
    textDecoration: 'none',
    color: 'var(--vscode-editorSuggestWidget-highlightForeground)',
  },
  '.cm-completionDetail': { fontStyle: 'normal', opacity: '1', color: 'var(--vscode-descriptionForeground)' },
  '.cm-completionInfo': { whiteSpace: 'pre-wrap' },
  '.cm-hoverTitle': { fontFamily: 'var(--vscode-editor-font-family)' },
  '.cm-hoverText': { whiteSpace: 'pre-wrap' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--vscode-editorError-foreground, var(--vscode-errorForeground))',
    textUnderlineOffset: '3px',
  },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--vscode-editorError-foreground, var(--vscode-errorForeground))' },
  '.cm-lint-marker-error': { content: 'none', position: 'relative' },
  '.cm-lint-marker-error::after': {
    content: '""',
    position: 'absolute',
    inset: '0.35em 0.15em auto auto',
    width: '0.5em',
    height: '0.5em',
    borderRadius: '50%',
    backgroundColor: 'var(--vscode-editorError-foreground, var(--vscode-errorForeground))',
  },
  '.cm-gutter-lint': { width: '1em' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '0' },
});

const words = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--vscode-debugTokenExpression-name)' },
  { tag: tags.string, color: 'var(--vscode-debugTokenExpression-string)' },
  { tag: tags.number, color: 'var(--vscode-debugTokenExpression-number)' },
  { tag: [tags.bool, tags.null], color: 'var(--vscode-debugTokenExpression-boolean)' },
]);

export const editorTheme: Extension = [look, syntaxHighlighting(words)];
