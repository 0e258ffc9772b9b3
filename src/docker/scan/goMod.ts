/** What scans found, at the lines of the go.mod that brings it: what is built next from there has it, too. */
import { t } from '../../core/l10n.ts';
import type { Finding } from '../dockerfile/finding.ts';
import { advice } from '../imageParts.ts';
import type { ScanReport, ScannedProgram, Vulnerability } from './report.ts';

/** A scan with the name that the image was scanned by. */
export interface NamedScan {
  readonly name: string;
  readonly report: ScanReport;
}

/** Findings of the programs that were built of this module, by line. */
export function goModFindings(text: string, scans: readonly NamedScan[]): readonly Finding[] {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/\/\/.*/, '').trimEnd());
  const module = /^\s*module\s+"?([^\s"]+)/.exec(lines.find((line) => /^\s*module\s/.test(line)) ?? '')?.[1];
  if (module === undefined) return [];
  const findings = new Map<string, Finding>();
  for (const { name, report } of scans) {
    for (const program of report.programs.filter((one) => one.module === module)) {
      for (const one of program.vulnerabilities) {
        const finding = findingOf(lines, one, program, name);
        findings.set(`${finding.line} ${finding.message}`, finding);
      }
    }
  }
  return [...findings.values()];
}

function findingOf(lines: readonly string[], one: Vulnerability, { path }: ScannedProgram, image: string): Finding {
  const line = lineOf(lines, one.module);
  const text = lines[line]!;
  const what = t('{0}: {1} In {2} of the image {3}.', one.id, one.summary.replace(/[^.]$/, '$&.'), path, image);
  return {
    line,
    column: text.length - text.trimStart().length,
    endColumn: text.length,
    message: [what, ...advice(one)].join(' '),
    severity: one.symbols.length > 0 ? 'warning' : 'information',
    code: one.id,
  };
}

/** Where it is required; Go itself at `toolchain` or `go`; what others bring along at the module's own line. */
function lineOf(lines: readonly string[], module: string): number {
  const requires = (line: string): boolean => {
    const words = line
      .trim()
      .replace(/^require\s+/, '')
      .split(/\s+/);
    return words[0]?.replaceAll('"', '') === module && /^v\d/.test(words[1] ?? '');
  };
  const at = (fits: (line: string) => boolean): number => lines.findIndex(fits);
  const candidates =
    module === 'stdlib' ? [at((line) => /^toolchain\s/.test(line)), at((line) => /^go\s/.test(line))] : [at(requires)];
  return candidates.find((line) => line >= 0) ?? at((line) => /^\s*module\s/.test(line));
}
