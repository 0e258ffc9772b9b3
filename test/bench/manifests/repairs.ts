/** Whether what is offered at an error makes it go away, and the server takes the result. */
import { replaceRanges } from '../../../src/core/yaml/edit.ts';
import { parseYaml } from '../../../src/core/yaml/parse.ts';
import { textAt } from '../../../src/core/yaml/read.ts';
import type { Manifests } from '../../../src/manifests/domain.ts';
import type { Finding, FindingCode } from '../../../src/manifests/findings.ts';
import type { ManifestOracle } from '../../support/manifestOracle.ts';
import { mutate, type Random } from './mutations.ts';

export interface Repairs {
  readonly errors: number;
  readonly mended: number;
}

/** The mistake made, and what it must be found as. */
const classes: readonly (readonly [name: string, mistake: string, code: FindingCode])[] = [
  ['required', 'a field left out', 'missing-field'],
  ['enum', 'another word', 'not-allowed'],
  ['unknown', 'a key misspelt', 'unknown-field'],
];

/** `policy/v1` → what it was called before. */
const before: Readonly<Record<string, string>> = {
  'apps/v1 Deployment': 'apps/v1beta2',
  'apps/v1 StatefulSet': 'apps/v1beta1',
  'apps/v1 DaemonSet': 'extensions/v1beta1',
  'batch/v1 CronJob': 'batch/v1beta1',
  'policy/v1 PodDisruptionBudget': 'policy/v1beta1',
  'autoscaling/v2 HorizontalPodAutoscaler': 'autoscaling/v2beta2',
  'networking.k8s.io/v1 NetworkPolicy': 'extensions/v1beta1',
  'rbac.authorization.k8s.io/v1 Role': 'rbac.authorization.k8s.io/v1beta1',
  'rbac.authorization.k8s.io/v1 ClusterRole': 'rbac.authorization.k8s.io/v1beta1',
};

export interface RepairDeps {
  readonly manifests: Manifests;
  readonly oracle: ManifestOracle;
  readonly random: Random;
  readonly version: string;
  /** Errors of each class. */
  readonly ofEach: number;
}

export async function repairs(documents: readonly { readonly text: string }[], deps: RepairDeps): Promise<Repairs> {
  let [errors, mended] = [0, 0];
  const count = (name: string, own: number, good: number): void => {
    console.error(`mended, ${name}: ${good} of ${own}`);
    errors += own;
    mended += good;
  };
  for (const [name, mistake, code] of classes) {
    let [own, good] = [0, 0];
    for (let tries = 0; own < deps.ofEach && tries < deps.ofEach * 20; tries++) {
      const { text } = documents[deps.random(documents.length)]!;
      const wrong = mutate(text, mistake, deps.random);
      const finding = wrong === undefined ? undefined : await errorIn(wrong, code, deps);
      if (wrong === undefined || finding === undefined) continue;
      own++;
      if (await isMended(text, wrong, finding, deps)) good++;
      else console.error(`not mended, ${name}: ${finding.message}`);
    }
    count(name, own, good);
  }
  const old = documents.flatMap(({ text }) => olderVersion(text) ?? []).slice(0, deps.ofEach);
  let good = 0;
  for (const text of old) {
    const finding = await errorIn(text, 'unknown-api-version', deps);
    if (finding?.fix !== undefined && (await isTaken(replaceRanges(text, [finding.fix]), deps))) good++;
    else console.error(`not mended, deprecated: ${finding?.message}`);
  }
  count('deprecated', old.length, good);
  return { errors, mended };
}

function olderVersion(text: string): string | undefined {
  const root = parseYaml(text, 'yaml1.1').documents[0]?.root;
  const name = `${textAt(root, 'apiVersion')} ${textAt(root, 'kind')}`;
  if (!Object.hasOwn(before, name)) return undefined;
  return text.replace(/^apiVersion: .*$/m, `apiVersion: ${before[name]}`);
}

async function errorIn(
  text: string,
  code: FindingCode,
  { manifests, version }: RepairDeps,
): Promise<Finding | undefined> {
  const { findings } = await manifests.validate(text, version);
  const errors = findings.filter(({ severity }) => severity === 'error');
  return errors.length === 1 && errors[0]!.code === code ? errors[0] : undefined;
}

async function isTaken(text: string, { manifests, oracle, version }: RepairDeps): Promise<boolean> {
  const { findings } = await manifests.validate(text, version);
  return findings.every(({ severity }) => severity !== 'error') && (await oracle.says(text))?.accepted === true;
}

/** By the fix; else by completing what stood there, with the value that a person would write. */
async function isMended(right: string, wrong: string, { fix }: Finding, deps: RepairDeps): Promise<boolean> {
  if (fix !== undefined && (await isTaken(replaceRanges(wrong, [fix]), deps))) return true;
  let start = 0;
  while (right[start] === wrong[start]) start++;
  const lineStart = right.lastIndexOf('\n', start - 1) + 1;
  const line = right.slice(lineStart, right.indexOf('\n', lineStart) < 0 ? undefined : right.indexOf('\n', lineStart));
  const key = /^(?<lead> *(?:- +)*)(?<key>[\w.-]+):(?<rest>.*)$/.exec(line)?.groups;
  if (key === undefined) return false;
  const at = lineStart + key['lead']!.length;
  // Where the key, or its value, is written again.
  const isValue = start > at + key['key']!.length;
  const value = at + key['key']!.length + 2;
  const cut = isValue ? value : at;
  const text = right.slice(0, cut) + right.slice(lineStart + line.length);
  const offered = await deps.manifests.complete(text, cut, deps.version);
  const label = isValue ? key['rest']!.trim().replace(/^(["'])(.*)\1$/, '$2') : key['key'];
  return offered.some((each) => each.label === label) && isTaken(right, deps);
}
