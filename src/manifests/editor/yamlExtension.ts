/**
 * Beside Red Hat's YAML extension no problem is shown twice: for the documents that are judged here it gets a schema that
 * takes anything. It is asked for when a YAML document opens, which starts it anyway, and never installed or required.
 */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import type { Log } from '../../core/log.ts';

const id = 'redhat.vscode-yaml';

/** What it offers to others, as far as it is used here. */
interface YamlExtension {
  /**
   * @param contributor also the scheme of the addresses that `requestSchema` gives: that is how it finds whose a schema is.
   * @param requestSchema the address of a document's schema, undefined for one that is not the contributor's.
   */
  registerContributor(
    contributor: string,
    requestSchema: (document: string) => string | undefined,
    requestSchemaContent: (schema: string) => string,
  ): boolean;
}

const contributor = 'gantry';
const anything = `${contributor}://schema/anything`;

/** @param isOurs asked again for each text of a document. */
export function registerYamlExtension(log: Log, isOurs: (document: vscode.TextDocument) => boolean): Disposable {
  const requestSchema = (resource: string): string | undefined => {
    const uri = vscode.Uri.parse(resource).toString();
    const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri);
    return document !== undefined && isOurs(document) ? anything : undefined;
  };
  let asked = false;
  const register = async (): Promise<void> => {
    const extension = vscode.extensions.getExtension<Partial<YamlExtension> | undefined>(id);
    const isNeeded = vscode.workspace.textDocuments.some(({ languageId }) => languageId === 'yaml');
    if (asked || extension === undefined || !isNeeded) return;
    asked = true;
    try {
      const offered = await extension.activate();
      if (offered?.registerContributor?.(contributor, requestSchema, () => '{}') !== true)
        log.warn(`${id} takes no schemas from others; its problems show beside ours`);
    } catch (error) {
      log.error(`${id} could not be asked`, error);
    }
  };
  const store = new DisposableStore();
  store.add(vscode.workspace.onDidOpenTextDocument(() => void register()));
  store.add(vscode.extensions.onDidChange(() => void register()));
  void register();
  return store;
}
