/** What kwok plays: how many nodes, and what becomes of objects on them beyond what it knows by itself. */
import { readFile } from 'node:fs/promises';
import { isMap, parseAllDocuments } from 'yaml';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

export interface Simulation {
  readonly nodes: number;
  /** Stages of kwok as YAML; empty for none. */
  readonly stages: string;
}

export const usualSimulation: Simulation = { nodes: 1, stages: '' };

/** More would take this machine, not the cluster. */
export const mostNodes = 100;

/** As a person asked for it. @param stagesFile a path; empty for no stages. Throws Failure `invalid`, `notFound`. */
export async function readSimulation(nodes: number, stagesFile: string): Promise<Simulation> {
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > mostNodes) {
    throw new Failure('invalid', t('A cluster has 1 to {0} nodes, not {1}.', mostNodes, String(nodes)));
  }
  return { nodes, stages: stagesFile === '' ? '' : await readStages(stagesFile) };
}

async function readStages(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Failure('notFound', t('The stages {0} cannot be read: {1}', file, messageOf(error)), error);
  });
  const problem = stagesProblem(text);
  if (problem !== undefined) throw new Failure('invalid', t('{0} holds no stages of kwok: {1}', file, problem));
  return text;
}

/** Why a text is no list of stages; undefined when it is one, as far as can be told without kwok. */
export function stagesProblem(text: string): string | undefined {
  const documents = parseAllDocuments(text);
  if (documents.length === 0) return t('it is empty.');
  for (const [at, document] of documents.entries()) {
    const [error] = document.errors;
    const problem = error === undefined ? stageProblem(document.toJS(), isMap(document.contents)) : error.message;
    if (problem !== undefined) return t('document {0}: {1}', at + 1, problem);
  }
  return undefined;
}

function stageProblem(value: unknown, isObject: boolean): string | undefined {
  if (!isObject) return t('it is no object.');
  const { apiVersion, kind, metadata, spec } = value as Record<string, unknown>;
  if (kind !== 'Stage' || !String(apiVersion).startsWith('kwok.x-k8s.io/')) {
    return t('it is a {0} of {1}, but only a Stage of kwok.x-k8s.io/v1alpha1 can stand here.', String(kind), String(apiVersion)); // prettier-ignore
  }
  const { name } = (metadata ?? {}) as { name?: unknown };
  if (typeof name !== 'string' || name === '') return t('{0} is missing.', 'metadata.name');
  const { resourceRef, next } = (spec ?? {}) as { resourceRef?: { kind?: unknown }; next?: unknown };
  if (typeof resourceRef?.kind !== 'string') return t('{0} is missing.', 'spec.resourceRef.kind');
  if (typeof next !== 'object' || next === null) return t('{0} is missing.', 'spec.next');
  return undefined;
}

/** What a cluster was started with; the usual when nothing is written. */
export function parseSimulation(text: string | undefined): Simulation {
  if (text === undefined) return usualSimulation;
  const { nodes, stages } = JSON.parse(text) as Partial<Simulation>;
  return { nodes: nodes ?? usualSimulation.nodes, stages: stages ?? usualSimulation.stages };
}
