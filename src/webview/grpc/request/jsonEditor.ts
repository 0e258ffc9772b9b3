/** The request as JSON text: completion, hover and problems by the schema. */
import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  startCompletion,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language';
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { EditorState, Prec, Transaction } from '@codemirror/state';
import {
  EditorView,
  type Tooltip,
  drawSelection,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import type { PropertyValues } from 'lit';
import { Part } from '../part.ts';
import type { ShapeTable } from '../shapeTable.ts';
import type { Problem } from '../state.ts';
import { editorTheme } from './editorTheme.ts';
import { type Suggestion, hoverAt, suggestionsAt } from './suggestions.ts';

export class JsonEditor extends Part {
  static override properties = {
    text: { attribute: false },
    problems: { attribute: false },
    shapes: { attribute: false },
    label: { attribute: false },
  };
  declare text: string;
  /** Undefined while nobody knows yet; the marks stay where they are. */
  declare problems: readonly Problem[] | undefined;
  declare shapes: ShapeTable;
  /** Id of the element that names the editor. */
  declare label: string;
  #view: EditorView | undefined;

  /** Offset of the caret. */
  get caret(): number {
    return this.#view?.state.selection.main.head ?? 0;
  }

  /** Puts the caret into the text, on a range of it. */
  select(start: number, end = start): void {
    const view = this.#view;
    if (view === undefined) return;
    const { length } = view.state.doc;
    view.focus();
    const selection = { anchor: Math.min(start, length), head: Math.min(end, length) };
    view.dispatch({ selection, scrollIntoView: true });
  }

  protected override firstUpdated(): void {
    this.addEventListener('keydown', keepHandled);
    this.#view = new EditorView({
      parent: this,
      root: this.getRootNode() as ShadowRoot,
      state: EditorState.create({ doc: this.text, extensions: this.#extensions() }),
    });
  }

  protected override updated(changed: PropertyValues): void {
    const view = this.#view!;
    if (changed.has('text')) replaceText(view, this.text);
    if (changed.has('problems') && this.problems !== undefined) {
      const { length } = view.state.doc;
      const diagnostics = this.problems.map(({ start, end, message }) => {
        const from = Math.min(start, length);
        return { from, to: Math.min(Math.max(end, from), length), message, severity: 'error' as const };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
      view.contentDOM.setAttribute('aria-invalid', String(diagnostics.length > 0));
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#view?.destroy();
  }

  #extensions(): import('@codemirror/state').Extension {
    return [
      Prec.highest(keymap.of(panelKeys)),
      lineNumbers(),
      lintGutter(),
      foldGutter(),
      highlightActiveLineGutter(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      EditorState.tabSize.of(2),
      EditorView.lineWrapping,
      json(),
      editorTheme,
      autocompletion({ override: [(context) => this.#complete(context)], icons: false }),
      hoverTooltip((view, place) => this.#hover(view, place)),
      keymap.of([
        ...closeBracketsKeymap,
        ...completionKeymap,
        ...lintKeymap,
        ...historyKeymap,
        ...foldKeymap,
        ...defaultKeymap,
      ]),
      EditorView.contentAttributes.of({
        id: 'request',
        'aria-labelledby': this.label,
        spellcheck: 'false',
        tabindex: '0',
      }),
      EditorView.updateListener.of((update) => {
        const own = update.transactions.some((transaction) => transaction.annotation(fromOutside) === undefined);
        if (update.docChanged && own) this.tell('edited', update.state.doc.toString());
      }),
    ];
  }

  #complete({ state, pos, explicit }: CompletionContext): CompletionResult | null {
    const found = suggestionsAt(state.doc.toString(), pos, this.shapes);
    // Unasked, only where something is being written.
    if (found === undefined || (!explicit && found.from === found.to)) return null;
    const { from, to, commaAt, options } = found;
    const written = state.sliceDoc(from, pos).replaceAll('"', '').toLowerCase();
    const matching = options.filter(({ label }) => label.toLowerCase().includes(written));
    return { from, to, filter: false, options: matching.map((option) => toCompletion(option, commaAt)) };
  }

  #hover(view: EditorView, place: number): Tooltip | null {
    const found = hoverAt(view.state.doc.toString(), place + 1, this.shapes);
    if (found === undefined) return null;
    const { from, to, title, text } = found;
    return { pos: from, end: to, above: true, create: () => ({ dom: hoverElement(title, text) }) };
  }
}

/** The panel's own keys; it hears them after the editor let them pass. */
const panelKeys = ['Mod-Enter', 'Shift-Mod-Enter'].map((key) => ({ key, run: () => true }));

/**
 * VS Code hears each key of a page and does with it what it does elsewhere: to undo or select all once more, a moment later,
 * would take the letters typed since.
 */
function keepHandled(event: KeyboardEvent): void {
  if (event.defaultPrevented && event.key !== 'Enter') event.stopPropagation();
}

const fromOutside = Transaction.remote;

function toCompletion({ label, detail, info, insert, weight }: Suggestion, commaAt: number | undefined): Completion {
  return {
    label,
    ...(detail === undefined ? {} : { detail }),
    ...(info === undefined || info === '' ? {} : { info }),
    boost: weight ?? 0,
    apply: (view, _completion, from, to) => take(view, insert, from, to, commaAt),
  };
}

/** Writes a suggestion, puts the caret where its bar stands, and goes on with what can be written there. */
function take(view: EditorView, insert: string, from: number, to: number, commaAt: number | undefined): void {
  const bar = insert.indexOf('|');
  const comma = commaAt === undefined ? [] : [{ from: commaAt, insert: ',' }];
  const caret = from + comma.length + (bar < 0 ? insert.length : bar);
  view.dispatch({
    changes: [...comma, { from, to, insert: insert.replace('|', '') }],
    selection: { anchor: caret },
    userEvent: 'input.complete',
  });
  if (bar >= 0) startCompletion(view);
}

function hoverElement(title: string, text: string): HTMLElement {
  const element = document.createElement('div');
  element.className = 'cm-tooltip-section';
  const head = document.createElement('div');
  head.className = 'cm-hoverTitle';
  head.textContent = title;
  const body = document.createElement('div');
  body.className = 'cm-hoverText';
  body.textContent = text;
  element.append(head, ...(text === '' ? [] : [body]));
  return element;
}

/** Makes the editor's text this one by the least change, so that caret, folds and undo stay. */
function replaceText(view: EditorView, text: string): void {
  const before = view.state.doc.toString();
  if (before === text) return;
  let start = 0;
  const shorter = Math.min(before.length, text.length);
  while (start < shorter && before[start] === text[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === text.at(-1 - end)) end++;
  view.dispatch({
    changes: { from: start, to: before.length - end, insert: text.slice(start, text.length - end) },
    annotations: fromOutside.of(true),
  });
}

customElements.define('gantry-json-editor', JsonEditor);
