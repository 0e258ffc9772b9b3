/** The settings that local clusters are made with. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { readSetting } from '../../editor/settings.ts';
import { parseSettings } from '../container/record.ts';
import type { ContainerSettings } from '../container/request.ts';
import type { Simulation } from '../simulation.ts';

/** VS Code hands out what a person wrote, whatever its type is. Throws Failure `invalid`. */
export function containerSettings(): ContainerSettings {
  const settings = parseSettings({
    image: readSetting('gantry.cluster.image'),
    registry: readSetting('gantry.cluster.registry'),
    mirrors: readSetting('gantry.cluster.registryMirrors'),
    proxy: readSetting('gantry.cluster.proxy'),
    arguments: readSetting('gantry.cluster.arguments'),
    memory: readSetting('gantry.cluster.memory'),
    cpus: readSetting('gantry.cluster.cpus'),
  });
  if (settings !== undefined) return settings;
  throw new Failure('invalid', t('One of the settings {0} is not of its type. The settings editor marks it.', 'gantry.cluster.*')); // prettier-ignore
}

/** Of an embedded cluster. Throws Failure `invalid`, `notFound`. */
export async function simulation(): Promise<Simulation> {
  const { readSimulation } = await import('../simulation.ts');
  return readSimulation(readSetting('gantry.cluster.nodes'), readSetting('gantry.cluster.stages'));
}
