/** What is wrong or dangerous in a Dockerfile for a Go service, why, and how to mend it. No engine and no network is asked. */
import type { Finding, Rule, Surroundings } from './finding.ts';
import { addInsteadOfCopy, relativeWorkdir, repeated, unknownInstruction } from './formRules.ts';
import { cgoBeforeScratch, dependencyOrder, shellForm } from './goRules.ts';
import { parseDockerfile } from './parse.ts';
import { missingIgnoreFile, rootUser, secretInLayer, unpinnedBase } from './safetyRules.ts';

/** Findings in the order of their lines. */
export function lintDockerfile(source: string, surroundings: Surroundings): Finding[] {
  const context = { ...surroundings, file: parseDockerfile(source), lines: source.split(/\r?\n/) };
  return rules.flatMap((rule) => rule(context)).sort((a, b) => a.line - b.line || a.column - b.column);
}

const rules: readonly Rule[] = [
  unknownInstruction,
  unpinnedBase,
  rootUser,
  secretInLayer,
  missingIgnoreFile,
  dependencyOrder,
  cgoBeforeScratch,
  shellForm,
  addInsteadOfCopy,
  repeated,
  relativeWorkdir,
];
