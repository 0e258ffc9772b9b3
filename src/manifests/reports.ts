/** Findings as text, JSON and SARIF. */
import type { Severity } from '../core/yaml/walk.ts';
import { practiceRules } from './practice/catalog.ts';
import type { Finding, Validation } from './findings.ts';

export interface FileReport {
  /** As the person named it; `-` for standard input. */
  readonly path: string;
  readonly text: string;
  readonly validation: Validation;
}

/** Each format turns the reports into lines of output. */
export const formats = {
  text: (reports: readonly FileReport[]): string[] => reports.flatMap(textLines),
  json: (reports: readonly FileReport[]): string[] => [JSON.stringify(reports.map(toJson), undefined, 2)],
  sarif: (reports: readonly FileReport[]): string[] => [JSON.stringify(toSarif(reports), undefined, 2)],
};

export const isFormat = (name: string): name is keyof typeof formats => Object.hasOwn(formats, name);

function textLines({ path, text, validation }: FileReport): string[] {
  const lines = text.split(/\r\n?|\n/);
  return validation.findings.flatMap((finding) => {
    const { from, severity, message, code } = finding;
    return [
      `${path}:${from.line + 1}:${from.column + 1}: ${severity}: ${message} [${code}]`,
      ...excerpt(lines[from.line] ?? '', finding),
    ];
  });
}

/** Columns of a line that are shown at most. */
const widest = 120;

/** The line with the place marked under it. Characters that are two columns wide shift the mark; few fields hold any. */
function excerpt(line: string, { from, to }: Finding): string[] {
  const number = String(from.line + 1);
  const end = to.line === from.line ? to.column : line.length;
  const lead = line.slice(0, from.column).replace(/[^\t]/g, ' ');
  const mark = '^'.repeat(Math.max(1, Math.min(end, widest) - from.column));
  const shown = line.length > widest ? `${line.slice(0, widest)}…` : line;
  return from.column > widest ? [] : [`  ${number} | ${shown}`, `  ${' '.repeat(number.length)} | ${lead}${mark}`];
}

function toJson({ path, validation }: FileReport): unknown {
  const findings = validation.findings.map((finding) => ({
    code: finding.code,
    severity: finding.severity,
    message: finding.message,
    field: finding.path,
    schema: finding.source,
    ...region(finding),
  }));
  return { path, kubernetesVersion: validation.version, checked: validation.checked, findings };
}

/** One-based, the end exclusive: SARIF's and most editors' way to count. */
const region = ({ from, to }: Finding): Record<string, number> => ({
  startLine: from.line + 1,
  startColumn: from.column + 1,
  endLine: to.line + 1,
  endColumn: to.column + 1,
});

const levels: Record<Severity, string> = { error: 'error', warning: 'warning', hint: 'note' };

/** SARIF 2.1.0 (OASIS), as code scanning services read it. */
function toSarif(reports: readonly FileReport[]): unknown {
  const results = reports.flatMap(({ path, validation }) =>
    validation.findings.map((finding) => toResult(path, finding)),
  );
  const ids = [...new Set(results.map(({ ruleId }) => ruleId))].sort();
  const rules = ids.map((id) => ({ id, ...help(id) }));
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Gantry', rules } },
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
  };
}

/** What a code scanning service shows beside a result. */
function help(id: string): Record<string, unknown> {
  const rule = practiceRules.find((each) => each.id === id);
  if (rule === undefined) return {};
  return {
    shortDescription: { text: rule.title() },
    fullDescription: { text: rule.reason() },
    help: { text: rule.remedy() },
  };
}

function toResult(path: string, finding: Finding): { ruleId: string } & Record<string, unknown> {
  const uri = path === '-' ? 'stdin' : encodeURI(path.replaceAll('\\', '/'));
  return {
    ruleId: finding.code,
    level: levels[finding.severity],
    message: { text: finding.message },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri }, region: region(finding) },
        logicalLocations: [{ fullyQualifiedName: finding.path }],
      },
    ],
  };
}
