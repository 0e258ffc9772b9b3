/** Findings as text, JSON and SARIF. */
import type { Severity } from '../core/yaml/walk.ts';
import type { Finding, Validation } from './findings.ts';

export interface FileReport {
  /** As the person named it; `-` for standard input. */
  readonly path: string;
  readonly validation: Validation;
}

/** Each format turns the reports into lines of output. */
export const formats = {
  text: (reports: readonly FileReport[]): string[] => reports.flatMap(textLines),
  json: (reports: readonly FileReport[]): string[] => [JSON.stringify(reports.map(toJson), undefined, 2)],
  sarif: (reports: readonly FileReport[]): string[] => [JSON.stringify(toSarif(reports), undefined, 2)],
};

export const isFormat = (name: string): name is keyof typeof formats => Object.hasOwn(formats, name);

function textLines({ path, validation }: FileReport): string[] {
  return validation.findings.map(
    ({ from, severity, message, code }) =>
      `${path}:${from.line + 1}:${from.column + 1}: ${severity}: ${message} [${code}]`,
  );
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
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Gantry', rules: ids.map((id) => ({ id })) } },
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
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
