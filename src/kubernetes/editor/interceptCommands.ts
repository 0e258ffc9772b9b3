/** Leads a Service to a program of this machine and back. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import { askText } from '../../editor/askText.ts';
import { registerCommand, showFailure, withProgress } from '../../editor/commands.ts';
import { isKind } from '../actions/action.ts';
import { portsOf } from '../actions/images.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { KubernetesNode } from '../nodes.ts';
import { chooseObject } from './chooseObject.ts';
import { type StreamCommandDeps, withContexts } from './streamCommands.ts';

/** What the sessions of the dev loop do for these commands; a context is named by its id. */
export interface Intercepts {
  intercept(
    request: { readonly place: Place; readonly service: string; readonly port: string; readonly to: number },
    telling: { readonly say: (sentence: string) => void; readonly progress: (sentence: string) => void },
    signal: AbortSignal,
  ): Promise<string>;
  endIntercept(place: Place, service: string, signal: AbortSignal): Promise<boolean>;
}

type Place = Pick<ObjectRef, 'context' | 'namespace'>;

export interface InterceptCommandDeps extends StreamCommandDeps {
  readonly intercepts: () => Promise<Intercepts>;
}

export function registerInterceptCommands(deps: InterceptCommandDeps): Disposable {
  const { log, kubernetes: domain, selected, intercepts } = deps;
  const store = new DisposableStore();
  const service = async (title: () => string, node: KubernetesNode | undefined): Promise<ObjectRef | undefined> => {
    const chosen = node ?? selected();
    const selection = (): readonly KubernetesNode[] => (chosen === undefined ? [] : [chosen]);
    return chooseObject({ kubernetes: await withContexts(domain), selection }, { applies: isKind('Service'), title }, node); // prettier-ignore
  };
  store.add(
    registerCommand(log, 'gantry.kubernetes.intercept', async (node, to) => {
      const ref = await service(() => t('Intercept'), node);
      const ports = ref === undefined ? undefined : await chosenPorts(await domain(), ref, to);
      if (ref === undefined || ports === undefined) return;
      const session = await begun(await intercepts(), ref, ports);
      void session.over.then((why) => vscode.window.showInformationMessage(why), showFailure);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.endIntercept', async (node) => {
      const ref = await service(() => t('End Intercept'), node);
      if (ref === undefined) return;
      const loop = await intercepts();
      await withProgress(t('Leading {0} back', ref.name), (_, signal) => loop.endIntercept(ref, ref.name, signal));
    }),
  );
  return store;
}

interface Ports {
  /** Of the Service. */
  readonly port: string;
  /** Of this machine. */
  readonly to: number;
}

/** Resolves once requests arrive here, with the session that goes on. Throws Failure when it does not come so far. */
async function begun(loop: Intercepts, ref: ObjectRef, ports: Ports): Promise<{ readonly over: Promise<string> }> {
  const request = { place: ref, service: ref.name, ...ports };
  return withProgress(t('Intercepting {0}', ref.name), async (progress, cancelled) => {
    const leads = Promise.withResolvers<void>();
    const ending = new AbortController();
    cancelled.addEventListener('abort', () => ending.abort(), { once: true });
    const say = (sentence: string): void => {
      void vscode.window.showInformationMessage(sentence);
      leads.resolve();
    };
    const over = loop.intercept(request, { say, progress }, ending.signal);
    await Promise.race([leads.promise, over]);
    return { over };
  });
}

/** Undefined when the person chose none. */
async function chosenPorts(
  { actions }: Awaited<ReturnType<StreamCommandDeps['kubernetes']>>,
  ref: ObjectRef,
  to: string | undefined,
): Promise<Ports | undefined> {
  const { object } = await actions.subject(ref, new AbortController().signal);
  const ports = portsOf(object).map(String);
  const port = ports.length < 2 ? ports[0] : await vscode.window.showQuickPick(ports, { placeHolder: t('Choose the port of {0} to lead here', ref.name) }); // prettier-ignore
  if (port === undefined) return undefined;
  const typed = to ?? (await askForPort(ref, port));
  return typed === undefined ? undefined : { port, to: Number(typed) };
}

const askForPort = (ref: ObjectRef, port: string): Thenable<string | undefined> =>
  askText({
    title: t('Intercept {0}', ref.name),
    prompt: t('Port of this machine where your program listens'),
    value: Number(port) < 1024 ? '8080' : port,
    validateInput: (text) => (isPort(text) ? undefined : t('A port is a number from 1 to 65535.')),
  });

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
