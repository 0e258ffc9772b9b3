/** The commands of the terminal program, domain by domain. */
import { clusterCommands } from './cluster/cli.ts';
import type { Gantry } from './compose.ts';
import type { CliCommand } from './core/cli.ts';
import { curriculumCommands } from './curriculum/cli.ts';
import { devLoopCommands } from './devloop/cli.ts';
import { dockerCommands } from './docker/cli.ts';
import { grpcCommands } from './grpc/cli.ts';
import { actionCommands, askCluster } from './kubernetes/actions/cli.ts';
import { kubernetesCommands } from './kubernetes/cli.ts';
import { streamCommands } from './kubernetes/streams/cli.ts';
import { manifestsCommands } from './manifests/cli.ts';
import { defaultVersion } from './manifests/target.ts';
import { scaffoldCommands } from './scaffold/cli.ts';
import { toolchainCommands } from './toolchain/cli.ts';

export function commands(gantry: Gantry): CliCommand[] {
  const docker = dockerCommands(gantry.docker);
  const engines = docker.find(({ name }) => name === 'doctor engines')!;
  return [
    ...kubernetesCommands(gantry.kubernetes),
    ...streamCommands(gantry.kubernetes),
    ...actionCommands(gantry.kubernetes),
    ...docker,
    ...grpcCommands(gantry.grpc),
    ...manifestsCommands(gantry.manifests, {
      kubernetesVersion: defaultVersion,
      askCluster: askCluster(gantry.kubernetes),
      clusterSchemas: gantry.clusterSchemas,
      renderChart: gantry.renderChart,
    }),
    ...clusterCommands(gantry.cluster, gantry.mend),
    ...curriculumCommands(gantry.curriculum),
    ...toolchainCommands(gantry.toolchain, engines),
    ...scaffoldCommands(gantry.scaffold),
    ...devLoopCommands(gantry.devLoop),
  ];
}
