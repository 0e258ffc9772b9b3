/**
 * Check type `xds`: the program is a control plane, and gRPC's own xDS client is the data plane that it leads. What counts
 * is where calls arrive. Bounds are so wide that a correct program is refused less than once in ten million runs.
 */
import { addressesOf, withDoubles } from '../doubles/double.ts';
import { ask } from './ask.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { type Running, withServer } from './serve.ts';
import { type XdsCheck, milliseconds } from './specs.ts';

type Step = XdsCheck['steps'][number];

const deadline = 5_000;
const patience = 10_000;
const together = 20;

export const runXds: RunCheck<XdsCheck> = async (spec, context) => {
  const labkit = await context.labkit();
  const backends = new Map<string, { readonly name: string; readonly address: string }>();
  for (const name of spec.backends) {
    backends.set(name, await labkit.ask<{ name: string; address: string }>('xds.backend', {}, context.signal));
  }
  const addresses = Object.fromEntries([...backends].map(([name, { address }]) => [name, address]));
  await withDoubles(context, {}, (doubles) =>
    withServer(context, (server) => runSteps(server, spec, addresses, context), {
      ...addressesOf(doubles),
      ...addresses,
    }),
  );
};

async function runSteps(
  server: Running,
  spec: XdsCheck,
  addresses: Readonly<Record<string, string>>,
  context: CheckContext,
): Promise<void> {
  const { signal, random } = context;
  const labkit = await context.labkit();
  const port = spec.port === undefined ? server.port : server.ports[spec.port];
  const { name } = await labkit.ask<{ name: string }>(
    'xds.client',
    { server: `127.0.0.1:${port}`, listener: spec.listener, node: `gantry-${random.nonce()}` },
    signal,
  );
  const call = async (calls: number, { headers = {} }: Step): Promise<Readonly<Record<string, number>>> =>
    (
      await labkit.ask<{ answered: Record<string, number> }>(
        'xds.call',
        { name, calls, together, deadlineMs: Math.ceil(deadline * context.pace), headers },
        signal,
      )
    ).answered;
  try {
    for (const step of spec.steps) if (!(await runStep(step, server, addresses, call, context))) return;
  } finally {
    if (!signal.aborted) await labkit.ask('xds.close', { name }, signal);
  }
}

async function runStep(
  step: Step,
  server: Running,
  addresses: Readonly<Record<string, string>>,
  call: (calls: number, step: Step) => Promise<Readonly<Record<string, number>>>,
  context: CheckContext,
): Promise<boolean> {
  const { record, language, clock, signal, pace, open } = context;
  context.report(step.what[language]);
  const { pid } = server.program;
  if (step.post !== undefined) {
    const { path, body = '' } = step.post;
    await ask(server.port, path, patience * pace, signal, { method: 'POST', body: fill(body, addresses) }).answer;
  }
  // A change takes a moment to arrive; a few calls tell when the client follows it.
  const until = clock.now() + milliseconds(step.settles ?? '1s') * pace;
  const named = (answered: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(answered).map(([address, count]) => [nameOf(address, addresses), count]));
  const isAllowed = (name: string): boolean => (step.shares[name] ?? 0) > 0;
  let answered: Record<string, number>;
  let finding: string;
  for (;;) {
    // Where the backend of before may still answer, only the shares tell: the last count begins once the time is up.
    const isLast = clock.now() >= until;
    if (isLast || Object.keys(named(await call(4, step))).every(isAllowed)) {
      answered = named(await call(step.calls, step));
      finding = judge(step, answered, server.program.pid !== pid || server.program.ending !== undefined);
      if (isLast || finding === 'ok' || finding === 'restarted') break;
    }
    await clock.sleep(50, signal);
  }
  record.fact(step.id, finding);
  return record.assert(step.id, finding === 'ok', {
    what: step.what[language],
    want: Object.entries(step.shares)
      .map(([name, share]) => `${name}: ${share * step.calls} ± ${Math.ceil(bound(share, step.calls))}`)
      .join(', '),
    got: Object.entries(answered)
      .map(([name, count]) => `${name}: ${count}`)
      .join(', '),
    where: open,
    next: step.next[language],
  });
}

const fill = (text: string, addresses: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\{([a-z][a-z0-9-]*)\}/g, (whole, name: string) => addresses[name] ?? whole);

const nameOf = (address: string, addresses: Readonly<Record<string, string>>): string =>
  Object.entries(addresses).find(([, one]) => one === address)?.[0] ?? address;

function judge({ shares, calls }: Step, answered: Readonly<Record<string, number>>, restarted: boolean): string {
  if (restarted) return 'restarted';
  const strange = Object.keys(answered).filter((name) => (shares[name] ?? 0) === 0);
  if (strange.some((name) => name.startsWith('error'))) return 'errors';
  if (strange.length > 0) return 'elsewhere';
  const off = Object.entries(shares).some(
    ([name, share]) => Math.abs((answered[name] ?? 0) - share * calls) > bound(share, calls),
  );
  return off ? 'shares' : 'ok';
}

/**
 * 6 standard deviations of a binomial, and one: both sides together are passed at most once in a hundred million runs, also
 * for a tenth of some hundred calls, whose tails are fatter than those of a normal distribution (summed up exactly: 7e-9).
 */
export const bound = (share: number, calls: number): number =>
  share === 0 || share === 1 ? 0 : 6 * Math.sqrt(calls * share * (1 - share)) + 1;
