/**
 * VS Code's snippet syntax, read strictly: tab stops, placeholders, choices and escapes. What VS Code would quietly take for
 * text (a stray `$`, an open `${`) throws here; variables and transformations, which our snippets do not use, too.
 */
export type SnippetPart = string | { readonly stop: number; readonly text?: string };

const parts =
  /\\([$}\\])|\$(\d+)|\$\{(\d+)\}|\$\{(\d+):((?:\\[$}\\]|[^$}\\])*)\}|\$\{(\d+)\|((?:\\.|[^\\|])+)\|\}|([^$\\]+|\\(?![$}\\]))/y;

/** The parts of a body. Throws for what is no valid syntax. */
export function parseSnippet(body: string): SnippetPart[] {
  const found: SnippetPart[] = [];
  parts.lastIndex = 0;
  while (parts.lastIndex < body.length) {
    const at = parts.lastIndex;
    const match = parts.exec(body);
    if (match === null) throw new Error(`not a snippet from here on: ${body.slice(at, at + 40)}`);
    const [, escaped, bare, braced, filled, text, choosing, choices, plain] = match;
    if (filled !== undefined) found.push({ stop: Number(filled), text: text!.replaceAll(/\\([$}\\])/g, '$1') });
    else if (choosing !== undefined) found.push({ stop: Number(choosing), text: choices!.split(',')[0]! });
    else if (bare !== undefined || braced !== undefined) found.push({ stop: Number(bare ?? braced) });
    else found.push(escaped ?? plain!);
  }
  return found;
}

/** What stands in the editor when the person takes every default. */
export function expandSnippet(body: string): string {
  const found = parseSnippet(body);
  const defaults = new Map<number, string>();
  for (const part of found) {
    if (typeof part !== 'string' && part.text !== undefined && !defaults.has(part.stop))
      defaults.set(part.stop, part.text);
  }
  return found.map((part) => (typeof part === 'string' ? part : (part.text ?? defaults.get(part.stop) ?? ''))).join('');
}
