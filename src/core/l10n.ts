/**
 * The person's language. English is the key; `l10n/*.zh-cn.json` hold the other language, one file per domain, merged
 * by the build into the bundle that VS Code and the terminal program load. Both programs install it once at start.
 */

let bundle: Readonly<Record<string, string>> = {};

export function installLanguage(strings: Readonly<Record<string, string>>): void {
  bundle = strings;
}

/** What was installed: a worker thread starts without it and is handed it. */
export const installedLanguage = (): Readonly<Record<string, string>> => bundle;

/**
 * The text in the person's language, `{0}` `{1}` … replaced by the arguments.
 * The first argument must be a string literal: a test collects them and compares them with the translations.
 */
export function t(text: string, ...args: readonly (string | number)[]): string {
  const shown = bundle[text] ?? text;
  if (args.length === 0) return shown; // Most texts, and rows have many.
  return shown.replace(/\{(\d+)\}/g, (whole, index: string) => {
    const value = args[Number(index)];
    return value === undefined ? whole : String(value);
  });
}
