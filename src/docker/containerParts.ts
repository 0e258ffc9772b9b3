/**
 * What stands below a container: what it uses, streamed only while it is unfolded and the view is in sight, and its files.
 * Files are read when their folder is unfolded, and forgotten when `Files` is folded again.
 */
import { posix } from 'node:path';
import type { Disposable } from '../core/disposable.ts';
import { toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { lastValue } from '../core/loadable.ts';
import { type NodeDescription, messageNode } from '../core/node.ts';
import { printable } from '../core/printable.ts';
import { formatBytes } from '../core/storage.ts';
import { failedNode } from './describe.ts';
import type { ContainerRef } from './domain.ts';
import type { ContainerFiles } from './files.ts';
import type { ContainerItemNode, ContainerNode, FileNode, UsageNode } from './nodes.ts';
import { type Sample, sparkline } from './stats.ts';
import { UsageWatch } from './usageWatch.ts';

export interface PartDeps {
  stats(ref: ContainerRef, signal: AbortSignal): AsyncIterable<Sample>;
  files(ref: ContainerRef): Promise<ContainerFiles>;
  /** The one object of a row. */
  node<Node extends ContainerNode>(node: Node): Node;
  /** Rows look different now. */
  changed(nodes: readonly ContainerNode[]): void;
}

const rows = ['cpu', 'memory', 'network', 'disk'] as const;

export class ContainerParts implements Disposable {
  readonly #deps: PartDeps;
  readonly #watches = new Map<string, UsageWatch>();
  readonly #failures = new Map<FileNode, string>();
  readonly #disposed = new AbortController();
  #visible = false;

  constructor(deps: PartDeps) {
    this.#deps = deps;
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    for (const watch of this.#watches.values()) watch.watch(visible);
  }

  /** A container was unfolded or folded. */
  setOpen({ engine, id }: ContainerItemNode, open: boolean): void {
    const key = `${engine} ${id}`;
    if (!open) {
      this.#watches.get(key)?.dispose();
      this.#watches.delete(key);
    } else if (!this.#watches.has(key)) {
      const watch = new UsageWatch((signal) => this.#deps.stats({ engine, id }, signal));
      watch.onDidChange(() => this.#deps.changed(this.#usageRows({ engine, id })));
      this.#watches.set(key, watch);
      watch.watch(this.#visible);
    }
  }

  /** What stands below a container; one that does not run uses nothing. */
  ofContainer({ engine, id }: ContainerItemNode, running: boolean): readonly ContainerNode[] {
    const files: FileNode = { kind: 'file', engine, id, path: '/', type: 'folder' };
    this.setOpen({ kind: 'container', engine, id }, running);
    return [...(running ? this.#usageRows({ engine, id }) : []), this.#deps.node(files)];
  }

  async ofFolder(node: FileNode): Promise<readonly ContainerNode[]> {
    const { engine, id, path } = node;
    this.#failures.delete(node);
    try {
      const files = await this.#deps.files({ engine, id });
      const entries = await files.list(path, this.#disposed.signal);
      if (entries.length === 0) return [this.#message(node)];
      return entries.map(({ name, type }) =>
        this.#deps.node({ kind: 'file', engine, id, path: posix.join(path, name), type } as const),
      );
    } catch (error) {
      this.#failures.set(node, toFailure(error).message);
      return [this.#message(node)];
    }
  }

  /** Folding `Files` forgets them, so that unfolding shows what is there then. */
  async forget({ engine, id, path }: FileNode): Promise<void> {
    if (path === '/')
      await this.#deps.files({ engine, id }).then(
        (files) => files.refresh(),
        () => undefined,
      );
  }

  describeUsage({ engine, id, row }: UsageNode): NodeDescription {
    const state = this.#watches.get(`${engine} ${id}`)?.state;
    const samples = (state === undefined ? undefined : lastValue(state)) ?? [];
    const failure = state?.state === 'failed' ? state.failure.message : undefined;
    const text = failure ?? usageText[row](samples);
    const label = usageLabels[row]();
    return {
      id: `usage ${engine} ${id} ${row}`,
      label,
      description: text,
      icon: { name: usageIcons[row] },
      contextValue: 'usage',
      children: 'none',
      spoken: `${label}, ${text.replaceAll(/[▁-█]/g, '')}`,
    };
  }

  describeFile({ engine, id, path, type }: FileNode): NodeDescription {
    const folder = type === 'folder';
    const label = path === '/' ? t('Files') : printable(posix.basename(path));
    const icon =
      path === '/' ? 'files' : ({ folder: 'folder', symlink: 'file-symlink-file' }[type as string] ?? 'file');
    const opens = type === 'file' || type === 'symlink' || type === 'hardlink';
    return {
      id: `file ${engine} ${id} ${path}`,
      label,
      spoken: folder ? t('Folder {0}', label) : type === 'symlink' ? t('Link {0}', label) : label,
      icon: { name: icon },
      contextValue: `file;${type}`,
      children: folder ? 'collapsed' : 'none',
      ...(opens ? { command: { id: 'gantry.docker.openFile', args: [{ kind: 'file', engine, id, path, type }] } } : {}),
    };
  }

  describeFileMessage(engine: string, id: string, path: string): NodeDescription {
    const node = this.#deps.node({ kind: 'file', engine, id, path, type: 'folder' } as const);
    const failure = this.#failures.get(node);
    const row = `nofile ${engine} ${id} ${path}`;
    return failure === undefined ? messageNode(row, t('Nothing here'), { name: 'info' }) : failedNode(row, failure);
  }

  dispose(): void {
    this.#disposed.abort();
    for (const watch of this.#watches.values()) watch.dispose();
    this.#watches.clear();
  }

  #usageRows({ engine, id }: ContainerRef): UsageNode[] {
    return rows.map((row) => this.#deps.node({ kind: 'usage', engine, id, row } as const));
  }

  #message({ engine, id, path }: FileNode): ContainerNode {
    return this.#deps.node({ kind: 'fileMessage', engine, id, path } as const);
  }
}

const usageLabels: Readonly<Record<UsageNode['row'], () => string>> = {
  cpu: () => t('CPU'),
  memory: () => t('Memory'),
  network: () => t('Network'),
  disk: () => t('Disk'),
};

const usageIcons: Readonly<Record<UsageNode['row'], string>> = {
  cpu: 'pulse',
  memory: 'circuit-board',
  network: 'radio-tower',
  disk: 'database',
};

/** What is drawn of the last samples; the graph of what only grows is of its growth. */
const usageText: Readonly<Record<UsageNode['row'], (samples: readonly Sample[]) => string>> = {
  cpu: (samples) =>
    graph(
      samples,
      ({ cpuPercent }) => cpuPercent,
      (last) => `${last.cpuPercent.toFixed(1)} %`,
      1,
    ),
  memory: (samples) =>
    graph(
      samples,
      ({ memory }) => memory,
      (last) => t('{0} of {1}', formatBytes(last.memory), formatBytes(last.memoryLimit)),
    ),
  network: (samples) =>
    graph(
      growth(samples, ({ received, sent }) => received + sent),
      identity,
      () => t('{0} received, {1} sent', formatBytes(samples.at(-1)!.received), formatBytes(samples.at(-1)!.sent)),
    ),
  disk: (samples) =>
    graph(
      growth(samples, ({ read, written }) => read + written),
      identity,
      () => t('{0} read, {1} written', formatBytes(samples.at(-1)!.read), formatBytes(samples.at(-1)!.written)),
    ),
};

const identity = (value: number): number => value;

function graph<T>(values: readonly T[], of: (value: T) => number, text: (last: T) => string, most = 0): string {
  const last = values.at(-1);
  return last === undefined ? t('waiting for the first sample') : `${sparkline(values.map(of), most)} ${text(last)}`;
}

function growth(samples: readonly Sample[], of: (sample: Sample) => number): number[] {
  return samples.map((sample, i) => Math.max(0, of(sample) - of(samples[Math.max(0, i - 1)]!)));
}
