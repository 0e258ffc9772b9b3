/**
 * `npm run advisories`: asks npm what is known against the packages that ship. Exits 1 when something high or critical
 * is; a registry that answers nothing, or no network, is said and is no failure.
 */
import { run } from '../src/core/processes.ts';
import { isMain, root } from './lib/project.ts';

/** What npm's answer comes to. */
export type Verdict =
  | { readonly kind: 'silent'; readonly why: string }
  | {
      readonly kind: 'answered';
      /** How many packages were looked at. */
      readonly packages: number;
      /** `name: severity (title)`, of packages that something high or critical is known against. */
      readonly serious: readonly string[];
    };

interface Answer {
  readonly error?: { readonly summary?: string; readonly code?: string };
  readonly message?: string;
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
  readonly metadata?: { readonly dependencies?: { readonly prod?: number } };
}

interface Vulnerability {
  readonly severity: string;
  /** A text names the package that it comes by. */
  readonly via: readonly (string | { readonly title?: string })[];
}

/** @param output what `npm audit --json` wrote, whatever it exited with. */
export function verdictOf(output: string): Verdict {
  let answer: Answer;
  try {
    answer = JSON.parse(output) as Answer;
  } catch {
    return { kind: 'silent', why: output.trim().split('\n')[0] || 'npm said nothing' };
  }
  const { error, message, vulnerabilities, metadata } = answer;
  if (vulnerabilities === undefined || error !== undefined)
    return { kind: 'silent', why: error?.summary || error?.code || message || 'the answer has no advisories in it' };
  const serious = Object.entries(vulnerabilities)
    .filter(([, { severity }]) => severity === 'high' || severity === 'critical')
    .map(([name, { severity, via }]) => `${name}: ${severity} (${via.map(reason).join('; ')})`);
  return { kind: 'answered', packages: metadata?.dependencies?.prod ?? 0, serious };
}

const reason = (via: Vulnerability['via'][number]): string =>
  typeof via === 'string' ? `by ${via}` : (via.title ?? 'without a title');

if (isMain(import.meta.url)) {
  const { stdout, stderr } = await run('npm', ['audit', '--omit=dev', '--json'], { cwd: root, timeout: 120_000 });
  const verdict = verdictOf(stdout || stderr);
  if (verdict.kind === 'silent') console.log(`Skipped: no advisories could be had (${verdict.why}).`);
  else {
    for (const line of verdict.serious) console.log(line);
    console.log(`${verdict.packages} packages that ship, ${verdict.serious.length} with a high or critical advisory.`);
    process.exitCode = verdict.serious.length > 0 ? 1 : 0;
  }
}
