/** The Containers view and its commands. */
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { lazyTree } from '../../core/tree.ts';
import { registerCommand } from '../../editor/commands.ts';
import { views } from '../../editor/contributions.ts';
import { openLogView } from '../../editor/logView.ts';
import { selectRow, showView } from '../../editor/revealRow.ts';
import { registerTree } from '../../editor/tree.ts';
import type { Docker } from '../domain.ts';
import type { ContainerNode } from '../nodes.ts';
import { registerBuildCommands } from './buildCommands.ts';
import { registerCompose } from './composeCommands.ts';
import { registerContainerCommands } from './containerCommands.ts';
import { registerDockerfileHelp } from './dockerfile.ts';
import { registerDebug } from './debug.ts';
import { registerDoctor } from './doctor.ts';
import { EngineDocuments } from './documents.ts';
import { registerEngineCommands, registerSignIn } from './engineCommands.ts';
import { registerImageCommands } from './imageCommands.ts';
import { registerInsideCommands } from './insideCommands.ts';
import { registerNewDockerfile } from './newDockerfile.ts';
import { type PodPorts, registerPodCommands } from './podCommands.ts';
import { registerScan } from './scan.ts';
import { chosenContainer, chosenForLogs } from './subjects.ts';

export interface DockerEditorDeps {
  readonly log: Log;
  /** Loads the domain; called when the view is opened or a command runs. */
  readonly domain: () => Promise<Docker>;
  /** The folder of the schemas. */
  readonly schemas: string;
  readonly pods: PodPorts;
}

/** What the commands' own files need. */
export interface CommandDeps {
  readonly log: Log;
  readonly open: () => Promise<Docker>;
  readonly documents: EngineDocuments;
}

/** Lines of the past that a log terminal begins with. */
const tail = 1000;

export function registerDocker({ log, domain: open, schemas, pods }: DockerEditorDeps): Disposable {
  const store = new DisposableStore();
  const tree = store.add(lazyTree<ContainerNode>(async () => (await open()).tree()));
  const { view } = store.add(registerTree(views.containers, tree));
  store.add(registerCommand(log, 'gantry.docker.refresh', async () => (await open()).refresh()));
  store.add(registerDoctor(log, open));
  store.add(registerDockerfileHelp());
  store.add(registerNewDockerfile(log));
  const deps: CommandDeps = { log, open, documents: store.add(new EngineDocuments(open)) };
  store.add(registerCompose(deps, schemas));
  store.add(registerPodCommands(deps, pods, { tree, view }));
  for (const register of [
    registerContainerCommands,
    registerImageCommands,
    registerBuildCommands,
    registerEngineCommands,
    registerDebug,
    registerInsideCommands,
    registerScan,
    registerSignIn,
  ]) {
    store.add(register(deps));
  }
  store.add(
    registerCommand(log, 'gantry.docker.showLogs', async (node) => {
      const docker = await open();
      const containers = await chosenForLogs(docker, node);
      if (containers.length === 0) return;
      const name = containers.length === 1 ? containers[0]!.name : t('{0} containers', containers.length);
      openLogView({ name: t('Logs: {0}', name), feed: docker.follow(containers, tail) });
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.reveal', async (node) => {
      const container = await chosenContainer(await open(), node);
      if (container === undefined) return;
      const { engine, id } = container;
      await showView(views.containers, view);
      // Its row is found from the ones above it.
      await tree.children(undefined);
      await tree.children({ kind: 'engine', engine });
      await selectRow(view, { kind: 'container', engine, id });
    }),
  );
  return store;
}
