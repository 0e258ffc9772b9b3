/** The README of a generated service: how it is begun with, what is where, and why it is so. */
import { t } from '../core/l10n.ts';
import { type Extra, explainedExtras, explainedFrameworks, type ServiceChoice } from './model.ts';

type Row = readonly string[];

export function readme(choice: ServiceChoice): string {
  const { name, framework, extras } = choice;
  const { title } = explainedFrameworks().find(({ id }) => id === framework)!;
  const ways = extras.flatMap((extra) => deploys(extra, name));
  const deploying = [`docker build --tag ${name}:dev .`, ...(ways.length > 1 ? [`# ${t('One of:')}`] : []), ...ways];
  const sections = [
    `# ${name}`,
    t('A service in Go, made with {0}.', title),
    `## ${t('Begin')}`,
    script(['go test -race ./...', `go run ./cmd/${name}`]),
    framework === 'grpc'
      ? t('It serves gRPC on port 8080, and probes and metrics over HTTP on port 8081. In another terminal:')
      : t('It serves on port 8080. In another terminal:'),
    script(calls(choice)),
    ...(framework === 'grpc'
      ? [t('VS Code with Gantry sends the requests of that file from the line above each.')]
      : []),
    `## ${t('Deploy')}`,
    script(deploying),
    ...(extras.includes('kustomize')
      ? [t('On a local cluster `gantry dev` builds it, loads its image and applies it, again after each save.')]
      : []),
    `## ${t('What is where')}`,
    table(['', ''], [...ownPlaces(choice), ...commonPlaces(choice)]),
    `## ${t('Settings')}`,
    table([t('Variable'), t('Default'), t('Meaning')], settings(choice)),
  ];
  return `${sections.join('\n\n')}\n`;
}

const script = (lines: readonly string[]): string => `\`\`\`sh\n${lines.join('\n')}\n\`\`\``;

const table = (head: Row, rows: readonly Row[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

function calls({ name, framework }: ServiceChoice): string[] {
  const item = `-d '{"name": "tea", "quantity": 2}'`;
  switch (framework) {
    case 'grpc':
      return [`gantry grpc run requests/${name}.grpc.yaml`, 'curl http://localhost:8081/metrics'];
    case 'gomicro':
      return [
        `curl -i -H 'Content-Type: application/json' -H 'Micro-Endpoint: Items.Add' ${item} http://localhost:8080`,
        'curl http://localhost:8080/metrics',
      ];
    default:
      return [`curl -i ${item} http://localhost:8080/items`, 'curl http://localhost:8080/metrics'];
  }
}

function deploys(extra: Extra, name: string): string[] {
  switch (extra) {
    case 'kustomize':
      return ['kubectl apply -k deploy/overlays/dev'];
    case 'helm':
      return [`helm upgrade --install ${name} deploy/chart`];
    case 'skaffold':
      return ['skaffold dev'];
    case 'ci':
      return [];
  }
}

const why = ({ framework }: ServiceChoice): string => {
  const { title, reason } = explainedFrameworks().find(({ id }) => id === framework)!;
  return `**${title}**: ${reason}`;
};

function ownPlaces(choice: ServiceChoice): Row[] {
  switch (choice.framework) {
    case 'grpc':
      return rpcPlaces(choice);
    case 'gomicro':
      return microPlaces(choice);
    default:
      return httpPlaces(choice);
  }
}

const probes = (): Row => [
  '`internal/health`',
  t('`/livez` asks nobody; `/readyz` asks what the service cannot work without, and says no while it stops.'),
];

const httpPlaces = (choice: ServiceChoice): Row[] => [
  [
    '`internal/api`',
    `${t('The API: `POST /items` and `GET /items/{id}` are an example. Put your own in their place.')} ${why(choice)}`,
  ],
  probes(),
  ['`internal/server`', t('At SIGTERM no new connection is taken and the requests in flight are answered.')],
  ['`internal/metrics`', t('`/metrics` tells Prometheus rate, errors and duration by route, never by path.')],
];

const microPlaces = (choice: ServiceChoice): Row[] => [
  [
    '`internal/api`',
    `${t('The API: the methods `Items.Add` and `Items.Find` are an example. Put your own in their place.')} ${why(choice)}`,
  ],
  [
    '`client`',
    t('For those who call the service by its name: who answers is found, and asked again where that is safe.'),
  ],
  probes(),
  [
    '`internal/server`',
    t('At SIGTERM no new call is taken and those in flight are answered; a panic is an error of its call alone.'),
  ],
  ['`internal/metrics`', t('`/metrics` tells Prometheus rate, errors and duration by method.')],
  ['`internal/logs`', t('What Go-micro has to say stands in the same log.')],
];

const rpcPlaces = (choice: ServiceChoice): Row[] => [
  [
    '`proto`, `gen`',
    t('The contract, and the Go code made of it: after a change run `buf generate`, which uses the plugins of go.mod.'),
  ],
  [
    '`internal/api`',
    `${choice.proto === undefined ? t('What answers the calls.') : t('What answers the calls; what is not written yet answers UNIMPLEMENTED.')} ${why(choice)}`,
  ],
  ['`client`', t('For those who call the service: connection, retries, traces.')],
  ['`requests`', t('Requests to try it with.')],
  [
    '`internal/health`',
    t(
      'grpc.health.v1 and `/readyz` ask what the service cannot work without, and say no while it stops; `/livez` asks nobody.',
    ),
  ],
  [
    '`internal/server`',
    t('At SIGTERM no new call is taken and those in flight are answered; a panic is an error of its call alone.'),
  ],
  ['`internal/metrics`', t('`/metrics` tells Prometheus rate, errors and duration by method.')],
];

const commonPlaces = ({ extras }: ServiceChoice): Row[] => [
  [
    '`internal/env`',
    t('Settings come from the environment, are read once, and everything wrong with them is told at the start.'),
  ],
  ['`internal/tracing`', t('Traces go to where `OTEL_EXPORTER_OTLP_ENDPOINT` says.')],
  ['`Dockerfile`', t('The image holds the program, certificates and a user without rights.')],
  ...explainedExtras()
    .filter(({ id }) => extras.includes(id))
    .map(({ id, title, reason }) => [`\`${places[id]}\``, `**${title}**: ${reason}`]),
];

const places: Readonly<Record<Extra, string>> = {
  kustomize: 'deploy/overlays',
  helm: 'deploy/chart',
  skaffold: 'skaffold.yaml',
  ci: '.github/workflows',
};

const settings = ({ framework }: ServiceChoice): Row[] =>
  [
    ['PORT', '8080', t('The port it listens on')],
    ...(framework === 'grpc'
      ? [
          ['ADMIN_PORT', '8081', t('The port of probes and metrics')],
          ['REFLECTION', 'true', t('Whether clients may ask for the schema')],
        ]
      : []),
    ...(framework === 'gomicro'
      ? [
          [
            'REGISTRY',
            'memory',
            t(
              'Where instances are found by name: mdns finds those on the local network; with memory callers name an address, such as that of a Service in Kubernetes',
            ),
          ],
        ]
      : []),
    ['LOG_LEVEL', 'info', 'debug, info, warn, error'],
    ['SHUTDOWN_GRACE', '20s', t('How long requests in flight may take at the end')],
  ].map(([variable, fallback, meaning]) => [`\`${variable}\``, `\`${fallback}\``, meaning!]);
