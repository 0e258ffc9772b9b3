/** A message's JSON as text: to be read, folded and copied. */
import { foldKeymap, foldGutter } from '@codemirror/language';
import { json } from '@codemirror/lang-json';
import { defaultKeymap } from '@codemirror/commands';
import { EditorState } from '@codemirror/state';
import { EditorView, drawSelection, keymap, lineNumbers } from '@codemirror/view';
import type { PropertyValues } from 'lit';
import { Part } from '../part.ts';
import { editorTheme } from '../request/editorTheme.ts';

export class RawJson extends Part {
  static override properties = { text: { attribute: false }, label: { attribute: false } };
  declare text: string;
  declare label: string;
  #view: EditorView | undefined;

  protected override firstUpdated(): void {
    this.#view = new EditorView({
      parent: this,
      root: this.getRootNode() as ShadowRoot,
      state: EditorState.create({
        doc: this.text,
        extensions: [
          lineNumbers(),
          foldGutter(),
          drawSelection(),
          json(),
          editorTheme,
          keymap.of([...foldKeymap, ...defaultKeymap]),
          EditorState.readOnly.of(true),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': this.label, 'aria-readonly': 'true' }),
        ],
      }),
    });
  }

  protected override updated(changed: PropertyValues): void {
    const view = this.#view!;
    if (!changed.has('text') || view.state.doc.toString() === this.text) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: this.text } });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#view?.destroy();
  }
}

customElements.define('gantry-raw-json', RawJson);
