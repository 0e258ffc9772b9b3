/** gRPC beside grpcurl, on the same server in the same run. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { silentLog } from '../../src/core/log.ts';
import { type Grpc, createGrpc } from '../../src/grpc/domain.ts';
import type { Page } from 'playwright-core';
import { root } from '../../scripts/lib/project.ts';
import { boundaryValues } from '../support/boundaryValues.ts';
import { lineFigures } from './grpc/lines.ts';
import { protoFigures } from './grpc/protos.ts';
import { Caller, each, gather } from '../support/grpcCalls.ts';
import { PanelHarness } from '../support/grpcPanel.ts';
import { type GrpcServer, startGrpcServer } from '../support/grpcServers.ts';
import { grpcurlProgram } from '../support/peers.ts';
import { type Figure, median } from './figures.ts';

const same = 'gantry.test.Echo/Same';
const rounds = 5;
const streamed = 100_000;

export async function bench(): Promise<Figure[]> {
  const grpcurl = await grpcurlProgram();
  const server = await startGrpcServer();
  const settings = { servers: () => [], deadline: () => 300, onDidChange: () => ({ dispose: () => {} }) };
  const grpc = createGrpc({ log: silentLog, settings });
  try {
    return [
      ...(await unary(grpc, server, grpcurl)),
      await interop(),
      await boundary(server, grpcurl),
      ...(await lineFigures(grpcurl, server.address)),
      ...(await stream()),
      ...(await protoFigures()),
    ];
  } finally {
    await grpc.close();
    await server.stop();
  }
}

const curl = async (program: string, args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(program, args, { maxBuffer: 1 << 26 })).stdout;

/** Milliseconds. */
async function time(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Alternating: some calls of the engine, one of the panel, one of grpcurl. */
async function unary(grpc: Grpc, { address }: GrpcServer, grpcurl: string): Promise<Figure[]> {
  const caller = await Caller.open(address);
  const panels = await PanelHarness.start();
  try {
    const page = await panels.open(grpc, address, same);
    const call = (): Promise<unknown> => caller.call(same, [{ i64: '7' }]);
    const args = ['-plaintext', '-d', '{"i64": "7"}', address, same];
    for (let warm = 0; warm < 50; warm++) await call();
    const times = { engine: [] as number[], panel: [] as number[], grpcurl: [] as number[] };
    for (let round = 0; round < 4 * rounds; round++) {
      for (let i = 0; i < 5; i++) times.engine.push(await time(call));
      times.panel.push(await page.evaluate(sendAndWait));
      times.grpcurl.push(await time(() => curl(grpcurl, args)));
    }
    const peer = median(times.grpcurl);
    const row = (name: string, value: number, most: number): Figure => ({
      name,
      value: round(value, 2),
      unit: 'ms',
      peer: `grpcurl with reflection ${round(peer, 1)} ms`,
      ratio: round(value / peer, 3),
      must: `≤ ${most}`,
      holds: value / peer <= most,
    });
    return [
      row('warm unary call from the engine', median(times.engine), 0.08),
      row('warm click to rendered in the panel', median(times.panel), 3),
    ];
  } finally {
    await caller.channels.close();
    await panels.stop();
  }
}

/** On the page: milliseconds from the click on Send until a frame shows the status of this call. */
function sendAndWait(): Promise<number> {
  interface Element {
    shadowRoot: { querySelector(selector: string): (Element & { click(): void; innerText: string }) | null };
  }
  const page = globalThis as unknown as {
    document: { querySelector(selector: string): Element };
    requestAnimationFrame(listener: () => void): void;
  };
  const panel = page.document.querySelector('gantry-grpc-panel').shadowRoot;
  const began = performance.now();
  panel.querySelector('#send')!.click();
  return new Promise((resolve) => {
    const look = (): void => {
      // The click took the last answer away at once.
      const busy = panel.querySelector('[aria-busy="true"]') !== null;
      if (!busy && panel.querySelector('#status')!.innerText.includes('OK')) resolve(performance.now() - began);
      else page.requestAnimationFrame(look);
    };
    page.requestAnimationFrame(look);
  });
}

/** The cases as the tests hold them, counted from their own run. */
async function interop(): Promise<Figure> {
  const args = ['node_modules/mocha/bin/mocha.js', '--reporter', 'json', '--exit', 'test/real/grpc/interop.test.ts'];
  const run = promisify(execFile)(process.execPath, args, { cwd: root });
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  const { passes } = JSON.parse(stdout) as { passes: readonly { title: string }[] };
  const passed = passes.filter(({ title }) => interopCases.includes(title)).length;
  return {
    name: 'interop cases, JSON in and out',
    value: passed,
    unit: `of ${interopCases.length}`,
    must: '= 14',
    holds: passed === 14,
  };
}

const interopCases = [
  'empty_unary',
  'large_unary',
  'client_streaming',
  'server_streaming',
  'ping_pong',
  'empty_stream',
  'timeout_on_sleeping_server',
  'cancel_after_begin',
  'cancel_after_first_response',
  'custom_metadata',
  'status_code_and_message',
  'special_status_message',
  'unimplemented_method',
  'unimplemented_service',
];

/** The server answers the bytes it got; both clients send the same JSON. */
async function boundary({ address }: GrpcServer, grpcurl: string): Promise<Figure> {
  const caller = await Caller.open(address);
  const method = 'gantry.test.Echo/Wire';
  let equal = 0;
  try {
    for (const json of boundaryValues) {
      const theirs = await curl(grpcurl, ['-plaintext', '-d', json, address, method])
        .then((text) => JSON.parse(text) as unknown)
        .catch(() => 'refused');
      const ours = await gather(caller.events(method, each([json])))
        .then(({ messages }) => messages[0])
        .catch(() => 'refused');
      if (ours === theirs) equal++;
      else console.error(`differs for ${json}: ours ${String(ours)}, grpcurl's ${String(theirs)}`);
    }
  } finally {
    await caller.channels.close();
  }
  const count = boundaryValues.length;
  return {
    name: 'boundary values, wire bytes equal to grpcurl’s',
    value: equal,
    unit: `of ${count}`,
    must: `= ${count}`,
    holds: equal === count,
  };
}

/** A stream into the panel: memory of this process, frames of the page, connections afterwards. */
async function stream(): Promise<Figure[]> {
  // A server of its own: what the other figures still hold open at theirs is no connection of the stream's.
  const server = await startGrpcServer();
  const settings = { servers: () => [], deadline: () => 300, onDidChange: () => ({ dispose: () => {} }) };
  const grpc = createGrpc({ log: silentLog, settings });
  const panels = await PanelHarness.start();
  const growth: number[] = [];
  const gaps: number[] = [];
  /** Of the page at rest, in the same time: what the machine itself costs. */
  const idle: number[] = [];
  const stopFrames = (page: Page): Promise<number> =>
    page.evaluate(() => (globalThis as unknown as { stopFrames(): number }).stopFrames());
  try {
    const page = await panels.open(grpc, server.address, 'gantry.test.Echo/Count');
    await page.locator('#request').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type(`"${streamed}"`);
    for (let round = 0; round < rounds; round++) {
      const before = process.memoryUsage().rss;
      let most = before;
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
      await page.evaluate(watchFrames);
      const took = await page.evaluate(sendAndWait);
      gaps.push(await stopFrames(page));
      clearInterval(watch);
      await page.evaluate(watchFrames);
      await new Promise((resolve) => setTimeout(resolve, took));
      idle.push(await stopFrames(page));
      growth.push((most - before) / 1e6);
      console.error(
        `stream ${round + 1}: ${growth.at(-1)!.toFixed(0)} MB, longest frame ${gaps.at(-1)!.toFixed(0)} ms, at rest ${idle.at(-1)!.toFixed(0)} ms`,
      );
    }
  } finally {
    await panels.stop();
    await grpc.close();
  }
  let left = Infinity;
  for (let attempt = 0; attempt < 100 && left > 0; attempt++) {
    left = (await server.counts()).connections;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await server.stop();
  const name = `stream of ${streamed} messages`;
  const [memory, gap] = [median(growth), median(gaps)];
  return [
    { name: `${name}: memory growth`, value: round(memory, 0), unit: 'MB', must: '≤ 120', holds: memory <= 120 },
    {
      name: `${name}: longest frame of the panel`,
      value: round(gap, 0),
      unit: 'ms',
      peer: `the panel at rest ${round(median(idle), 0)} ms`,
      must: '≤ 100',
      holds: gap <= 100,
    },
    { name: `${name}: connections left`, value: left, unit: '', must: '= 0', holds: left === 0 },
  ];
}

/** On the page: measures the longest time between two frames until stopped. */
function watchFrames(): void {
  const page = globalThis as unknown as {
    requestAnimationFrame(listener: (time: number) => void): number;
    stopFrames(): number;
  };
  let running = true;
  let last = performance.now();
  let longest = 0;
  const frame = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) page.requestAnimationFrame(frame);
  };
  page.requestAnimationFrame(frame);
  page.stopFrames = () => {
    running = false;
    return longest;
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
