/** How a call ended: its status, details, times and metadata. */
import { type TemplateResult, html, nothing } from 'lit';
import { t } from '../../../core/l10n.ts';
import type { MetadataEntries, Timing } from '../../../grpc/events.ts';
import type { Answer } from '../state.ts';
import { milliseconds } from './milliseconds.ts';

export function statusLine({ trailers, failure, stalled }: Answer): TemplateResult | typeof nothing {
  if (stalled !== undefined) return html`<p class="failure">${stalled}</p>`;
  if (failure !== undefined) return html`<p class="failure">${failure}</p>`;
  if (trailers === undefined) return nothing;
  const { code, codeName, details, explanation } = trailers;
  return html`
    <p class=${code === 0 ? 'status ok' : 'status failure'}>
      <b>${codeName}</b> <span class="quiet">${code}</span> ${details}
    </p>
    ${explanation === undefined ? nothing : html`<p class="failure">${explanation.sentence}</p>`}
  `;
}

export function statusDetails({ trailers }: Answer): TemplateResult | typeof nothing {
  if (trailers === undefined || trailers.decodedDetails.length === 0) return nothing;
  return html`<h3>${t('Error details')}</h3>
    ${trailers.decodedDetails.map(
      (json) => html`<pre tabindex="0" role="group" aria-label=${t('Error details')}>${json}</pre>`,
    )}`;
}

/** What took how long, one after the other. */
export function timings({ trailers }: Answer): TemplateResult | typeof nothing {
  if (trailers === undefined) return nothing;
  return html`<dl class="timings" aria-label=${t('Timings')}>
    ${timingSteps(trailers.timing).map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${milliseconds(value)}</dd>
        </div>`,
    )}
  </dl>`;
}

export function timingSteps({
  dns,
  connect,
  tls,
  headers,
  firstMessage,
  lastMessage,
  total,
}: Timing): [string, number][] {
  const steps: [string, number | undefined][] = [
    [t('Name resolution'), dns],
    [t('Connect'), connect],
    [t('TLS'), tls],
    [t('Headers'), headers],
    [t('First message'), firstMessage],
    [t('Last message'), lastMessage === firstMessage ? undefined : lastMessage],
    [t('Total'), total],
  ];
  return steps.filter((step): step is [string, number] => step[1] !== undefined);
}

export function metadataTables({ headers, trailers }: Answer): TemplateResult {
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
