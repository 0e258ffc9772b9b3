/** What a person chooses of a new service. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

export const frameworks = ['nethttp', 'gin', 'gokit', 'gomicro', 'grpc'] as const;
export type Framework = (typeof frameworks)[number];

/** What may come beside the program. */
export const extras = ['kustomize', 'helm', 'skaffold', 'ci'] as const;
export type Extra = (typeof extras)[number];
/** What comes unless somebody says otherwise: one way to deploy is enough. */
export const usualExtras: readonly Extra[] = ['kustomize', 'skaffold', 'ci'];

export interface ServiceChoice {
  /** Of the service, its image and its objects in a cluster. */
  readonly name: string;
  /** Of the Go module. */
  readonly module: string;
  readonly framework: Framework;
  readonly extras: readonly Extra[];
  /** A .proto file whose services it is to be, in the place of an example's. */
  readonly proto?: string;
}

/** A choice with why one would make it, in the person's language. */
export interface Explained<Id extends string> {
  readonly id: Id;
  readonly title: string;
  readonly reason: string;
}

export const explainedFrameworks = (): readonly Explained<Framework>[] => [
  {
    id: 'nethttp',
    title: 'net/http',
    reason: t('The standard library: methods and path values, no dependency to keep up to date.'),
  },
  {
    id: 'gin',
    title: 'Gin',
    reason: t('Binds and validates JSON by struct tags; much middleware; handlers depend on Gin.'),
  },
  {
    id: 'gokit',
    title: 'Go kit',
    reason: t('Keeps business apart from transport; more code, and no new releases since 2023.'),
  },
  {
    id: 'gomicro',
    title: 'Go-micro',
    reason: t('Methods called by name, on any instance that a registry or mDNS knows.'),
  },
  {
    id: 'grpc',
    title: 'gRPC',
    reason: t('A contract in a .proto file, typed clients and streams; with health and reflection.'),
  },
];

export const explainedExtras = (): readonly Explained<Extra>[] => [
  {
    id: 'kustomize',
    title: t('Kubernetes manifests with Kustomize'),
    reason: t('A base with probes and limits, an overlay per environment; kubectl alone applies it.'),
  },
  {
    id: 'helm',
    title: t('Helm chart'),
    reason: t('The same objects with values that a schema checks; one of the two is enough.'),
  },
  {
    id: 'skaffold',
    title: 'Skaffold',
    reason: t('Builds, deploys and forwards the port again on each change; needs the manifests.'),
  },
  {
    id: 'ci',
    title: t('CI workflow'),
    reason: t('Vets, tests for races, looks for known vulnerabilities, builds the image; on GitHub.'),
  },
];

/** Throws `invalid` with what is wrong; a choice that depends on another brings it along. */
export function checked(choice: ServiceChoice): ServiceChoice {
  const { name, module, framework } = choice;
  if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new Failure(
      'invalid',
      t('{0} cannot name a service: small letters, digits and dashes, first a letter, at most 63.', name),
    );
  }
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._~-]*(?:\/[a-zA-Z0-9][a-zA-Z0-9._~-]*)*$/.test(module)) {
    throw new Failure('invalid', t('{0} is no path of a Go module, such as example.com/orders.', module));
  }
  if (!frameworks.includes(framework)) {
    throw new Failure('invalid', t('There is no framework {0}. There are: {1}.', framework, frameworks.join(', ')));
  }
  const unknown = choice.extras.find((extra) => !extras.includes(extra));
  if (unknown !== undefined) {
    throw new Failure('invalid', t('There is no part {0}. There are: {1}.', unknown, extras.join(', ')));
  }
  const wanted = new Set(choice.extras);
  if (wanted.has('skaffold')) wanted.add('kustomize');
  return { ...choice, extras: extras.filter((extra) => wanted.has(extra)) };
}
