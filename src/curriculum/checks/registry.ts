/** Every check type and what runs it. */
import { runBuild } from './build.ts';
import { runBuildInfo } from './buildInfo.ts';
import { runControl, runParallel, runRepeat, runSequence } from './combine.ts';
import { runCommits } from './commits.ts';
import { runConfig } from './config.ts';
import { runContainer } from './container.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { runExchange } from './exchange.ts';
import { runFiles } from './files.ts';
import { runGitHistory } from './gitHistory.ts';
import { runGoList } from './goList.ts';
import { runGoTest } from './goTest.ts';
import { runGrpc } from './grpcCalls.ts';
import { runHttp } from './http.ts';
import { runImage } from './image.ts';
import { runIstio } from './istio.ts';
import { runJetStream } from './jetstream.ts';
import { runLoad } from './load.ts';
import { runMetrics } from './metrics.ts';
import { runMutants } from './mutants.ts';
import { runProcessSignal } from './processSignal.ts';
import { runRateLimit } from './rateLimit.ts';
import { runResources } from './resources.ts';
import { runRollout } from './rollout.ts';
import { runRules } from './rules.ts';
import { runSource } from './source.ts';
import type { Check } from './specs.ts';
import { runTraces } from './traces.ts';
import { runXds } from './xds.ts';

type Runners = { readonly [Type in Check['type']]: RunCheck<Extract<Check, { type: Type }>> };

const runners: Runners = {
  build: runBuild,
  'build-info': runBuildInfo,
  commits: runCommits,
  config: runConfig,
  container: runContainer,
  control: runControl,
  exchange: runExchange,
  files: runFiles,
  'git-history': runGitHistory,
  'go-list': runGoList,
  'go-test': runGoTest,
  grpc: runGrpc,
  http: runHttp,
  'http-load': runLoad,
  image: runImage,
  istio: runIstio,
  jetstream: runJetStream,
  kubernetes: runResources,
  metrics: runMetrics,
  mutants: runMutants,
  parallel: runParallel,
  'process-signal': runProcessSignal,
  promql: runRules,
  'rate-limit': runRateLimit,
  repeat: runRepeat,
  rollout: runRollout,
  sequence: runSequence,
  source: runSource,
  traces: runTraces,
  xds: runXds,
};

export const runCheck = (check: Check, context: CheckContext): Promise<void> =>
  (runners[check.type] as RunCheck<Check>)(check, context);
