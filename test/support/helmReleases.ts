/** Secrets as Helm 3 writes them, made without helm. */
import { gzipSync } from 'node:zlib';

export interface FakeRelease {
  readonly name: string;
  readonly revision: number;
  readonly status: string;
  readonly chartVersion?: string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly manifest?: string;
  /** Bytes of a file in the chart, to make the release large. */
  readonly ballast?: string;
}

/** The release's JSON with the fields that Helm's `release.Release` has. */
const release = ({
  name,
  revision,
  status,
  chartVersion = '1.2.3',
  values = {},
  ballast = '',
  manifest = '---\n# Source: web/templates/config.yaml\nkind: ConfigMap\n',
}: FakeRelease): object => ({
  name,
  namespace: 'shop',
  version: revision,
  info: {
    status,
    first_deployed: '2026-11-01T10:00:00.123456789Z',
    last_deployed: `2026-11-0${revision}T12:30:00.123456789Z`,
    description: revision === 1 ? 'Install complete' : 'Upgrade complete',
    notes: `Thank you for installing ${name}.`,
  },
  chart: {
    metadata: { name: 'web', version: chartVersion, appVersion: '2.0' },
    files: [{ name: 'ballast', data: ballast }],
  },
  config: values,
  manifest,
});

/** `data.release` of the Secret. */
export const encodeRelease = (fake: FakeRelease): string =>
  Buffer.from(gzipSync(JSON.stringify(release(fake))).toString('base64')).toString('base64');

export const releaseSecret = (fake: FakeRelease): object => ({
  metadata: {
    name: `sh.helm.release.v1.${fake.name}.v${fake.revision}`,
    labels: { owner: 'helm', name: fake.name, status: fake.status, version: String(fake.revision) },
  },
  type: 'helm.sh/release.v1',
  data: { release: encodeRelease(fake) },
});
