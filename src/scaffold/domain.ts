/** The front door of the scaffold domain: new services. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { ReadContract } from './contract.ts';
import { type Files, generate, generateFor } from './generate.ts';
import { checked, type ServiceChoice } from './model.ts';
import { compare, type Comparison, writeFresh } from './write.ts';

export interface ScaffoldDeps {
  /** The folder `templates/` of the installation. */
  readonly templates: string;
  readonly readContract: ReadContract;
}

export interface Made extends Comparison {
  readonly folder: string;
  readonly files: Files;
}

export interface Scaffold {
  /** Writes a service into a folder; what is there already stays as it is. Throws `invalid` for a choice that cannot be. */
  service(folder: string, choice: ServiceChoice, signal: AbortSignal): Promise<Made>;
}

export function createScaffold({ templates, readContract }: ScaffoldDeps): Scaffold {
  const filesOf = async (choice: ServiceChoice, signal: AbortSignal): Promise<Files> => {
    if (choice.proto === undefined) return generate(templates, choice);
    if (choice.framework !== 'grpc') {
      throw new Failure('invalid', t('A .proto file is a contract of gRPC: choose the framework grpc.'));
    }
    return generateFor(await readContract(choice.proto, signal), templates, choice, signal);
  };
  return {
    service: async (folder, choice, signal) => {
      const files = await filesOf(checked(choice), signal);
      const comparison = await compare(folder, files);
      await writeFresh(folder, files, comparison);
      return { folder, files, ...comparison };
    },
  };
}
