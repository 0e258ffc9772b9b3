/** Of a `container` check: whether Go's scheduler and garbage collector go by what the container may use. */
import { t } from '../../core/l10n.ts';
import type { EnginePort } from '../ports.ts';
import { type Answer, answerText, ask } from './ask.ts';
import type { CheckContext } from './context.ts';
import type { ContainerCheck } from './specs.ts';

/** Milliseconds for an answer on a quiet machine. */
const patience = 5_000;
const mib = 1024 * 1024;

interface Told {
  readonly gomaxprocs: number;
  /** Bytes. */
  readonly memoryLimit: number;
}

/** @param memory of the container, in MiB. */
export async function goesByLimits(
  engine: EnginePort,
  port: number,
  memory: number,
  spec: ContainerCheck,
  context: CheckContext,
): Promise<boolean> {
  const { runtime } = spec;
  if (runtime === undefined) return true;
  const { record, signal, pace, open } = context;
  const answer = await ask(port, runtime.path, patience * pace, signal).answer;
  const told = toldBy(answer);
  const tells = record.assert('tells', told !== undefined, {
    what: t("It tells what Go's runtime goes by"),
    want: t('GET {0} answers {1}', runtime.path, '{"gomaxprocs": …, "memoryLimit": …}'),
    got: told === undefined ? answerText(answer) : t('it does'),
    where: open,
    next: t('Leave the handler of the starter as it was.'),
  });
  if (!tells) return false;
  return (await processors(engine, told!, spec, context)) && memoryLimit(told!, memory, spec, context);
}

function toldBy(answer: Answer): Told | undefined {
  if (answer.kind !== 'answer' || answer.status !== 200) return undefined;
  try {
    const { gomaxprocs, memoryLimit } = JSON.parse(answer.body) as Partial<Record<string, unknown>>;
    return typeof gomaxprocs === 'number' && typeof memoryLimit === 'number' ? { gomaxprocs, memoryLimit } : undefined;
  } catch {
    return undefined;
  }
}

/** The container's time in whole processors, not below two, and no more than there are: so Go sets it since 1.25. */
async function processors(
  engine: EnginePort,
  { gomaxprocs }: Told,
  spec: ContainerCheck,
  { record, signal, open }: CheckContext,
): Promise<boolean> {
  if (spec.processors === undefined) return true;
  const want = Math.min(await engine.processors(signal), Math.max(2, Math.ceil(spec.processors)));
  return record.assert('processors', gomaxprocs === want, {
    what: t('As many threads run Go code as it has processors'),
    want: t('GOMAXPROCS is {0} in a container with {1} processors', want, spec.processors),
    got: String(gomaxprocs),
    where: open,
    next: t('Set GOMAXPROCS nowhere: Go takes it from the limit of the container.'),
  });
}

function memoryLimit(
  { memoryLimit: bytes }: Told,
  memory: number,
  { runtime, env }: ContainerCheck,
  { record, open }: CheckContext,
): boolean {
  const { least, most } = runtime!;
  const set = env?.['GOMEMLIMIT'];
  const percent = (bytes / (memory * mib)) * 100;
  // Go's own limit when none is set is the largest number there is.
  const found = percent < least ? 'low' : percent <= most ? 'ok' : bytes >= 2 ** 62 ? 'none' : 'high';
  record.fact('memory', found);
  return record.assert('memory', found === 'ok', {
    what: t('The garbage collector knows how much memory there is'),
    want:
      set !== undefined
        ? t("Go's memory limit is that of GOMEMLIMIT, {0}", set)
        : t("Go's memory limit is {0} to {1} percent of the {2} MiB of the container", least, most, memory),
    got: found === 'none' ? t('none is set') : t('{0} MiB, {1} percent', Math.round(bytes / mib), Math.round(percent)),
    where: open,
    next: t(
      "Read the container's limit when the program starts and hand it to debug.SetMemoryLimit, unless GOMEMLIMIT is set.",
    ),
  });
}
