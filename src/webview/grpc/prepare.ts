/** What is sent of what was typed, or what must be corrected first. Pure. */
import { t } from '../../core/l10n.ts';
import type { MetadataEntries } from '../../grpc/events.ts';
import { type JsonNode, JsonProblem, parseJsonDocuments } from '../../grpc/json.ts';
import type { MetadataRow, SendRequest } from '../../grpc/protocol.ts';
import { type PanelState, type Problem, problemAt } from './state.ts';

export interface Prepared {
  readonly request: SendRequest;
  readonly sentAt: readonly number[];
}

/** What must be corrected. */
export interface Refusal {
  readonly problem?: Problem;
  readonly deadlineProblem?: string;
}

/** What to send for the state, or what must be corrected first. */
export function prepare(state: PanelState): { readonly prepared: Prepared } | { readonly refusal: Refusal } {
  return prepareWith(state, false, parseJsonDocuments);
}

/** The message where the caret stands, for a call that stays open. */
export function prepareOne(state: PanelState, caret: number): ReturnType<typeof prepare> {
  return prepareWith(state, true, (text) => {
    const nodes = parseJsonDocuments(text);
    const chosen = nodes.findLast(({ start }) => start <= caret) ?? nodes[0];
    return chosen === undefined ? [] : [chosen];
  });
}

/** Where the message after the one at `at` begins, so that sending one after the other walks through the text. */
export function nextMessage(text: string, at: number): number | undefined {
  return parseJsonDocuments(text).find(({ start }) => start > at)?.start;
}

function prepareWith(
  state: PanelState,
  open: boolean,
  choose: (text: string) => readonly JsonNode[],
): { readonly prepared: Prepared } | { readonly refusal: Refusal } {
  const deadline = Number(state.deadline);
  if (!(deadline > 0)) return { refusal: { deadlineProblem: t('A deadline is a number of seconds above 0.') } };
  const { request: text } = state;
  try {
    const nodes = choose(text);
    const request: SendRequest = {
      call: state.call + 1,
      messages: nodes.map(({ start, end }) => text.slice(start, end)),
      open,
      metadata: metadataOf(state.metadata),
      deadline,
    };
    return { prepared: { request, sentAt: nodes.map(({ start }) => start) } };
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    return { refusal: { problem: problemAt(text, error.message, error.start, error.end) } };
  }
}

/** Rows without a name are not sent. */
const metadataOf = (rows: readonly MetadataRow[]): MetadataEntries =>
  rows.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]);
