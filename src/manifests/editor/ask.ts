/** Asking the domain about a document, for help that is none when it fails. */
import type * as vscode from 'vscode';
import type { Log } from '../../core/log.ts';
import type { Manifests } from '../domain.ts';
import { isValuesFile } from '../charts.ts';
import { fileFormatOf } from '../files.ts';
import { pathOf } from './paths.ts';

/** Enough to be worth asking: a document that names no apiVersion is somebody else's. */
const isOurs = (text: string): boolean => /(?:^|[\s{,])["']?(?:apiVersion|kind)["']?[\t ]*:/.test(text);

/** Undefined for documents that are not ours, and when the help failed, which the log tells. */
export type Ask = <T>(
  document: vscode.TextDocument,
  help: (manifests: Manifests, text: string) => Promise<T>,
  options?: { readonly evenEmpty?: boolean },
) => Promise<T | undefined>;

export const asking =
  ({ log, domain }: { readonly log: Log; readonly domain: () => Promise<Manifests> }): Ask =>
  async (document, help, { evenEmpty = false } = {}) => {
    const text = document.getText();
    const path = pathOf(document.uri);
    const isFile = fileFormatOf(path, text) !== undefined || isValuesFile(path) || text.includes('.Values.');
    if (!isFile && !isOurs(text) && !(evenEmpty && /^\s*(?:---\s*)?\w*\s*$/.test(text))) return undefined;
    try {
      return await help(await domain(), text);
    } catch (error) {
      log.error('help with a manifest failed', error);
      return undefined;
    }
  };
