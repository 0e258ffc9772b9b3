/** Engine Doctor: every place where an engine may be, what became of it, and what would make it work. */
import { t } from '../core/l10n.ts';
import { plain } from '../core/markdown.ts';
import { code } from './describe.ts';
import type { Candidate } from './endpoints.ts';
import { type Probe, productName } from './probe.ts';

/** What became of one place. */
export interface Finding {
  /** Who names the place: a setting, a variable, a context, or a product's habit. */
  readonly source: string;
  readonly address: string;
  /** Who answers there: `Docker 20.10.24, API 1.41`. Else there is a problem. */
  readonly engine?: string;
  /** The system's error code, when the problem has one. */
  readonly errno?: string;
  readonly problem?: string;
  /** What to do or to run, where the problem does not say it itself. */
  readonly fix?: string;
}

export interface Examination {
  /** The address of the engine that Gantry and the docker command use; undefined when that one does not answer. */
  readonly used?: string;
  /** What to do first when there is none. */
  readonly advice?: string;
  /** Every place, in the order of preference. */
  readonly findings: readonly Finding[];
}

export function findingOf(probe: Probe, platform: NodeJS.Platform): Finding {
  const { origin: source, address } = probe.candidate;
  if (!('failure' in probe)) {
    const { version, apiVersion } = probe.ping;
    const product = version === undefined ? productName(probe.runtime) : `${productName(probe.runtime)} ${version}`;
    return { source, address, engine: `${product}, API ${apiVersion}` };
  }
  const { errno, failure } = probe;
  const fix = fixFor(probe, platform);
  return {
    source,
    address,
    problem: failure.message,
    ...(errno === undefined ? {} : { errno }),
    ...(fix === undefined ? {} : { fix }),
  };
}

function fixFor(
  { candidate, errno, failure }: Extract<Probe, { readonly errno: unknown }>,
  platform: NodeJS.Platform,
): string | undefined {
  switch (errno) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ECONNREFUSED':
      return candidate.asked
        ? t('Start the engine there, or let {0} name another place.', candidate.origin)
        : startOf(candidate, platform);
    case 'EACCES':
    case 'EPERM':
      return 'sudo usermod -aG docker $USER';
    case 'ETIMEDOUT':
      return t('It accepts connections but says nothing: restart the engine.');
    case undefined:
      return failure.kind === 'invalid' && 'socketPath' in candidate.target
        ? t('Another program answers there: end it, or name the engine in the setting gantry.docker.endpoint.')
        : undefined;
    default:
      return undefined;
  }
}

/** How each product is started, as its own documentation says. */
function startOf({ origin, address }: Candidate, platform: NodeJS.Platform): string {
  const linux = platform === 'linux';
  const colima = /^Colima(?: \((.+)\))?$/.exec(origin);
  if (colima !== null) return `colima start ${colima[1] ?? ''}`.trimEnd();
  if (origin === 'Docker (rootless)') return 'systemctl --user start docker';
  if (origin === 'Docker' && linux) return 'sudo systemctl start docker';
  if (origin === 'Podman' && !linux) return 'podman machine start';
  if (origin === 'Podman') {
    return address.startsWith('unix:///run/podman/')
      ? 'sudo systemctl start podman.socket'
      : 'systemctl --user start podman.socket';
  }
  return t('Start {0}.', origin === 'Docker' ? 'Docker Desktop' : origin);
}

/** What became of a place, in lines: the answer, or the problem and its fix. */
export function findingLines({ engine, errno, problem = '', fix }: Finding): string[] {
  if (engine !== undefined) return [t('Answers: {0}', engine)];
  const sentence = errno === undefined ? problem : `${errno}: ${problem}`;
  return fix === undefined ? [sentence] : [sentence, t('Fix: {0}', fix)];
}

/** The one sentence that matters most. */
export function verdictOf({ used, advice = '' }: Examination): string {
  return used === undefined ? t('No engine can be used. {0}', advice) : t('Gantry uses the engine at {0}.', used);
}

/** The examination as a Markdown document. */
export function doctorDocument(examination: Examination): string {
  const places = examination.findings.map((finding, i) => {
    const facts = findingLines(finding).map((line) => `   - ${plain(line.replace(/\s+/g, ' '))}`);
    return [`${i + 1}. ${plain(finding.source)}: ${code(finding.address)}`, ...facts].join('\n');
  });
  return [
    `# ${t('Engine Doctor')}`,
    plain(verdictOf(examination)),
    t('The places where an engine may be, the first that answers is used:'),
    ...places,
    '',
  ].join('\n\n');
}
