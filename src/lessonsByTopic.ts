/** Which items of the curriculum teach what keeps objects of a cluster from being well. */
import type { Curriculum } from './curriculum/domain.ts';
import type { Lesson, Lessons, Topic } from './kubernetes/actions/explain/explanation.ts';

const items: Readonly<Record<Topic, string>> = {
  crashes: 'T4.3',
  memory: 'T4.3',
  images: 'T4.2',
  configuration: 'B7',
  probes: 'B5',
  rollouts: 'T5.2',
  scheduling: 'B11',
  eviction: 'B11',
  services: 'T5.1',
  storage: 'T5.1',
};

/** Those that are written. */
export async function lessonsByTopic(curriculum: Curriculum): Promise<Lessons> {
  const { statuses } = await curriculum.overview();
  const written = Object.entries(items).filter(([, id]) => statuses.get(id)?.lesson === 'yes');
  return new Map(
    await Promise.all(written.map(async ([topic, id]) => [topic as Topic, await lessonOf(curriculum, id)] as const)),
  );
}

async function lessonOf(curriculum: Curriculum, id: string): Promise<Lesson> {
  const { title } = await curriculum.item(id);
  return {
    title: `${id} ${title[curriculum.language]}`,
    line: `gantry learn start ${id}`,
    open: { id: 'gantry.curriculum.open', args: [{ kind: 'item', id }] },
  };
}
