/** Which line of the Dockerfile a step of a build comes from. */
import type { Dockerfile, Instruction } from '../dockerfile/parse.ts';

/** What a step's name says of its place. */
export interface StepPlace {
  /** Name of the stage, `stage-1` for one without a name; empty when there is only one. */
  readonly stage: string;
  /** Counted from 1 among what BuildKit counts: the base image and what changes files. */
  readonly at: number;
  readonly of: number;
  /** The instruction, arguments put in. */
  readonly text: string;
  /** Set where every instruction of the file, or of a numbered stage, is counted. */
  readonly classic?: { readonly stage?: number };
}

/** `[linux/arm64 build 4/6] RUN go build`; `4/9 RUN go build`, `2: 4/9 RUN …` of a classic builder. Undefined for BuildKit's own work. */
export function placeOf(name: string): StepPlace | undefined {
  const built = /^\[(?:\S+\/\S+ )?(?:(\S+) +)?(\d+)\/(\d+)\] (.*)$/s.exec(name);
  if (built !== null) {
    const [, stage = '', at, of, text = ''] = built;
    return { stage, at: Number(at), of: Number(of), text };
  }
  const classic = /^(?:(\d+): )?(\d+)\/(\d+) (.*)$/s.exec(name);
  if (classic === null) return undefined;
  const [, stage, at, of, text = ''] = classic;
  const numbered = stage === undefined ? {} : { stage: Number(stage) - 1 };
  return { stage: '', at: Number(at), of: Number(of), text, classic: numbered };
}

const layers = ['RUN', 'COPY', 'ADD', 'WORKDIR'];

/** The instruction of a step, or undefined when the file has none that fits: it was changed meanwhile, or the base image brought it. */
export function instructionOf(file: Dockerfile, name: string): Instruction | undefined {
  const place = placeOf(name);
  if (place === undefined) return undefined;
  const found = candidates(file, place)[place.at - 1];
  const keyword = /^\s*(\w+)/.exec(place.text)?.[1]?.toUpperCase();
  return found?.keyword === keyword ? found : undefined;
}

function candidates({ instructions, stages }: Dockerfile, { stage, classic }: StepPlace): readonly Instruction[] {
  if (classic !== undefined) {
    const { stage: number } = classic;
    return number === undefined ? instructions : instructions.filter((one) => one.stage === number);
  }
  const numbered = /^stage-(\d+)$/.exec(stage)?.[1];
  const named = stages.findIndex(({ name }) => name?.toLowerCase() === stage.toLowerCase());
  const index = named >= 0 ? named : numbered === undefined ? stages.length - 1 : Number(numbered);
  const begun = stages[index];
  if (begun === undefined) return [];
  const own = begun.base === 'scratch' || stages.slice(0, index).some(({ name }) => name === begun.base);
  const inStage = instructions.filter((one) => one.stage === index && layers.includes(one.keyword));
  return own ? inStage : [begun.from, ...inStage];
}
