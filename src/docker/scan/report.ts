/** What govulncheck says of programs, parsed once: https://pkg.go.dev/golang.org/x/vuln/internal/govulncheck. */
import { t } from '../../core/l10n.ts';
import { printable } from '../../core/printable.ts';
import { array, record, text } from '../fields.ts';

/** A vulnerability of one module, in one program. */
export interface Vulnerability {
  /** `GO-2024-2687`. */
  readonly id: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  /** Path of the module, `stdlib` for Go itself. */
  readonly module: string;
  readonly version: string;
  /** The version that is mended; empty while there is none. */
  readonly fixed: string;
  /** Vulnerable functions that the program holds; empty when only the module is known to be in it. */
  readonly symbols: readonly string[];
  /** True when the program does not tell which functions it holds. */
  readonly stripped?: true;
}

/** A program of Go in an image. */
export interface ScannedProgram {
  /** Where it stands in the image. */
  readonly path: string;
  /** Path of the main module; empty when the program does not say. */
  readonly module: string;
  readonly vulnerabilities: readonly Vulnerability[];
}

export interface ScanReport {
  /** Id of the image. */
  readonly image: string;
  readonly programs: readonly ScannedProgram[];
}

/** Vulnerabilities whose functions are in a program come first: the others need no haste. */
export const bySeverity = (a: Vulnerability, b: Vulnerability): number =>
  Number(b.symbols.length > 0) - Number(a.symbols.length > 0) || a.id.localeCompare(b.id);

/** How many vulnerabilities a scan found, whatever number of programs has each. */
export function scanText({ programs }: ScanReport): string {
  const ids = new Set(programs.flatMap(({ vulnerabilities }) => vulnerabilities.map(({ id }) => id)));
  if (programs.length === 0) return t('no Go program in it');
  return ids.size === 0 ? t('no known vulnerability') : t('known vulnerabilities: {0}', ids.size);
}

/**
 * Parses `govulncheck -format json`: objects, one after the other. Of a stripped program it names every affected function,
 * even of packages that are not in it.
 */
export function programFrom(path: string, output: string, stripped: boolean): ScannedProgram {
  const messages = output
    .split(/\n(?=\{)/)
    .filter((one) => one.trim() !== '')
    .map((one) => record(JSON.parse(one)));
  const advisories = new Map<string, Record<string, unknown>>();
  const found = new Map<string, Vulnerability>();
  let module = '';
  for (const message of messages) {
    const osv = record(message['osv']);
    if (text(osv['id']) !== '') advisories.set(text(osv['id']), osv);
    module ||= mainModule(record(message['SBOM']));
    const finding = record(message['finding']);
    if (text(finding['osv']) !== '') add(found, finding);
  }
  const vulnerabilities = [...found.values()].map((one) => ({
    ...one,
    ...about(advisories.get(one.id)),
    ...(stripped ? ({ symbols: [], stripped } as const) : {}),
  }));
  return { path, module, vulnerabilities: vulnerabilities.sort(bySeverity) };
}

/** The first module is the program's own; its packages are its roots. */
function mainModule(bill: Record<string, unknown>): string {
  const [root] = array(bill['roots']).map(text);
  const modules = array(bill['modules']).map((one) => text(record(one)['path']));
  return printable(modules.find((one) => root === one || root?.startsWith(`${one}/`)) ?? root ?? '');
}

/** It is told of a module, then of a package, then of each function: the most that is known is kept. */
function add(found: Map<string, Vulnerability>, finding: Record<string, unknown>): void {
  const [at] = array(finding['trace']).map(record);
  const [id, module] = [printable(text(finding['osv'])), printable(text(at?.['module']))];
  const before = found.get(`${id} ${module}`);
  const receiver = text(at?.['receiver']).replace(/^\*/, '');
  const name = [receiver, text(at?.['function'])].filter((part) => part !== '').join('.');
  const symbol = name === '' ? [] : [printable(`${text(at?.['package'])}.${name}`)];
  found.set(`${id} ${module}`, {
    id,
    aliases: [],
    summary: '',
    module,
    version: printable(text(at?.['version'])),
    fixed: printable(text(finding['fixed_version'])),
    symbols: [...new Set([...(before?.symbols ?? []), ...symbol])],
  });
}

const about = (osv: Record<string, unknown> = {}): Pick<Vulnerability, 'aliases' | 'summary'> => ({
  aliases: array(osv['aliases']).map((one) => printable(text(one))),
  summary: printable(text(osv['summary']) || text(osv['details'])).slice(0, 300),
});
