/** The page of a method's panel. */
import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import { LitElement, type TemplateResult, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { messageOf } from '../../core/failure.ts';
import { installLanguage, t } from '../../core/l10n.ts';
import { type Port, Rpc } from '../../core/rpc.ts';
import type { Fix, MetadataEntries, Timing } from '../../grpc/events.ts';
import type { HostProtocol, PageProtocol } from '../../grpc/protocol.ts';
import type { Draft } from '../../grpc/protocol.ts';
import { fixTitle } from './fixes.ts';
import {
  type Action,
  type Answer,
  type PanelState,
  initialState,
  nextMessage,
  prepare,
  prepareOne,
  reduce,
  sendsMany,
} from './state.ts';
import { styles } from './styles.ts';

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): Draft | undefined;
  setState(state: Draft): void;
};

/** Messages drawn while more come: what rushes by cannot be read, but costs frames. */
const mostDrawn = 40;
/** Milliseconds after the last change when what was typed goes to the extension, to outlive the panel. */
const keepAfter = 200;

const vscode = acquireVsCodeApi();
installLanguage((globalThis as { gantryLanguage?: Record<string, string> }).gantryLanguage ?? {});

const port: Port = {
  post: (message) => vscode.postMessage(message),
  listen: (listener) => {
    const receive = (event: MessageEvent): void => listener(event.data);
    window.addEventListener('message', receive);
    return { dispose: () => window.removeEventListener('message', receive) };
  },
};

class GrpcPanel extends LitElement {
  static override styles = styles;

  #state: PanelState = initialState;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  readonly #rpc = new Rpc<PageProtocol, HostProtocol>(
    port,
    {
      receive: async ({ call, events }) => {
        this.#dispatch({ type: 'received', call, events });
        if (this.#state.problem === undefined) await this.updateComplete;
        else await this.#showProblem();
        return null;
      },
    },
    {},
  );

  override connectedCallback(): void {
    super.connectedCallback();
    this.#rpc.request('start', null).then(
      (start) => this.#dispatch({ type: 'started', start, draft: vscode.getState() ?? start.draft }),
      (error: unknown) => this.#dispatch({ type: 'startFailed', message: messageOf(error) }),
    );
    window.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      void (event.shiftKey && sendsMany(this.#state) ? this.#sendOne() : this.#send());
    });
  }

  #dispatch(action: Action): void {
    this.#state = reduce(this.#state, action);
    const { request, metadata, deadline, start } = this.#state;
    // Kept by the editor, so that nothing typed is lost when the page is made anew.
    if (start !== undefined) this.#keep({ request, metadata, deadline }, action);
    this.requestUpdate();
  }

  #keep(draft: Draft, { type }: Action): void {
    vscode.setState(draft);
    if (type === 'received' || type === 'started') return;
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => void this.#rpc.request('keep', draft).catch(() => {}), keepAfter);
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
    try {
      await this.#rpc.request('send', result.prepared.request);
    } catch (error) {
      this.#dispatch({ type: 'sendFailed', message: messageOf(error) });
    }
  }

  /** Sends the message at the caret and leaves the call open; the caret goes to the next one. */
  async #sendOne(): Promise<void> {
    if (this.#state.start === undefined || (this.#state.running && !this.#state.open)) return;
    const editor = this.renderRoot.querySelector<HTMLTextAreaElement>('#request');
    const result = prepareOne(this.#state, editor?.selectionStart ?? 0);
    if ('refusal' in result) {
      this.#dispatch({ type: 'refused', refusal: result.refusal });
      await this.#showProblem();
      return;
    }
    const { request, sentAt } = result.prepared;
    const at = sentAt[0] ?? 0;
    try {
      if (this.#state.open) {
        this.#dispatch({ type: 'sentMore', at });
        await this.#rpc.request('sendMore', { messages: request.messages });
      } else {
        this.#dispatch({ type: 'sent', prepared: result.prepared });
        await this.#rpc.request('send', request);
      }
    } catch (error) {
      this.#dispatch({ type: 'sendFailed', message: messageOf(error) });
    }
    const next = nextMessage(this.#state.request, at);
    if (next !== undefined) editor?.setSelectionRange(next, next);
  }

  #halfClose(): void {
    this.#dispatch({ type: 'halfClosed' });
    void this.#rpc.request('halfClose', null);
  }

  #cancel(): void {
    void this.#rpc.request('cancel', null);
  }

  /** Applies the fix and calls again; a longer deadline is the panel's own. */
  async #fix(fix: Fix): Promise<void> {
    if (fix.kind === 'deadline') this.#dispatch({ type: 'deadlineEdited', text: fix.value ?? '' });
    else if (fix.kind !== 'again' && !(await this.#rpc.request('fix', fix).catch(() => false))) return;
    await this.#send();
  }

  #copyGrpcurl(): void {
    const { request, metadata, deadline } = this.#state;
    void this.#rpc.request('copyGrpcurl', { request, metadata, deadline });
  }

  /** Puts the caret on what is wrong. */
  async #showProblem(): Promise<void> {
    await this.updateComplete;
    const { problem, deadlineProblem } = this.#state;
    if (problem === undefined) {
      if (deadlineProblem !== undefined) this.renderRoot.querySelector<HTMLInputElement>('#deadline')?.focus();
      return;
    }
    const editor = this.renderRoot.querySelector<HTMLTextAreaElement>('#request');
    editor?.focus();
    editor?.setSelectionRange(problem.start, problem.end);
  }

  override render(): TemplateResult {
    const { start, startFailure } = this.#state;
    if (startFailure !== undefined) return html`<p class="failure" role="alert">${startFailure}</p>`;
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
    const { start, running, open } = this.#state;
    const many = sendsMany(this.#state);
    return html`
      <h2 id="request-title">${t('Request')} <span class="quiet">${start!.node.input}</span></h2>
      ${many ? html`<p class="quiet">${t('Write several JSON values, one after the other, to send several messages.')}</p>` : nothing}
      ${this.#editor()} ${this.#metadata()} ${this.#deadline()}
      <div class="actions">
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
        <vscode-button id="cancel" secondary ?disabled=${!running} @click=${() => this.#cancel()}>
          ${t('Cancel')}
        </vscode-button>
        <vscode-button id="copy-grpcurl" secondary @click=${() => this.#copyGrpcurl()}>
          ${t('Copy as grpcurl')}
        </vscode-button>
      </div>
    `;
  }

  #editor(): TemplateResult {
    const { request, problem } = this.#state;
    const count = request.split('\n').length;
    const numbers = Array.from({ length: count }, (_, index) =>
      index + 1 === problem?.line ? html`<b>${index + 1}</b>` : html`<span>${index + 1}</span>`,
    );
    return html`
      <div class=${problem === undefined ? 'editor' : 'editor wrong'}>
        <div class="gutter" aria-hidden="true">${numbers}</div>
        <textarea
          id="request"
          spellcheck="false"
          wrap="off"
          rows=${Math.max(8, count)}
          aria-labelledby="request-title"
          aria-invalid=${problem !== undefined}
          aria-describedby="problem"
          .value=${request}
          @input=${(event: Event) => this.#dispatch({ type: 'requestEdited', text: valueOf(event) })}
        ></textarea>
      </div>
      <p id="problem" class="problem" role="status">
        ${
          problem === undefined
            ? nothing
            : html`<a href="#request" @click=${(event: Event) => this.#followProblem(event)}
                  >${t('Line {0}, column {1}', problem.line, problem.column)}</a
                >
                ${problem.message}`
        }
      </p>
    `;
  }

  #followProblem(event: Event): void {
    event.preventDefault();
    void this.#showProblem();
  }

  #metadata(): TemplateResult {
    const row = (index: number): TemplateResult => {
      const { name, value } = this.#state.metadata[index]!;
      const edit = (changed: object): void =>
        this.#dispatch({ type: 'metadataEdited', index, row: { name, value, ...changed } });
      return html`
        <div class="pair">
          <input
            aria-label=${t('Name')}
            placeholder=${t('Name')}
            .value=${name}
            @input=${(event: Event) => edit({ name: valueOf(event) })}
          />
          <input
            aria-label=${t('Value')}
            placeholder=${name.endsWith('-bin') ? t('Value in base64') : t('Value')}
            .value=${value}
            @input=${(event: Event) => edit({ value: valueOf(event) })}
          />
          <vscode-button
            secondary
            aria-label=${t('Delete {0}', name)}
            @click=${() => this.#dispatch({ type: 'metadataRemoved', index })}
          >
            ${t('Delete')}
          </vscode-button>
        </div>
      `;
    };
    return html`
      <h3>${t('Metadata')}</h3>
      ${this.#state.metadata.map((_, index) => row(index))}
      <vscode-button id="add-metadata" secondary @click=${() => this.#dispatch({ type: 'metadataAdded' })}>
        ${t('Add Metadata')}
      </vscode-button>
    `;
  }

  #deadline(): TemplateResult {
    const { deadline, deadlineProblem } = this.#state;
    return html`
      <label>
        ${t('Deadline in seconds')}
        <input
          id="deadline"
          inputmode="decimal"
          aria-invalid=${deadlineProblem !== undefined}
          aria-describedby="deadline-problem"
          .value=${deadline}
          @input=${(event: Event) => this.#dispatch({ type: 'deadlineEdited', text: valueOf(event) })}
        />
      </label>
      <p id="deadline-problem" class="problem" role="status">${deadlineProblem ?? nothing}</p>
    `;
  }

  #answer(): TemplateResult {
    const { answer, running, start } = this.#state;
    return html`
      <h2 id="answer-title">${t('Response')} <span class="quiet">${start!.node.output}</span></h2>
      ${running ? html`<vscode-progress-bar indeterminate aria-label=${t('Waiting for the server')}></vscode-progress-bar>` : nothing}
      <div role="status" id="status">${answer === undefined ? nothing : statusLine(answer)}</div>
      ${
        answer === undefined
          ? html`<p class="quiet">${t('Nothing sent yet. Ctrl+Enter sends.')}</p>`
          : html`${this.#fixButton(answer)} ${details(answer)} ${messages(answer, running)} ${metadataTables(answer)}`
      }
    `;
  }

  #fixButton({ fix }: Answer): TemplateResult | typeof nothing {
    if (fix === undefined || this.#state.running) return nothing;
    return html`<vscode-button id="fix" secondary @click=${() => this.#fix(fix)}>${fixTitle(fix)}</vscode-button>`;
  }
}

const valueOf = (event: Event): string => (event.target as HTMLInputElement | HTMLTextAreaElement).value;

function statusLine({ trailers, failure, stalled }: Answer): TemplateResult | typeof nothing {
  if (stalled !== undefined) return html`<p class="failure">${stalled}</p>`;
  if (failure !== undefined) return html`<p class="failure">${failure}</p>`;
  if (trailers === undefined) return nothing;
  return html`
    <p class=${trailers.code === 0 ? 'status ok' : 'status failure'}>
      <b>${trailers.codeName}</b> <span class="quiet">${trailers.code}</span> ${trailers.details}
    </p>
    ${trailers.explanation === undefined ? nothing : html`<p class="failure">${trailers.explanation.sentence}</p>`}
    <p class="quiet">${timingText(trailers.timing)}</p>
  `;
}

function timingText({ headers, firstMessage, lastMessage, total }: Timing): string {
  const parts = [t('{0} ms', round(total))];
  if (headers !== undefined) parts.push(t('headers after {0} ms', round(headers)));
  if (firstMessage !== undefined) parts.push(t('first message after {0} ms', round(firstMessage)));
  if (lastMessage !== undefined && lastMessage !== firstMessage) {
    parts.push(t('last message after {0} ms', round(lastMessage)));
  }
  return parts.join(' · ');
}

const round = (milliseconds: number): string => (milliseconds < 10 ? milliseconds.toFixed(1) : milliseconds.toFixed(0));

function details({ trailers }: Answer): TemplateResult | typeof nothing {
  if (trailers === undefined || trailers.decodedDetails.length === 0) return nothing;
  return html`<h3>${t('Error details')}</h3>
    ${trailers.decodedDetails.map((json) => html`<pre tabindex="0">${json}</pre>`)}`;
}

function messages(answer: Answer, running: boolean): TemplateResult {
  const { received, receivedBytes, sent } = answer;
  const shown = running ? answer.messages.slice(-mostDrawn) : answer.messages;
  const hidden = received + sent - shown.length;
  return html`
    ${received > 1 ? html`<p class="quiet">${t('{0} messages, {1} bytes', received, receivedBytes)}</p>` : nothing}
    ${hidden > 0 ? html`<p class="quiet">${t('The first {0} are no longer shown.', hidden)}</p>` : nothing}
    ${repeat(
      shown,
      ({ direction, number }) => `${direction} ${number}`,
      ({ direction, number, json, bytes, at }) => html`
        <article class=${direction} aria-label=${messageTitle(direction, number)}>
          <p class="quiet">${messageTitle(direction, number)} · ${t('{0} bytes', bytes)} · ${t('{0} ms', round(at))}</p>
          <pre tabindex="0">${json}</pre>
        </article>
      `,
    )}
  `;
}

const messageTitle = (direction: 'sent' | 'received', number: number): string =>
  direction === 'sent' ? t('Sent message {0}', number) : t('Message {0}', number);

function metadataTables({ headers, trailers }: Answer): TemplateResult {
  return html`${metadataTable(t('Headers'), headers?.metadata)} ${metadataTable(t('Trailers'), trailers?.metadata)}`;
}

function metadataTable(title: string, entries: MetadataEntries | undefined): TemplateResult | typeof nothing {
  if (entries === undefined || entries.length === 0) return nothing;
  return html`
    <details>
      <summary>${title} <span class="quiet">${entries.length}</span></summary>
      <table>
        ${entries.map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${value}</td>
            </tr>`,
        )}
      </table>
    </details>
  `;
}

customElements.define('gantry-grpc-panel', GrpcPanel);
document.body.append(document.createElement('gantry-grpc-panel'));
