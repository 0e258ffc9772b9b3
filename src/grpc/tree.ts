/** The gRPC view: servers → services → methods. */
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { type Disposable, DisposableStore } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import { t } from '../core/l10n.ts';
import { type Loadable, lastValue, ready } from '../core/loadable.ts';
import type { TreeSource } from '../core/tree.ts';
import { type ServerSummary, describe } from './describe.ts';
import { describeOrigin, summarizeFiles } from './origin.ts';
import type { GrpcNode, MessageNode, MethodNode, ServerNode, ServiceNode } from './nodes.ts';
import { findService } from './schema.ts';
import type { ServerSchema, Servers } from './servers.ts';

/** A server the view lists. */
export interface ListedServer {
  readonly target: string;
  readonly name?: string;
  readonly removable: boolean;
}

/** The servers to list, and when the list changes. */
export interface ServerList {
  list(): readonly ListedServer[];
  readonly onDidChange: (listener: () => void) => Disposable;
}

export class GrpcTree implements TreeSource<GrpcNode>, Disposable {
  readonly #servers: Servers;
  readonly #list: ServerList;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<readonly GrpcNode[] | undefined>());
  readonly onDidChange = this.#changed.event;
  /** One object for each server: the editor knows a row by its object. */
  #rows = new Map<string, ServerNode>();

  constructor(servers: Servers, list: ServerList) {
    this.#servers = servers;
    this.#list = list;
    this.#store.add(list.onDidChange(() => this.#changed.fire(undefined)));
    this.#store.add(
      servers.onDidChange((target) => {
        const row = this.#rows.get(target);
        if (row !== undefined) this.#changed.fire([row]);
      }),
    );
  }

  describe(node: GrpcNode): ReturnType<typeof describe> {
    return describe(node, (target) => summary(this.#servers.state(target)), this.#servers.waitsFor);
  }

  async children(node: GrpcNode | undefined): Promise<readonly GrpcNode[]> {
    if (node === undefined) return this.#roots();
    switch (node.kind) {
      case 'server':
        return this.#services(node);
      case 'service':
        return this.#methods(node);
      default:
        return [];
    }
  }

  parent(node: GrpcNode): GrpcNode | undefined {
    if (node.kind === 'service') return this.#rows.get(node.target);
    if (node.kind !== 'method') return undefined;
    const service = this.#service(node.target, node.service);
    const known = lastValue(this.#servers.state(node.target));
    return service === undefined ? undefined : serviceNode(node.target, service, known!);
  }

  /** Coming into sight asks the servers that were not there before once more. */
  setVisible(visible: boolean): void {
    if (!visible) return;
    for (const target of this.#rows.keys()) {
      if (this.#servers.state(target).state === 'failed') void this.#servers.load(target);
    }
  }

  dispose(): void {
    this.#store.dispose();
  }

  #roots(): readonly GrpcNode[] {
    const before = this.#rows;
    this.#rows = new Map(
      this.#list.list().map((server) => {
        const known = before.get(server.target);
        const same = known?.name === server.name && known?.removable === server.removable;
        return [server.target, known !== undefined && same ? known : { kind: 'server', ...server }];
      }),
    );
    for (const target of this.#rows.keys()) {
      if (!before.has(target)) void this.#servers.load(target);
    }
    return this.#rows.size === 0 ? [emptyRow()] : [...this.#rows.values()];
  }

  async #services({ target }: ServerNode): Promise<readonly GrpcNode[]> {
    if (this.#servers.state(target).state === 'loading') await this.#servers.load(target);
    const state = this.#servers.state(target);
    const rows: GrpcNode[] = [];
    if (state.state === 'failed') {
      const { message } = state.failure;
      rows.push({
        kind: 'message',
        id: `failed:${target}`,
        label: message,
        icon: { name: 'warning' },
        tooltip: `${message}\n\n${t('Choose the row to ask again.')}`,
        command: 'gantry.grpc.refresh',
      });
    }
    const known = lastValue(state);
    for (const service of known?.schema.services ?? []) rows.push(serviceNode(target, service, known!));
    for (const { service, reason } of known?.schema.broken ?? []) rows.push(brokenRow(target, service, reason));
    if (rows.length === 0) {
      const label = t('No services: ask again…');
      rows.push({
        kind: 'message',
        id: `none:${target}`,
        label,
        icon: { name: 'info' },
        command: 'gantry.grpc.refresh',
      });
    }
    if (known !== undefined) rows.push(...goneRows(target, '', known), ...sourceRows(target, known));
    return rows;
  }

  #methods({ target, service }: ServiceNode): readonly GrpcNode[] {
    const known = lastValue(this.#servers.state(target));
    const found = this.#service(target, service);
    if (known === undefined || found === undefined) return [];
    return [
      ...found.methods.map((method) => methodNode(target, method, known)),
      ...goneRows(target, `${service}.`, known),
    ];
  }

  #service(target: string, name: string): DescService | undefined {
    const known = lastValue(this.#servers.state(target));
    return known === undefined ? undefined : findService(known.schema, name);
  }
}

function serviceNode(target: string, service: DescService, known: ServerSchema): ServiceNode {
  const { typeName, methods, deprecated } = service;
  return {
    kind: 'service',
    target,
    service: typeName,
    methods: methods.length,
    deprecated,
    ...saidOf(typeName, known),
  };
}

/** What is known of a symbol beside its own description. */
function saidOf(
  name: string,
  { schema, changes }: ServerSchema,
): { readonly comment?: string; readonly change?: 'new' | 'changed' } {
  const [comment, change] = [schema.comments.get(name), changes.get(name)];
  return {
    ...(comment === undefined ? {} : { comment }),
    ...(change === undefined || change === 'gone' ? {} : { change }),
  };
}

/** The row of a method; also what the command that calls it takes. */
export function methodNode(target: string, method: DescMethod, known: ServerSchema): MethodNode {
  return {
    kind: 'method',
    target,
    service: method.parent.typeName,
    method: method.name,
    methodKind: method.methodKind,
    input: method.input.typeName,
    output: method.output.typeName,
    deprecated: method.deprecated,
    ...saidOf(`${method.parent.typeName}.${method.name}`, known),
  };
}

/** What was there before: directly below the service with that prefix, or services where it is empty. */
function goneRows(target: string, prefix: string, { changes, schema }: ServerSchema): MessageNode[] {
  const isService = (name: string): boolean => !schema.services.some(({ typeName }) => name.startsWith(`${typeName}.`));
  return [...changes]
    .filter(([name, change]) => change === 'gone' && (prefix === '' ? isService(name) : name.startsWith(prefix)))
    .map(([name]) => {
      const label = t('{0} is not there any more', name.slice(prefix.length));
      return { kind: 'message', id: `gone:${target}/${name}`, label, icon: { name: 'diff-removed', color: 'gitDecoration.deletedResourceForeground' } }; // prettier-ignore
    });
}

/** From which files the schema is, where it is from files. */
function sourceRows(target: string, { origin }: ServerSchema): MessageNode[] {
  const loaded = origin.kind === 'files' ? origin.loaded : origin.filled;
  if (loaded === undefined) return [];
  const wrong = loaded.broken.size > 0;
  return [
    ...loaded.notes.map((note, i): MessageNode => ({
      kind: 'message',
      id: `note:${target}/${i}`,
      label: note,
      icon: { name: 'info' },
      tooltip: note,
      ...(loaded.untrusted ? { command: 'workbench.trust.manage' } : {}),
    })),
    {
      kind: 'message',
      id: `source:${target}`,
      label: summarizeFiles(loaded),
      icon: wrong ? { name: 'warning', color: 'list.warningForeground' } : { name: 'file-code' },
      tooltip: describeOrigin(origin),
    },
  ];
}

function brokenRow(target: string, service: string, reason: string): MessageNode {
  return {
    kind: 'message',
    id: `broken:${target}/${service}`,
    label: `${service}: ${reason}`,
    icon: { name: 'warning', color: 'list.warningForeground' },
    tooltip: reason,
  };
}

function emptyRow(): MessageNode {
  return {
    kind: 'message',
    id: 'empty',
    label: t('Add a gRPC server…'),
    icon: { name: 'add' },
    tooltip: t('No server yet. Choose this to add one by its address, such as localhost:50051.'),
    command: 'gantry.grpc.addServer',
  };
}

function summary(state: Loadable<ServerSchema>): Loadable<ServerSummary> {
  if (state.state === 'loading') return state;
  const value = lastValue(state);
  const counts =
    value === undefined
      ? undefined
      : {
          services: value.schema.services.length,
          broken: value.schema.broken.length,
          source: describeOrigin(value.origin),
        };
  if (state.state === 'ready') return ready(counts!);
  return counts === undefined
    ? { state: 'failed', failure: state.failure }
    : { state: 'failed', failure: state.failure, last: counts };
}
