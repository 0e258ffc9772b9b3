/** What each check type is told by an item; schemas/item.schema.json says what the fields mean. Times in milliseconds. */
import type { Fails, First } from '../doubles/double.ts';
import type { Toxic } from '../doubles/toxicProxy.ts';
import type { Bilingual } from '../model.ts';
import type { Draws, Json } from './templates.ts';

export interface BuildCheck {
  readonly id: string;
  readonly type: 'build';
}

export interface ProcessSignalCheck {
  readonly id: string;
  readonly type: 'process-signal';
  readonly signal: 'SIGTERM' | 'SIGINT';
  readonly inflight: {
    readonly count: number;
    readonly path: string;
    readonly shortest: number;
    readonly longest: number;
  };
  readonly expect: {
    readonly refusedAfter: number;
    readonly exitWithin: number;
    /** Milliseconds from the last answer to the end; left out where something else may take longer. */
    readonly endsAfter?: number;
    readonly exitCode: number;
  };
}

/** Requests in steps, each against what a double then does and counts. The first step that fails is the last. */
export interface HttpCheck {
  readonly id: string;
  readonly type: 'http';
  /** How doubles behave while the program starts; those not named work. */
  readonly starts: Readonly<Record<string, Fails>>;
  readonly steps: readonly HttpStep[];
}

export interface HttpStep {
  /** Also the id of its assertion. */
  readonly id: string;
  readonly what: Bilingual;
  readonly next: Bilingual;
  readonly wait: number;
  readonly settles: number;
  readonly double: string;
  readonly fails: Fails;
  readonly delay: number;
  readonly get: string;
  readonly requests: number;
  readonly together: number;
  readonly expect: {
    readonly passed: number;
    readonly otherwise: readonly number[];
    readonly calls?: Range;
    readonly within: number;
  };
}

export interface Range {
  readonly least: number;
  readonly most: number;
}

/** The program is started again and again with other variables. */
export interface ConfigCheck {
  readonly id: string;
  readonly type: 'config';
  readonly rounds: number;
  readonly exitWithin: number;
  readonly variables: Readonly<Record<string, Variable>>;
}

export interface Variable {
  readonly kind: 'text' | 'number' | 'duration' | 'flag' | 'secret';
  /** Its value when it is not set; a variable without one is required. */
  readonly default?: string;
  /** The path where its value shows. */
  readonly shownBy: string;
}

/** Traffic of a known kind, and what the program's metrics say of it. */
export interface MetricsCheck {
  readonly id: string;
  readonly type: 'metrics';
  readonly scrape: string;
  readonly counter: string;
  readonly histogram: string;
  readonly gauge: string;
  /** `${item}`, `${ms}` and `${code}` are what the request shall be about, take and answer. */
  readonly path: string;
  /** The label `route` of every such request. */
  readonly route: string;
}

/** One claim of several that a check of the sources makes. */
interface Claim {
  /** Also the id of its assertion. */
  readonly id: string;
  readonly what: Bilingual;
  readonly next: Bilingual;
}

/** Requests and what is answered, field by field. Times as the item has them: `500ms`. */
export interface ExchangeCheck {
  readonly id: string;
  readonly type: 'exchange';
  readonly draw?: Draws;
  readonly starts?: Readonly<Record<string, Fails>>;
  readonly steps: readonly ExchangeStep[];
}

/** By name of the double. */
export type DoubleSettings = Readonly<
  Record<
    string,
    {
      readonly fails?: Fails;
      readonly delay?: string;
      readonly toxics?: readonly Toxic[];
      readonly first?: First;
      readonly code?: string;
    }
  >
>;

type Ranges = Readonly<Record<string, Range>>;

/** A number, or a sum with values that were drawn: `1 + ${k}`. */
type Count = number | string;

/** What a step does before it looks, and how long the program has to follow. */
interface Preparation {
  readonly sets?: DoubleSettings;
  /** Ends one of the item's other processes. */
  readonly kills?: string;
  /** Ends the program as a crash would, and starts it anew. */
  readonly restarts?: boolean;
  readonly wait?: string;
  readonly settles?: string;
}

export interface ExchangeStep extends Claim, Preparation {
  /** Stops one of the item's other processes for the time of the step: it takes connections, and answers nothing. */
  readonly freezes?: string;
  readonly send: {
    readonly method?: string;
    readonly path: string;
    /** One of the program's further ports. */
    readonly port?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Json;
    /** The caller goes away as soon as this double was called; what it is answered does not matter. */
    readonly leavesOnce?: string;
  };
  /** `${turn}` in what is sent is 1 in the first, 2 in the second, and so on. */
  readonly times?: number;
  readonly together?: number;
  readonly expect: {
    /** No answer comes, because the process that was asked has ended. */
    readonly gone?: true;
    readonly status?: Count;
    /** How many of several answers have which status; others are wrong. */
    readonly statuses?: Ranges;
    readonly headers?: Readonly<Record<string, string>>;
    readonly json?: Json;
    readonly body?: string;
    /** The body is a nonce of this double. */
    readonly from?: string;
    readonly within?: string;
    /** So long after the answer the calls are counted. */
    readonly after?: string;
    readonly calls?: Readonly<Record<string, { readonly least: Count; readonly most: Count }>>;
    readonly cancelled?: Ranges;
    /** What each call that a fake-http got is like. */
    readonly arrivals?: Readonly<
      Record<
        string,
        { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
      >
    >;
    /** Between the calls of one path that a fake-http got. */
    readonly pauses?: Readonly<Record<string, { readonly base?: string; readonly least?: string }>>;
  };
  readonly keep?: Readonly<Record<string, string>>;
}

export interface GrpcCheck {
  readonly id: string;
  readonly type: 'grpc';
  readonly draw?: Draws;
  readonly starts?: Readonly<Record<string, Fails>>;
  /** The program's port that speaks gRPC; `port` when left out. */
  readonly port?: string;
  readonly steps: readonly GrpcStep[];
}

export interface GrpcStep extends Claim, Preparation {
  /** `package.Service/Method`. */
  readonly call: string;
  readonly send: readonly Json[];
  /** The next message is sent once so many answers as messages before it have come. */
  readonly pingPong?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly deadline?: string;
  /** The caller goes away as soon as this double was called; what it is answered does not matter. */
  readonly leavesOnce?: string;
  readonly expect: {
    readonly code?: string;
    readonly messages?: readonly Json[];
    readonly count?: Range;
    readonly calls?: Ranges;
    readonly cancelled?: Ranges;
    /** Given up as soon as the caller left, and not when their own time was over. */
    readonly abandoned?: Ranges;
  };
  readonly keep?: Readonly<Record<string, string>>;
}

export interface LoadCheck {
  readonly id: string;
  readonly type: 'http-load';
  /** `${nonce}` is what the answer must be. */
  readonly path: string;
  readonly requests: number;
  readonly together: number;
  readonly expect: { readonly p99: string; readonly memory?: number };
}

/** A token bucket for each client; `${rate}` and `${burst}` are what the program is told. */
export interface RateLimitCheck {
  readonly id: string;
  readonly type: 'rate-limit';
  /** `${nonce}` is what the answer must be. */
  readonly path: string;
  /** The header that says who asks. */
  readonly header: string;
  /** What is refused and when that ends, or all that comes from a client that always asks. */
  readonly looksAt: 'refusals' | 'traffic';
  /** Requests a minute, drawn between the two. */
  readonly rate: readonly [low: number, high: number];
  readonly burst: readonly [low: number, high: number];
  /** Of traffic: so many come once each, and let the program grow by no more MiB than `memory`. */
  readonly clients: number;
  readonly memory: number;
}

export interface GoTestCheck {
  readonly id: string;
  readonly type: 'go-test';
  readonly package: string;
  readonly race?: boolean;
  readonly within: string;
  /** Files below support/ that stand in the lab for the time of the test; `${nonce}` in them is drawn. */
  readonly overlay: Readonly<Record<string, string>>;
  /** Each must run, log `${nonce}` and pass. */
  readonly tests: readonly (Claim & { readonly name: string })[];
}

/** The learner's own tests, run against code that is right and code that is not. */
export interface MutantsCheck {
  readonly id: string;
  readonly type: 'mutants';
  /** Of the tests. */
  readonly package: string;
  /** A folder of the lab: its Go files are taken away for a run, and those of a variant stand there. */
  readonly replaces: string;
  readonly within: string;
  /** The tests pass with these … */
  readonly right: readonly Variant[];
  /** … and at least one fails with each of these. */
  readonly wrong: readonly Variant[];
}

interface Variant extends Claim {
  /** Below support/; a file of a later one stands for that of an earlier. */
  readonly folders: readonly string[];
}

export interface GoListCheck {
  readonly id: string;
  readonly type: 'go-list';
  readonly packages: string;
  readonly forbids?: readonly string[];
  readonly requires?: readonly string[];
  readonly standardOnly?: boolean;
}

export interface BuildInfoCheck {
  readonly id: string;
  readonly type: 'build-info';
  readonly module?: string;
  readonly modules?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
}

export interface FilesCheck {
  readonly id: string;
  readonly type: 'files';
  readonly files: readonly (Claim & {
    readonly path: string;
    readonly contains?: readonly string[];
    readonly lacks?: readonly string[];
    /** Of a YAML or JSON file: the document that holds these fields … */
    readonly select?: Json;
    /** … holds these. */
    readonly yaml?: Json;
  })[];
}

export interface SourceCheck {
  readonly id: string;
  readonly type: 'source';
  readonly queries: readonly (Claim & {
    readonly folder?: string;
    readonly find: 'calls' | 'uses' | 'declares' | 'variables' | 'literals';
    readonly name: string;
    readonly inside?: string;
    readonly least: number;
    readonly most?: number;
  })[];
}

export interface GitHistoryCheck {
  readonly id: string;
  readonly type: 'git-history';
  readonly claims: readonly (Claim & {
    /** The first commit with such a file comes before … */
    readonly first?: string;
    /** … the first with such a file. */
    readonly before?: string;
    /** So many commits touch such a file … */
    readonly touches?: string;
    readonly commits?: Range;
    /** … and each message is like this. */
    readonly message?: string;
  })[];
}

/** Every commit is built and asked the same. */
export interface CommitsCheck {
  readonly id: string;
  readonly type: 'commits';
  readonly least: number;
  /** Holds of each commit. */
  readonly check: CheckFile;
  /** Each holds from a commit on, which is none of the others' and not the first. */
  readonly stages: readonly (Claim & { readonly check: CheckFile })[];
}

export interface JetStreamCheck {
  readonly id: string;
  readonly type: 'jetstream';
  readonly stream: string;
  readonly subject: string;
  /** Where the program sends what it does with a message, as a request. */
  readonly effects: string;
  readonly messages: number;
  /** The longest it may take for all messages. */
  readonly within: string;
  /** A message that no program can read. */
  readonly poison?: readonly string[];
}

export interface TracesCheck {
  readonly id: string;
  readonly type: 'traces';
  readonly starts?: Readonly<Record<string, Fails>>;
  readonly steps: readonly (Claim &
    Preparation & {
      readonly path: string;
      /** The span of this name is the parent of the other, `-` is the harness. */
      readonly spans: readonly {
        readonly service: string;
        readonly kind: string;
        readonly name?: string;
        readonly parent: string;
        readonly error?: boolean;
        readonly least?: string;
        /** How others name it as their parent. */
        readonly as?: string;
      }[];
    })[];
}

export interface RulesCheck {
  readonly id: string;
  readonly type: 'promql';
  /** A rule file of the lab. */
  readonly rules: string;
  readonly interval: string;
  readonly draw?: Draws;
  readonly cases: readonly (Claim & {
    readonly series: readonly { readonly series: string; readonly values: string }[];
    /** Fires from here … */
    readonly fires?: { readonly alert: string; readonly from: string; readonly to: string; readonly labels?: Json };
    /** … or never until here. */
    readonly silent?: string;
    readonly until: string;
  })[];
}

export interface XdsCheck {
  readonly id: string;
  readonly type: 'xds';
  readonly listener: string;
  /** The program's port that serves xDS; `port` when left out. */
  readonly port?: string;
  /** Servers to send callers to; `${name}` in the program's variables is the address of one. */
  readonly backends: readonly string[];
  readonly steps: readonly (Claim &
    Preparation & {
      /** A request to the program before the calls. */
      readonly post?: { readonly path: string; readonly body?: string };
      readonly calls: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** The share of each backend, 0 to 1; those left out get none. */
      readonly shares: Readonly<Record<string, number>>;
    })[];
}

export interface ImageCheck {
  readonly id: string;
  readonly type: 'image';
  /** The program is built static and put into the context under this name. */
  readonly binary?: string;
  /** MiB beyond the program. */
  readonly beyondProgram?: number;
  readonly user?: 'not-root';
  /** What must not be in it. */
  readonly lacks?: {
    /** In words. */
    readonly what: Bilingual;
    /** Regular expressions of paths. */
    readonly paths: readonly string[];
    /** Regular expressions of what files other than the program begin with, whatever they are called. */
    readonly begins?: readonly string[];
  };
  /** The program needs no loader and no libraries. */
  readonly static?: boolean;
  /** Arguments of the build that are taken from our environment, where it has them. */
  readonly args?: readonly string[];
  /** File of the lab → file below support/ that takes its place; `${planted}` in it is drawn. */
  readonly plants?: Readonly<Record<string, string>>;
  /** A file of the lab that gets a secret, which must be nowhere in the image. */
  readonly secret?: string;
  /** It is built once more with something else planted, and no step that is run again needs to fetch modules. */
  readonly twice?: boolean;
}

export interface ContainerCheck {
  readonly id: string;
  readonly type: 'container';
  readonly port: number;
  readonly path: string;
  readonly readOnly?: boolean;
  readonly dropCapabilities?: boolean;
  readonly user?: string;
  /** MiB; of a pair, a number between the two is drawn. */
  readonly memory?: number | readonly [low: number, high: number];
  /** How many processors' time it gets. */
  readonly processors?: number;
  /** Variables beside those of the program. */
  readonly env?: Readonly<Record<string, string>>;
  /** The program tells what Go's runtime goes by, which is to fit what the container may use. */
  readonly runtime?: {
    /** It answers `{"gomaxprocs": N, "memoryLimit": BYTES}`. */
    readonly path: string;
    /** Percent of the container's memory. */
    readonly least: number;
    readonly most: number;
  };
  /** Requests that hold memory, `${mib}` MiB each, as many as `together`: so many percent of it in all. */
  readonly heavy?: { readonly path: string; readonly share: number };
  readonly requests?: number;
  readonly together?: number;
  /** Its health is asked for while process 1 is frozen, and after that. */
  readonly freezes?: boolean;
  /** It is stopped while requests are in flight, as by `process-signal`, of which the assertions are named `ID-stop`. */
  readonly drains?: Pick<SignalFile, 'inflight' | 'expect'>;
  /** Seconds to stop in. */
  readonly stopsWithin?: string;
  /** The path that answers what was planted in the sources. */
  readonly planted?: string;
}

export interface ResourcesCheck {
  readonly id: string;
  readonly type: 'kubernetes';
  readonly draw?: Draws;
  readonly steps: readonly (Claim &
    Preparation & {
      /** Manifests below support/, applied with the values that were drawn. */
      readonly apply?: string;
      /** A file of the lab with CRDs of this group, which is drawn as `${group}.gantry.example` for the run. */
      readonly installs?: { readonly file: string; readonly group: string };
      /** What is applied or patched is refused. */
      readonly refused?: boolean;
      readonly patch?: { readonly object: string; readonly with: Json };
      readonly delete?: string | readonly string[];
      /**
       * Another writer: this is merged into the object the moment before each of the next `times` writes of the program, one
       * unless given. Two where a write may be left of the step before, which would take the only one away.
       */
      readonly contends?: { readonly object: string; readonly with: Json; readonly times?: number };
      /** The program's connections are cut, and refused for so long. */
      readonly cuts?: string;
      /** `configmaps/NAME`, `apps/v1/deployments/NAME`, `example.com/v1/widgets/NAME`. */
      readonly object?: string;
      readonly has?: Json;
      /** No state of the object from the beginning of the step until it has what it should is like this. */
      readonly never?: Json;
      readonly absent?: boolean;
      /** Name → path into the object. */
      readonly keep?: Readonly<Record<string, string>>;
      /** Requests of the program from the beginning of the step until so long after it has what it should. */
      readonly requests?: {
        readonly verb: 'list' | 'watch' | 'write' | 'any';
        readonly during: string;
        readonly most: number;
      };
    })[];
}

/**
 * The lab's image and manifests in a cluster whose pods run: a version takes the place of another under load, one that is
 * bad does not, and is undone.
 */
export interface RolloutCheck {
  readonly id: string;
  readonly type: 'rollout';
  /** A file of the lab with a Deployment, its Service and no more than goes with them. */
  readonly manifests: string;
  /** What the Deployment calls the image; the check puts one of its own in that place. */
  readonly image: string;
  /** Arguments of the build that are taken from our environment, where it has them. */
  readonly args?: readonly string[];
  /** A file of the lab, and the files below support/ that take its place in good versions and in a bad one. */
  readonly plants: { readonly file: string; readonly good: string; readonly bad: string };
  /** Answers its version and `${nonce}` after `${ms}` milliseconds. */
  readonly path: string;
  /** How long the slowest request takes. */
  readonly longest: string;
  /** Of the pods, as many are ready at any time. */
  readonly ready: number;
  /** A rollout is to be over, or to be called failed, within so long. */
  readonly within: string;
  readonly failsWithin: string;
}

/** The program's gRPC client is in a mesh that a real istiod leads, by objects of the lab. */
export interface IstioCheck {
  readonly id: string;
  readonly type: 'istio';
  /** The file of the lab with the objects of the mesh. */
  readonly mesh: string;
  readonly draw?: Draws;
  /** Doubles that serve in the mesh, and the labels of each; one that a step lets join is not in it before. */
  readonly workloads: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly steps: readonly IstioStep[];
}

export interface IstioStep extends Claim {
  /** A workload that is new in the mesh, and one that goes. */
  readonly joins?: string;
  readonly leaves?: string;
  /** Objects below support/, applied over those of the lab with the values that were drawn. */
  readonly apply?: string;
  /** By subset: the weights that the lab's own rules get in routes with several destinations. */
  readonly weights?: Readonly<Record<string, Count>>;
  /** `GROUP/VERSION/RESOURCE/NAME`, and the same as KIND/NAME. */
  readonly delete?: { readonly object: string; readonly as: string };
  readonly istiod?: 'stops' | 'starts';
  readonly sets?: DoubleSettings;
  readonly settles?: string;
  /** What the program is asked; its answer is JSON, and the text in it a nonce of the workload that was called. */
  readonly send: {
    readonly method?: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
  readonly times: number;
  readonly together?: number;
  readonly expect: {
    /** How many answers have which status; 200 for all when left out. */
    readonly statuses?: Ranges;
    /** Who answers how often, as weights; any workload when left out. */
    readonly shares?: Readonly<Record<string, Count>>;
    /** An answer takes so long at least, and at most. */
    readonly least?: string;
    readonly within?: string;
    readonly calls?: Ranges;
  };
}

/** Checks that share one run of the program, and what they draw and keep, one after the other. */
export interface SequenceCheck {
  readonly id: string;
  readonly type: 'sequence';
  readonly checks: readonly CheckFile[];
}

/** As a sequence, but all at once; what one keeps, the others do not see. */
export interface ParallelCheck {
  readonly id: string;
  readonly type: 'parallel';
  readonly checks: readonly CheckFile[];
}

/** The same check, each time with other values and a new run of the program. */
export interface RepeatCheck {
  readonly id: string;
  readonly type: 'repeat';
  readonly times: number;
  readonly check: CheckFile;
}

/** The same check with the program's protection off: it must fail, there and nowhere else. */
export interface ControlCheck extends Claim {
  readonly type: 'control';
  readonly env: Readonly<Record<string, string>>;
  readonly check: CheckFile;
  /** The assertion that must not hold; left out, all must hold without the protection. */
  readonly fails?: string;
}

/** Those whose item form is their form: durations stay text until they are used. */
type PlainCheck =
  | BuildCheck
  | MetricsCheck
  | ExchangeCheck
  | GrpcCheck
  | LoadCheck
  | RateLimitCheck
  | GoTestCheck
  | MutantsCheck
  | GoListCheck
  | BuildInfoCheck
  | FilesCheck
  | SourceCheck
  | GitHistoryCheck
  | CommitsCheck
  | JetStreamCheck
  | TracesCheck
  | RulesCheck
  | XdsCheck
  | IstioCheck
  | ImageCheck
  | ContainerCheck
  | ResourcesCheck
  | RolloutCheck
  | SequenceCheck
  | ParallelCheck
  | RepeatCheck
  | ControlCheck;

export type Check = PlainCheck | ProcessSignalCheck | HttpCheck | ConfigCheck;

/** A check as item.yaml has it: durations are text, and what has a default may be left out. */
export type CheckFile = PlainCheck | SignalFile | HttpFile | ConfigFile;

type SignalFile = Pick<ProcessSignalCheck, 'id' | 'type' | 'signal'> & {
  readonly inflight: { count: number; path: string; shortest: string; longest: string };
  readonly expect: { refusedAfter: string; exitWithin: string; endsAfter?: string; exitCode: number };
};

type HttpFile = Pick<HttpCheck, 'id' | 'type'> &
  Partial<Pick<HttpCheck, 'starts'>> & { readonly steps: readonly HttpStepFile[] };

type HttpStepFile = Omit<HttpStep, 'wait' | 'settles' | 'delay' | 'together' | 'expect'> & {
  readonly wait?: string;
  readonly settles?: string;
  readonly delay?: string;
  readonly together?: number;
  readonly expect: Omit<HttpStep['expect'], 'within'> & { readonly within: string };
};

type ConfigFile = Omit<ConfigCheck, 'exitWithin'> & { readonly exitWithin: string };

export function checkOf(check: CheckFile): Check {
  switch (check.type) {
    case 'process-signal':
      return processSignal(check);
    case 'http':
      return { ...check, starts: check.starts ?? {}, steps: check.steps.map(httpStep) };
    case 'config':
      return { ...check, exitWithin: milliseconds(check.exitWithin) };
    default:
      return check;
  }
}

const httpStep = ({ wait, settles, delay, together = 1, expect, ...step }: HttpStepFile): HttpStep => ({
  ...step,
  together,
  wait: milliseconds(wait ?? '0ms'),
  settles: milliseconds(settles ?? '0ms'),
  delay: milliseconds(delay ?? '0ms'),
  expect: { ...expect, within: milliseconds(expect.within) },
});

/** As item.yaml has it → as it is run. */
export const processSignal = ({
  inflight,
  expect: { endsAfter, ...expect },
  ...check
}: SignalFile): ProcessSignalCheck => ({
  ...check,
  inflight: { ...inflight, shortest: milliseconds(inflight.shortest), longest: milliseconds(inflight.longest) },
  expect: {
    ...expect,
    refusedAfter: milliseconds(expect.refusedAfter),
    exitWithin: milliseconds(expect.exitWithin),
    ...(endsAfter === undefined ? {} : { endsAfter: milliseconds(endsAfter) }),
  },
});

/** The checks within a check. */
export function within(check: CheckFile | Check): readonly CheckFile[] {
  switch (check.type) {
    case 'sequence':
    case 'parallel':
      return check.checks;
    case 'repeat':
    case 'control':
      return [check.check];
    case 'commits':
      return [check.check, ...check.stages.map((stage) => stage.check)];
    default:
      return [];
  }
}

/** `500ms` → 500, `8s` → 8000, `5m` → 300000. */
export const milliseconds = (text: string): number =>
  Number.parseInt(text, 10) * (text.endsWith('ms') ? 1 : text.endsWith('m') ? 60_000 : 1000);
