/**
 * `.dockerignore`, as the docker command reads it: the last pattern that fits a path or a folder above it decides, `!` takes
 * back, `**` stands for any folders. https://docs.docker.com/build/concepts/context/#dockerignore-files
 */

export interface IgnoreRules {
  /** @param path relative, with `/`. */
  ignores(path: string): boolean;
  /** Whether something in an ignored folder may be taken back. */
  readonly takesBack: boolean;
}

interface Pattern {
  readonly test: RegExp;
  readonly back: boolean;
}

export function dockerIgnore(text: string): IgnoreRules {
  const patterns = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => (line.startsWith('#') ? '' : line.trim()))
    .flatMap(patternOf);
  return {
    ignores(path) {
      let ignored = false;
      for (const { test, back } of patterns) if (ignored === back && test.test(path)) ignored = !back;
      return ignored;
    },
    takesBack: patterns.some(({ back }) => back),
  };
}

function patternOf(line: string): Pattern[] {
  const back = line.startsWith('!');
  const parts = (back ? line.slice(1).trim() : line).split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0) return [];
  // What fits a folder fits everything in it.
  return [{ test: new RegExp(`^${parts.map(partOf).join('').replace(/\/$/, '')}(?:/.*)?$`, 's'), back }];
}

function partOf(part: string, at: number, all: readonly string[]): string {
  const last = at === all.length - 1;
  if (part === '**') return last ? '.*' : '(?:.*/)?';
  const signs = part.replaceAll(
    /\\(.)|\*\*|\*|\?|\[(\^?)((?:\\.|[^\]\\])+)\]|([.+^${}()|[\]\\])/gs,
    (whole, ...groups) => {
      const [escaped, not, set, sign] = groups as (string | undefined)[];
      if (whole === '**') return '.*';
      if (whole === '*') return '[^/]*';
      if (whole === '?') return '[^/]';
      if (set !== undefined) return `[${not}${set}]`;
      return `\\${escaped ?? sign}`;
    },
  );
  return last ? signs : `${signs}/`;
}
