/** The README of a generated service: what is where, and why it is so. */
import { t } from '../core/l10n.ts';
import { explainedExtras, explainedFrameworks, type ServiceChoice } from './model.ts';

export function readme(choice: ServiceChoice): string {
  const { name, extras } = choice;
  const framework = explainedFrameworks().find(({ id }) => id === choice.framework)!;
  const parts = explainedExtras().filter(({ id }) => extras.includes(id));
  const lines = [
    `# ${name}`,
    t('A service in Go. `go run ./cmd/{0}` serves it on port 8080; `go test -race ./...` tests it.', name),
    `| | |\n| --- | --- |\n${[
      [
        `\`internal/api\``,
        `${t('The API: `POST /items` and `GET /items/{id}` are an example. Put your own in their place.')} **${framework.title}**: ${framework.reason}`,
      ],
      [
        `\`internal/env\``,
        t('Settings come from the environment, are read once, and everything wrong with them is told at the start.'),
      ],
      [
        `\`internal/health\``,
        t('`/livez` asks nobody; `/readyz` asks what the service cannot work without, and says no while it stops.'),
      ],
      [`\`internal/server\``, t('At SIGTERM no new connection is taken and the requests in flight are answered.')],
      [`\`internal/metrics\``, t('`/metrics` tells Prometheus rate, errors and duration by route, never by path.')],
      [`\`internal/tracing\``, t('Traces go to where `OTEL_EXPORTER_OTLP_ENDPOINT` says.')],
      [`\`Dockerfile\``, t('The image holds the program, certificates and a user without rights.')],
      ...parts.map(({ id, title, reason }) => [`\`${places[id]}\``, `**${title}**: ${reason}`]),
    ]
      .map((row) => `| ${row.join(' | ')} |`)
      .join('\n')}`,
    `| ${t('Variable')} | ${t('Default')} | ${t('Meaning')} |\n| --- | --- | --- |\n${[
      ['PORT', '8080', t('The port it listens on')],
      ['LOG_LEVEL', 'info', 'debug, info, warn, error'],
      ['SHUTDOWN_GRACE', '20s', t('How long requests in flight may take at the end')],
    ]
      .map(([variable, fallback, what]) => `| \`${variable}\` | \`${fallback}\` | ${what} |`)
      .join('\n')}`,
  ];
  return `${lines.join('\n\n')}\n`;
}

const places = { kustomize: 'deploy', skaffold: 'skaffold.yaml', ci: '.github/workflows' } as const;
