/** The front door of the scaffold domain: new services. */
import { generate, type Files } from './generate.ts';
import { checked, type ServiceChoice } from './model.ts';
import { compare, type Comparison, writeFresh } from './write.ts';

export interface ScaffoldDeps {
  /** The folder `templates/` of the installation. */
  readonly templates: string;
}

export interface Made extends Comparison {
  readonly folder: string;
  readonly files: Files;
}

export interface Scaffold {
  /** Writes a service into a folder; what is there already stays as it is. Throws `invalid` for a choice that cannot be. */
  service(folder: string, choice: ServiceChoice): Promise<Made>;
}

export function createScaffold({ templates }: ScaffoldDeps): Scaffold {
  return {
    service: async (folder, choice) => {
      const files = await generate(templates, checked(choice));
      const comparison = await compare(folder, files);
      await writeFresh(folder, files, comparison);
      return { folder, files, ...comparison };
    },
  };
}
