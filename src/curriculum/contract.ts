/** A contract file: how an existing service meets what an item asks, so that a team proves its own service by it. */
import { join } from 'node:path';
import schema from '../../schemas/contract.schema.json' with { type: 'json' };
import type { Schema } from '../core/yaml/schema.ts';
import type { Check } from './checks/specs.ts';
import { readDocument } from './documents.ts';
import type { Item } from './items.ts';

/** `gantry.contract.yaml`; the schema says what the fields mean. */
interface Contract {
  readonly package?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly ready?: string;
  readonly paths?: Readonly<Record<string, string>>;
}

export const contractFile = 'gantry.contract.yaml';

/** The item as it is asked of the service in `folder`. Throws `notFound`, or `invalid` with file, line and cause. */
export async function underContract(item: Item, folder: string): Promise<Item> {
  const contract = (await readDocument(join(folder, contractFile), schema as Schema)) as Contract;
  const { program } = item;
  const path = (asked: string): string => mapped(asked, contract.paths ?? {});
  return {
    ...item,
    open: contractFile,
    program: {
      ...program,
      package: contract.package ?? program.package,
      env: { ...program.env, ...contract.env },
      ready: contract.ready ?? path(program.ready),
    },
    checks: item.checks.map((check) => withPaths(check, path)),
  };
}

/** The longest path of the contract that begins what is asked for gives way to the service's own. */
function mapped(asked: string, paths: Readonly<Record<string, string>>): string {
  const from = Object.keys(paths)
    .filter((path) => asked === path || asked.startsWith(`${path}/`) || asked.startsWith(`${path}?`))
    .sort((a, b) => b.length - a.length)[0];
  return from === undefined ? asked : paths[from]! + asked.slice(from.length);
}

function withPaths(check: Check, path: (asked: string) => string): Check {
  switch (check.type) {
    case 'exchange':
      return {
        ...check,
        steps: check.steps.map((step) => ({ ...step, send: { ...step.send, path: path(step.send.path) } })),
      };
    case 'http-load':
      return { ...check, path: path(check.path) };
    case 'http':
      return { ...check, steps: check.steps.map((step) => ({ ...step, get: path(step.get) })) };
    case 'process-signal':
      return { ...check, inflight: { ...check.inflight, path: path(check.inflight.path) } };
    case 'metrics':
      return { ...check, scrape: path(check.scrape), path: path(check.path) };
    case 'config':
      return {
        ...check,
        variables: Object.fromEntries(
          Object.entries(check.variables).map(([name, variable]) => [
            name,
            { ...variable, shownBy: path(variable.shownBy) },
          ]),
        ),
      };
    default:
      return check;
  }
}
