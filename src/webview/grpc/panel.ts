/** The panel: draws the state, and turns what the person does into actions and requests to the extension. */
import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import { LitElement, type TemplateResult, html, nothing } from 'lit';
import { messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { Rpc } from '../../core/rpc.ts';
import type { MessageRow } from '../../grpc/conversation.ts';
import type { Fix } from '../../grpc/events.ts';
import type { Draft, HostProtocol, MetadataRow, PageProtocol, PastCall, SendRequest } from '../../grpc/protocol.ts';
import { choice } from './choice.ts';
import { fixTitle } from './fixes.ts';
import type { FormContext } from './form/context.ts';
import './form/form.ts';
import { keep, kept, port } from './host.ts';
import { Newest } from './newest.ts';
import { valueOf } from './part.ts';
import { nextMessage, prepare, prepareOne } from './prepare.ts';
import './request/jsonEditor.ts';
import type { JsonEditor } from './request/jsonEditor.ts';
import './request/metadata.ts';
import './response/history.ts';
import './response/messageView.ts';
import { metadataTables, statusDetails, statusLine, timings } from './response/status.ts';
import './response/timeline.ts';
import { ShapeTable } from './shapeTable.ts';
import {
  type Action,
  type Answer,
  type Face,
  type PanelState,
  draftOf,
  initialState,
  newer,
  placed,
  readMessages,
  receivesMany,
  reduce,
  sendsMany,
} from './state.ts';
import { styles } from './styles.ts';

/** Milliseconds after the last change when the schema is asked what it thinks of the request. */
const checkAfter = 150;
/** Characters of a request that are checked while it is typed; what is longer is checked when sent. */
const mostChecked = 500_000;

class GrpcPanel extends LitElement {
  static override styles = styles;

  #state: PanelState = initialState;
  #shapes: ShapeTable | undefined;
  /** Names of the types that were asked for. */
  readonly #asked = new Set<string>();
  #checking: ReturnType<typeof setTimeout> | undefined;
  /** The message that is looked at, when it is longer than its row says. */
  #full: { readonly key: string; readonly json: string | undefined } | undefined;
  readonly #keeping = new Newest<Draft>(async (draft) => void (await this.#rpc.request('keep', draft)));
  readonly #rows = new Newest<{ call: number; from: number; count: number }>(async ({ call, from, count }) => {
    const rows = await this.#rpc.request('rows', { from, count });
    this.#dispatch({ type: 'rowsRead', call, rows });
  });
  readonly #rpc = new Rpc<PageProtocol, HostProtocol>(
    port,
    {
      receive: async (progress) => {
        this.#dispatch({ type: 'received', progress });
        if (this.#state.refused && progress.events.length > 0) await this.#showProblem();
        else await this.updateComplete;
        return null;
      },
    },
    {},
  );

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#start();
    window.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      void (event.shiftKey && sendsMany(this.#state) ? this.#sendOne() : this.#send());
    });
  }

  async #start(): Promise<void> {
    try {
      const start = await this.#rpc.request('start', null);
      this.#shapes = new ShapeTable(start.node.input, start.shapes, start.anyTypes);
      const before = kept();
      if (before !== undefined) this.#dispatch({ type: 'faceChosen', face: before.face });
      this.#dispatch({ type: 'started', start, draft: newer(before?.draft, start.draft) });
      // Once more with what is said of them in files of the workspace, which may take a while to read.
      this.#need(start.node.input);
    } catch (error) {
      this.#dispatch({ type: 'startFailed', message: messageOf(error) });
    }
  }

  #dispatch(action: Action): void {
    const before = this.#state;
    const after = reduce(before, action);
    const { request, metadata, deadline, face, start } = after;
    const changed = request !== before.request || metadata !== before.metadata || deadline !== before.deadline;
    const typed = changed && action.type !== 'started';
    this.#state = typed ? { ...after, typedAt: Date.now() } : after;
    this.requestUpdate();
    if (start === undefined) return;
    const draft = draftOf(this.#state);
    if (action.type !== 'received') keep({ node: start.node, draft, face });
    // Kept by the extension as well, at once, so that nothing typed is lost however the panel ends.
    if (typed) this.#keeping.take(draft);
    if (request !== before.request) this.#checkSoon();
  }

  #checkSoon(): void {
    clearTimeout(this.#checking);
    this.#checking = setTimeout(() => void this.#check(), checkAfter);
  }

  /** Looks for what is wrong: what is no JSON here, the rest by the schema at the extension. */
  async #check(): Promise<void> {
    const { request: text, running } = this.#state;
    if (text.length > mostChecked || running) return;
    const read = readMessages(text);
    if ('problem' in read) {
      this.#dispatch({ type: 'checked', text, problems: [read.problem] });
      return;
    }
    const messages = read.nodes.map(({ start, end }) => text.slice(start, end));
    const found = await this.#rpc.request('check', messages).catch(() => []);
    const begins = read.nodes.map(({ start }) => start);
    this.#dispatch({ type: 'checked', text, problems: placed(text, begins, found) });
  }

  async #send(): Promise<void> {
    if (this.#state.start === undefined || this.#state.running) return;
    const result = prepare(this.#state);
    if ('refusal' in result) {
      this.#dispatch({ type: 'refused', refusal: result.refusal });
      await this.#showProblem();
      return;
    }
    this.#dispatch({ type: 'sent', prepared: result.prepared });
    await this.#begin(result.prepared.request);
  }

  async #begin(request: SendRequest): Promise<void> {
    try {
      await this.#rpc.request('send', request);
    } catch (error) {
      this.#dispatch({ type: 'sendFailed', message: messageOf(error) });
    }
  }

  /** Sends the message at the caret and leaves the call open; the caret goes to the next one. */
  async #sendOne(): Promise<void> {
    if (this.#state.start === undefined || (this.#state.running && !this.#state.open)) return;
    const result = prepareOne(this.#state, this.#caret());
    if ('refusal' in result) {
      this.#dispatch({ type: 'refused', refusal: result.refusal });
      await this.#showProblem();
      return;
    }
    const { request, sentAt } = result.prepared;
    const at = sentAt[0] ?? 0;
    if (this.#state.open) {
      this.#dispatch({ type: 'sentMore', at });
      await this.#rpc
        .request('sendMore', { messages: request.messages })
        .catch((error: unknown) => this.#dispatch({ type: 'sendFailed', message: messageOf(error) }));
    } else {
      this.#dispatch({ type: 'sent', prepared: result.prepared });
      await this.#begin(request);
    }
    const next = nextMessage(this.#state.request, at);
    if (next !== undefined && this.#state.face === 'json') this.#editor?.select(next);
  }

  /** Where in the text the person is: in the form, at the message that has the focus. */
  #caret(): number {
    if (this.#state.face === 'json') return this.#editor?.caret ?? 0;
    const focused = (this.renderRoot as ShadowRoot).activeElement?.closest<HTMLElement>('.message');
    return Number(focused?.dataset['at'] ?? 0);
  }

  get #editor(): JsonEditor | null {
    return this.renderRoot.querySelector<JsonEditor>('gantry-json-editor');
  }

  #halfClose(): void {
    this.#dispatch({ type: 'halfClosed' });
    void this.#rpc.request('halfClose', null);
  }

  /** Applies the fix and calls again; a longer deadline is the panel's own. */
  async #fix(fix: Fix): Promise<void> {
    if (fix.kind === 'deadline') this.#dispatch({ type: 'deadlineEdited', text: fix.value ?? '' });
    else if (fix.kind !== 'again' && !(await this.#rpc.request('fix', fix).catch(() => false))) return;
    await this.#send();
  }

  #copyGrpcurl(): void {
    void this.#rpc.request('copyGrpcurl', draftOf(this.#state));
  }

  /** Puts the caret on what is wrong, in the text, where everything can be seen. */
  async #showProblem(): Promise<void> {
    const { problems = [], deadlineProblem, refused, face } = this.#state;
    const [problem] = problems;
    if (deadlineProblem !== undefined && !refused) {
      await this.updateComplete;
      this.renderRoot.querySelector<HTMLInputElement>('#deadline')?.focus();
      return;
    }
    if (problem === undefined) return;
    if (face === 'form') this.#dispatch({ type: 'faceChosen', face: 'json' });
    await this.updateComplete;
    await this.#editor?.updateComplete;
    this.#editor?.select(problem.start, problem.end);
  }

  /** The shape of a type that was not among the first ones; what is drawn is drawn again with it. */
  #need(name: string): void {
    if (this.#asked.has(name)) return;
    this.#asked.add(name);
    this.#rpc.request('shapes', [name]).then(
      (shapes) => {
        this.#shapes?.add(shapes);
        this.requestUpdate();
      },
      () => this.#asked.delete(name),
    );
  }

  override render(): TemplateResult {
    const { start, startFailure } = this.#state;
    if (startFailure !== undefined) {
      return html`<main>
        <p class="failure" role="alert">${startFailure}</p>
        <div><vscode-button id="again" @click=${() => this.#start()}>${t('Try Again')}</vscode-button></div>
      </main>`;
    }
    if (start === undefined) {
      return html`<vscode-progress-bar indeterminate aria-label=${t('Loading')}></vscode-progress-bar>`;
    }
    const { service, method, target } = start.node;
    return html`
      <header>
        <h1>${method}</h1>
        <vscode-badge>${start.kindText}</vscode-badge>
        <p>${service} · ${target}</p>
      </header>
      <main>
        <section aria-labelledby="request-title">${this.#request()}</section>
        <section aria-labelledby="answer-title" aria-busy=${this.#state.running}>${this.#answer()}</section>
      </main>
    `;
  }

  #request(): TemplateResult {
    const { start, face, metadata } = this.#state;
    const many = sendsMany(this.#state);
    return html`
      <div class="bar">
        <h2 id="request-title">${t('Request')} <span class="quiet">${start!.node.input}</span></h2>
        ${choice<Face>(
          t('How the request is written'),
          face,
          [
            ['json', 'JSON'],
            ['form', t('Form')],
          ],
          (chosen) => this.#chooseFace(chosen),
        )}
      </div>
      ${
        many && face === 'json'
          ? html`<p class="quiet">${t('Write several JSON values, one after the other, to send several messages.')}</p>`
          : nothing
      }
      ${this.#faces()}
      <gantry-metadata
        .rows=${metadata}
        @metadata-added=${() => this.#addMetadata()}
        @metadata-edited=${({ detail }: CustomEvent<{ index: number; row: MetadataRow }>) => this.#dispatch({ type: 'metadataEdited', ...detail })}
        @metadata-removed=${({ detail }: CustomEvent<number>) => this.#dispatch({ type: 'metadataRemoved', index: detail })}
      ></gantry-metadata>
      ${this.#deadline()} ${this.#actions(many)}
    `;
  }

  #chooseFace(face: Face): void {
    this.#dispatch({ type: 'faceChosen', face });
  }

  async #addMetadata(): Promise<void> {
    this.#dispatch({ type: 'metadataAdded' });
    await this.updateComplete;
    const part = this.renderRoot.querySelector<LitElement>('gantry-metadata')!;
    await part.updateComplete;
    part.querySelector<HTMLInputElement>('.pair:last-of-type input')?.focus();
  }

  /** The text stays when the form is shown, with its undo and folds. */
  #faces(): TemplateResult {
    const { request, problems, refused, face } = this.#state;
    const [problem] = problems ?? [];
    const edited = (text: string): void => this.#dispatch({ type: 'requestEdited', text });
    return html`
      <gantry-json-editor
        class=${problem === undefined ? 'editor' : 'editor wrong'}
        ?hidden=${face !== 'json'}
        .text=${request}
        .problems=${problems}
        .shapes=${this.#shapes!}
        .label=${'request-title'}
        @edited=${({ detail }: CustomEvent<string>) => edited(detail)}
      ></gantry-json-editor>
      ${
        face === 'form'
          ? html`<gantry-request-form
              class="form"
              role="group"
              aria-labelledby="request-title"
              .form=${this.#formContext(edited)}
              .many=${sendsMany(this.#state)}
              @show-problem=${() => this.#showProblem()}
            ></gantry-request-form>`
          : nothing
      }
      <p id="problem" class="problem" role=${refused ? 'alert' : nothing}>
        ${
          problem === undefined
            ? nothing
            : html`<a href="#request" @click=${(event: Event) => this.#followProblem(event)}
                  >${t('Line {0}, column {1}', problem.line, problem.column)}</a
                >
                ${problem.message} ${problems!.length > 1 ? t('And {0} more.', problems!.length - 1) : nothing}`
        }
      </p>
    `;
  }

  #formContext(write: (text: string) => void): FormContext {
    return {
      text: this.#state.request,
      table: this.#shapes!,
      problems: this.#state.problems ?? [],
      write,
      need: (name) => this.#need(name),
      chooseFile: () => this.#rpc.request('chooseFile', null),
    };
  }

  #followProblem(event: Event): void {
    event.preventDefault();
    void this.#showProblem();
  }

  #deadline(): TemplateResult {
    const { deadline, deadlineProblem } = this.#state;
    return html`
      <label class="deadline">
        ${t('Deadline in seconds')}
        <input
          id="deadline"
          inputmode="decimal"
          autocomplete="off"
          aria-invalid=${deadlineProblem !== undefined}
          aria-describedby="deadline-problem"
          .value=${deadline}
          @input=${(event: Event) => this.#dispatch({ type: 'deadlineEdited', text: valueOf(event) })}
        />
      </label>
      <p id="deadline-problem" class="problem" role="status">${deadlineProblem ?? nothing}</p>
    `;
  }

  #actions(many: boolean): TemplateResult {
    const { running, open } = this.#state;
    return html`<div class="actions">
      <vscode-button id="send" ?disabled=${running} title="Ctrl+Enter / ⌘Enter" @click=${() => this.#send()}>
        ${t('Send')}
      </vscode-button>
      ${
        many
          ? html`
              <vscode-button
                id="send-one"
                secondary
                ?disabled=${running && !open}
                title="Ctrl+Shift+Enter / ⇧⌘Enter"
                @click=${() => this.#sendOne()}
              >
                ${t('Send One')}
              </vscode-button>
              <vscode-button id="half-close" secondary ?disabled=${!open} @click=${() => this.#halfClose()}>
                ${t('Half-close')}
              </vscode-button>
            `
          : nothing
      }
      <vscode-button id="cancel" secondary ?disabled=${!running} @click=${() => void this.#rpc.request('cancel', null)}>
        ${t('Cancel')}
      </vscode-button>
      <vscode-button id="copy-grpcurl" secondary @click=${() => this.#copyGrpcurl()}>
        ${t('Copy as grpcurl')}
      </vscode-button>
    </div>`;
  }

  #answer(): TemplateResult {
    const { answer, running, start, history } = this.#state;
    return html`
      <h2 id="answer-title">${t('Response')} <span class="quiet">${start!.node.output}</span></h2>
      <div class="progress">
        ${running ? html`<vscode-progress-bar indeterminate aria-label=${t('Waiting for the server')}></vscode-progress-bar>` : nothing}
      </div>
      <div role="status" id="status">${answer === undefined ? nothing : statusLine(answer)}</div>
      ${
        answer === undefined
          ? html`<p class="quiet">${t('Nothing sent yet. Ctrl+Enter sends.')}</p>`
          : html`${this.#fixButton(answer)} ${statusDetails(answer)} ${this.#messages(answer)} ${timings(answer)}
            ${metadataTables(answer)}`
      }
      <gantry-history
        .calls=${history}
        @past-call-chosen=${({ detail }: CustomEvent<PastCall>) => this.#dispatch({ type: 'pastCallChosen', past: detail })}
        @compare=${({ detail }: CustomEvent<[number, number]>) => void this.#rpc.request('compare', detail)}
        @history-forgotten=${() => this.#forgetHistory()}
      ></gantry-history>
    `;
  }

  #forgetHistory(): void {
    this.#dispatch({ type: 'historyForgotten' });
    void this.#rpc.request('forgetHistory', null);
  }

  #fixButton({ fix }: Answer): TemplateResult | typeof nothing {
    if (fix === undefined || this.#state.running) return nothing;
    return html`<vscode-button id="fix" secondary @click=${() => this.#fix(fix)}>${fixTitle(fix)}</vscode-button>`;
  }

  #messages(answer: Answer): TemplateResult {
    const { tally, rows, selected } = answer;
    const many = sendsMany(this.#state) || receivesMany(this.#state);
    const row = rows.find(({ index }) => index === (selected ?? tally.total - 1));
    return html`
      ${
        many
          ? html`
              <p class="quiet" id="tally">
                ${t('{0} sent, {1} received, {2} bytes', tally.sent, tally.received, tally.receivedBytes)}
                ${tally.first > 0 ? t('The first {0} are no longer kept.', tally.first) : nothing}
              </p>
              <gantry-timeline
                .tally=${tally}
                .rows=${rows}
                .selected=${selected}
                @message-chosen=${({ detail }: CustomEvent<number | null>) => this.#dispatch({ type: 'messageChosen', index: detail ?? undefined })}
                @rows-wanted=${({ detail }: CustomEvent<{ from: number; count: number }>) => this.#rows.take({ call: this.#state.call, ...detail })}
              ></gantry-timeline>
            `
          : nothing
      }
      ${
        row === undefined
          ? nothing
          : html`<gantry-message-view
              .row=${row}
              .json=${this.#jsonOf(row)}
              @open-message=${({ detail }: CustomEvent<number>) => void this.#rpc.request('openMessage', detail)}
            ></gantry-message-view>`
      }
    `;
  }

  /** A message's JSON; a long one is fetched, and drawn when it is here. */
  #jsonOf(row: MessageRow): string | undefined {
    if (row.whole) return row.preview;
    const key = `${this.#state.call} ${row.index}`;
    if (this.#full?.key !== key) {
      this.#full = { key, json: undefined };
      void this.#rpc.request('message', row.index).then((json) => {
        if (this.#full?.key !== key || json === null) return;
        this.#full = { key, json };
        this.requestUpdate();
      });
    }
    return this.#full.json;
  }
}

customElements.define('gantry-grpc-panel', GrpcPanel);
