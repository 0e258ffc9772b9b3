/** What to build and how: a list that is gone through in any order; the first entry builds. */
import * as vscode from 'vscode';
import { messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { askText } from '../../editor/askText.ts';
import type { BuildRequest } from '../build/build.ts';
import { buildArg, buildArgs } from '../build/request.ts';
import { parseReference } from '../reference.ts';
import { shellWords } from '../runSpec.ts';
import { ask } from './containerCommands.ts';

type Choice = 'build' | 'copy' | 'tag' | 'args' | 'target' | 'cache';

interface Entry extends vscode.QuickPickItem {
  readonly choice: Choice;
}

/** What the person wants, and whether to build it or to have its docker line; undefined when they leave. */
export async function askBuild(
  offered: BuildRequest,
  stages: readonly string[],
): Promise<{ readonly request: BuildRequest; readonly choice: 'build' | 'copy' } | undefined> {
  let request = offered;
  for (;;) {
    const title = t('Build {0}', request.tag);
    const entry = await vscode.window.showQuickPick(entries(request, stages), { title, ignoreFocusOut: true });
    if (entry === undefined) return undefined;
    if (entry.choice === 'build' || entry.choice === 'copy') return { request, choice: entry.choice };
    request = await asked(request, entry.choice, stages);
  }
}

function entries({ tag, args = {}, target, noCache }: BuildRequest, stages: readonly string[]): Entry[] {
  return [
    { choice: 'build', label: `$(play) ${t('Build')}` },
    { choice: 'tag', label: t('Name of the image'), description: tag },
    { choice: 'args', label: t('Arguments'), description: argWords(args).join(' ') || t('as the Dockerfile says') },
    ...(stages.length === 0
      ? []
      : [{ choice: 'target' as const, label: t('Stage'), description: target ?? t('the last one') }]),
    { choice: 'cache', label: t('Cache'), description: noCache === true ? t('not used') : t('used') },
    { choice: 'copy', label: `$(copy) ${t('Copy Docker Command')}` },
  ];
}

const argWords = (args: Readonly<Record<string, string>>): string[] =>
  Object.entries(args).map(([name, value]) => `${name}=${/[\s"'\\]/.test(value) ? JSON.stringify(value) : value}`);

async function asked(
  request: BuildRequest,
  choice: Exclude<Choice, 'build' | 'copy'>,
  stages: readonly string[],
): Promise<BuildRequest> {
  switch (choice) {
    case 'tag': {
      const tag = await ask(t('Name of the image, as NAME:TAG'), request.tag, parseReference);
      return tag === undefined ? request : { ...request, tag };
    }
    case 'args': {
      const prompt = t('Arguments as NAME=VALUE, separated by spaces; quotes hold a value together');
      const value = argWords(request.args ?? {}).join(' ');
      const words = await askText({
        prompt,
        value,
        validateInput: argProblem,
      });
      return words === undefined ? request : { ...request, args: buildArgs(shellWords(words)) };
    }
    case 'target': {
      const { target: _, ...rest } = request;
      const last = t('the last one');
      const stage = await vscode.window.showQuickPick([last, ...stages], {
        placeHolder: t('Build up to which stage?'),
      });
      return stage === undefined ? request : stage === last ? rest : { ...rest, target: stage };
    }
    case 'cache':
      return { ...request, noCache: request.noCache !== true };
  }
}

function argProblem(text: string): string | undefined {
  try {
    shellWords(text).forEach(buildArg);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
