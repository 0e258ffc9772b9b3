/** How much each line of a Dockerfile adds to the image: its last stage beside the image's own history. */
import type { Dockerfile } from '../dockerfile/parse.ts';
import { array, number, record, text } from '../fields.ts';

/**
 * Line, counted from 0 → bytes. What the base image brings stands at FROM. Lines of other stages are not in the image.
 * @param history answer of `GET /images/{name}/history`, the newest first.
 */
export function layerSizes({ instructions, stages }: Dockerfile, history: unknown): ReadonlyMap<number, number> {
  const sizes = new Map<number, number>();
  const rows = array(history).map(record);
  let next = 0;
  // A stage that begins with another one goes on where that one ends.
  for (let stage = stages.length - 1; stage >= 0;) {
    for (const one of instructions.filter((other) => other.stage === stage && other.keyword !== 'FROM').reverse()) {
      const row = rows[next];
      if (row === undefined || keywordOf(text(row['CreatedBy'])) !== one.keyword) continue; // It left no trace.
      sizes.set(one.line, number(row['Size']));
      next++;
    }
    const { base, from } = stages[stage]!;
    const parent = stages.slice(0, stage).findIndex(({ name }) => name === base);
    sizes.set(from.line, parent >= 0 ? 0 : rows.slice(next).reduce((sum, row) => sum + number(row['Size']), 0));
    stage = parent;
  }
  return sizes;
}

/** `RUN /bin/sh -c go build # buildkit`, `/bin/sh -c #(nop)  CMD ["/app"]`, `|1 A=b /bin/sh -c go build` of the classic builder. */
function keywordOf(createdBy: string): string {
  const nop = /#\(nop\)\s+(\w+)/.exec(createdBy)?.[1];
  if (nop !== undefined) return nop.toUpperCase();
  const first = /^([A-Z]+)\b/.exec(createdBy)?.[1];
  return first ?? 'RUN';
}
