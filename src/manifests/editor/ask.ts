/** Asking the domain about a document, for help that is none when it fails. */
import type * as vscode from 'vscode';
import type { Log } from '../../core/log.ts';
import { formOf, mayBecomeManifests } from '../detect.ts';
import type { Manifests } from '../domain.ts';
import { pathOf } from './paths.ts';

/** Undefined for documents that are not ours, and when the help failed, which the log tells. */
export type Ask = <T>(
  document: vscode.TextDocument,
  help: (manifests: Manifests, text: string) => Promise<T>,
  options?: { readonly evenBegun?: boolean },
) => Promise<T | undefined>;

export const asking =
  ({ log, domain }: { readonly log: Log; readonly domain: () => Promise<Manifests> }): Ask =>
  async (document, help, { evenBegun = false } = {}) => {
    const text = document.getText();
    const isOurs = formOf(pathOf(document.uri), text) !== undefined || (evenBegun && mayBecomeManifests(text));
    if (!isOurs) return undefined;
    try {
      return await help(await domain(), text);
    } catch (error) {
      log.error('help with a manifest failed', error);
      return undefined;
    }
  };
