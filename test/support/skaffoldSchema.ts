/** The JSON Schema that a release of Skaffold brings along, made of what its own parser reads. */
import { join } from 'node:path';
import { lazy } from '../../src/core/lazy.ts';
import { run } from '../../src/core/processes.ts';

const release = 'github.com/GoogleContainerTools/skaffold/v2@v2.16.1';
/** As go.sum would have it. Skaffold's whole graph of modules cannot be had everywhere, so none is required of it. */
const sum = 'h1:eMrp2qpn/5j2c1P/JqLo+mxcpEIdtokb/tCY2W/05ic=';

/** The schema's file for `skaffold/v4beta13`. */
export const skaffoldSchema = lazy(async (): Promise<string> => {
  const { code, stdout, stderr } = await run('go', ['mod', 'download', '-json', release], { timeout: 300_000 });
  if (code !== 0) throw new Error(stderr + stdout);
  const { Dir, Sum } = JSON.parse(stdout) as { readonly Dir: string; readonly Sum: string };
  if (Sum !== sum) throw new Error(`${release} has the hash ${Sum}, not ${sum}`);
  return join(Dir, 'docs-v2/content/en/schemas/v4beta13.json');
});
