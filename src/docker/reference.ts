/**
 * Image names as people write them, taken apart by the rules of distribution/reference: the first part is a registry when
 * it holds a dot or a colon or is `localhost`; without one the registry is Docker Hub.
 * https://github.com/distribution/reference/blob/main/reference.go
 */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

export interface Reference {
  /** `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** With its registry, and `library/` where it goes without saying: `docker.io/library/redis`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

/** Whether two names mean the same image: what goes without saying is said. Text that names none means nothing else. */
export function sameImage(one: string, other: string): boolean {
  try {
    return one === other || whole(one) === whole(other);
  } catch {
    return false;
  }
}

function whole(written: string): string {
  const { repository, tag, digest } = parseReference(written);
  return `${repository}@${digest ?? tag ?? 'latest'}`;
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const paths = new RegExp(`^${component}(?:/${component})*$`);
const registryName = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d+)?$/;

/** Throws Failure `invalid` for what is no image name. */
export function parseReference(written: string): Reference {
  const [, name = '', tag, digest] = /^(.*?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(written) ?? [];
  const [first = '', ...rest] = name.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const registry = hasRegistry && first !== 'index.docker.io' ? first : 'docker.io';
  const path = hasRegistry ? rest.join('/') : name;
  if (!paths.test(path) || !registryName.test(registry)) {
    throw new Failure('invalid', t('{0} is no image name. Write it as NAME:TAG or REGISTRY/NAME:TAG.', written));
  }
  const full = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return {
    registry,
    repository: `${registry}/${full}`,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}
