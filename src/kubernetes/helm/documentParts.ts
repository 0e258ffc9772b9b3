/** What of a Helm release can be opened as a document. */

export const documentParts = ['values', 'manifest', 'notes', 'history'] as const;
export type DocumentPart = (typeof documentParts)[number];

/** The file name in the tab, whose ending chooses the language. */
export const documentNames: Readonly<Record<DocumentPart, string>> = {
  values: 'values.yaml',
  manifest: 'manifest.yaml',
  notes: 'notes.txt',
  history: 'history.txt',
};
