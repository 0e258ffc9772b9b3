/** Tasks of the tools: offered for the files that the workspace has, and for what tasks.json says. */
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import type { Toolchain } from '../domain.ts';
import { type TaskTool, type ToolRun, runsFor, taskFiles, taskTools } from '../tasks.ts';

/** Of package.json. */
const taskType = 'gantry';

/** More files than this have nobody look through a list of tasks. */
const mostFiles = 300;

/** What the matchers of package.json read the problems of. */
const matchers: Partial<Record<TaskTool, string[]>> = {
  protoc: ['$gantry-protoc'],
  buf: ['$gantry-protoc'],
  docker: ['$gantry-docker', '$gantry-docker-go'],
  kubectl: ['$gantry-kubectl', '$gantry-kubectl-object', '$gantry-kustomize'],
  helm: ['$gantry-helm', '$gantry-helm-yaml'],
  kustomize: ['$gantry-kustomize'],
};

export const registerTasks = (domain: () => Promise<Toolchain>): Disposable =>
  vscode.tasks.registerTaskProvider(taskType, {
    provideTasks: async (token) => {
      const folders = vscode.workspace.workspaceFolders ?? [];
      return (await Promise.all(folders.map((folder) => tasksOf(folder, domain, token)))).flat();
    },
    resolveTask: async ({ definition, scope }) => {
      const { tool, args } = definition as Partial<ToolRun> & vscode.TaskDefinition;
      const folder = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
      const known = taskTools.find((name) => name === tool);
      if (known === undefined || folder === undefined || !Array.isArray(args)) return undefined;
      // The very definition of tasks.json: VS Code finds the task by it.
      const toolchain = await domain();
      const found = { program: (await toolchain.pathOf(known)) ?? known, path: toolchain.path };
      return toTask({ tool: known, args: args.map(String), builds: false }, folder, definition, found);
    },
  });

async function tasksOf(
  folder: vscode.WorkspaceFolder,
  domain: () => Promise<Toolchain>,
  token: vscode.CancellationToken,
): Promise<vscode.Task[]> {
  const pattern = new vscode.RelativePattern(folder, taskFiles);
  const found = await vscode.workspace.findFiles(pattern, '**/{node_modules,vendor}/**', mostFiles, token);
  if (found.length === 0) return [];
  const toolchain = await domain();
  const files = found.map(({ path }) => path.slice(folder.uri.path.length + 1));
  const runs = runsFor(files);
  const tools = [...new Set(runs.map(({ tool }) => tool))];
  const programs = new Map(await Promise.all(tools.map(async (tool) => [tool, await toolchain.pathOf(tool)] as const)));
  return runs.flatMap((run) => {
    const program = programs.get(run.tool);
    const definition = { type: taskType, tool: run.tool, args: run.args };
    return program === undefined ? [] : [toTask(run, folder, definition, { program, path: toolchain.path })];
  });
}

function toTask(
  { tool, args, builds }: ToolRun,
  folder: vscode.WorkspaceFolder,
  definition: vscode.TaskDefinition,
  { program, path }: { readonly program: string; readonly path: string },
): vscode.Task {
  const execution = new vscode.ProcessExecution(program, [...args], {
    cwd: folder.uri.fsPath,
    env: { PATH: path },
  });
  const name = [tool, ...args.filter((arg) => !arg.includes('='))].join(' ');
  const task = new vscode.Task(definition, folder, name, 'Gantry', execution, matchers[tool] ?? []);
  if (builds) task.group = vscode.TaskGroup.Build;
  return task;
}
