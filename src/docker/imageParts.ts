/** What stands below an image: what the last scan found in it, and its layers, asked for when the image is unfolded. */
import { toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { NodeDescription } from '../core/node.ts';
import { printable } from '../core/printable.ts';
import { formatBytes } from '../core/storage.ts';
import type { EngineClient } from './client.ts';
import { code, escape, failedNode } from './describe.ts';
import { array, number, record, text } from './fields.ts';
import type { ContainerNode, ImageMessageNode, LayerNode, ResourceNode, VulnerabilityNode } from './nodes.ts';
import { history } from './operations.ts';
import { instructionOf } from './reports.ts';
import type { ScanReport, Vulnerability } from './scan/report.ts';

export interface ImagePartDeps {
  client(engine: string): Promise<EngineClient>;
  /** What the last scan of an image found. */
  scanned(engine: string, image: string): ScanReport | undefined;
  /** The one object of a row. */
  readonly node: <Node extends ContainerNode>(node: Node) => Node;
}

interface Layer {
  readonly instruction: string;
  readonly bytes: number;
  readonly created: number;
}

/** A row's key is an image's id, and one of its names. */
export const imageOf = (key: string): string => key.split(' ')[0]!;

export class ImageParts {
  readonly #deps: ImagePartDeps;
  /** Image → its layers, or why there are none to show. They never change: an id is made of them. */
  readonly #layers = new Map<string, readonly Layer[] | string>();

  constructor(deps: ImagePartDeps) {
    this.#deps = deps;
  }

  async ofImage({ engine, key }: ResourceNode): Promise<readonly ContainerNode[]> {
    const { node } = this.#deps;
    const layers = await this.#read(engine, imageOf(key));
    const found = (this.#deps.scanned(engine, imageOf(key))?.programs ?? []).flatMap(({ path, vulnerabilities }) =>
      vulnerabilities.map(({ id, module }) =>
        node({ kind: 'vulnerability', engine, key, program: path, module, id } as const),
      ),
    );
    const rows =
      typeof layers === 'string'
        ? [node({ kind: 'imageMessage', engine, key } as const)]
        : layers.map((_, index) => node({ kind: 'layer', engine, key, index } as const));
    return [...found, ...rows];
  }

  describeLayer({ engine, key, index }: LayerNode): NodeDescription {
    const layers = this.#layers.get(`${engine} ${imageOf(key)}`) ?? [];
    const layer = typeof layers === 'string' ? undefined : layers[index];
    const { instruction = '', bytes = 0, created = 0 } = layer ?? {};
    const label = instruction || t('imported');
    return {
      id: `layer ${engine} ${key} ${index}`,
      label,
      // One that holds no files is there for its settings only.
      ...(bytes > 0 ? { description: formatBytes(bytes) } : {}),
      spoken: `${label}, ${bytes > 0 ? formatBytes(bytes) : t('no files')}`,
      icon: { name: bytes > 0 ? 'layers' : 'circle-small' },
      tooltip: [
        code(instruction),
        formatBytes(bytes),
        ...(created > 0 ? [code(new Date(created).toISOString())] : []),
      ].join('  \n'),
      contextValue: 'layer',
      children: 'none',
    };
  }

  describeVulnerability(node: VulnerabilityNode): NodeDescription {
    const { engine, key, program, module, id } = node;
    const report = this.#deps.scanned(engine, imageOf(key));
    const one = report?.programs
      .find(({ path }) => path === program)
      ?.vulnerabilities.find((other) => other.id === id && other.module === module);
    const label = `${id} ${one?.summary ?? ''}`.trim();
    const where = one === undefined ? '' : t('{0} {1} in {2}', module, one.version, program);
    const reached = (one?.symbols.length ?? 0) > 0;
    return {
      id: `vulnerability ${engine} ${key} ${program} ${module} ${id}`,
      label,
      description: where,
      icon: reached
        ? { name: 'warning', color: 'list.warningForeground' }
        : { name: 'info', color: 'disabledForeground' },
      tooltip: one === undefined ? '' : [escape(label), escape(where), ...advice(one).map(escape)].join('  \n'),
      contextValue: 'vulnerability',
      children: 'none',
      spoken: [label, where, ...(one === undefined ? [] : advice(one))].join(', '),
    };
  }

  describeMessage({ engine, key }: ImageMessageNode): NodeDescription {
    const layers = this.#layers.get(`${engine} ${imageOf(key)}`);
    const why = typeof layers === 'string' ? layers : t('Nothing here');
    return failedNode(`nolayer ${engine} ${key}`, why);
  }

  async #read(engine: string, image: string): Promise<readonly Layer[] | string> {
    const known = this.#layers.get(`${engine} ${image}`);
    if (known !== undefined && typeof known !== 'string') return known;
    const layers = await this.#ask(engine, image).catch((error: unknown) => toFailure(error).message);
    this.#layers.set(`${engine} ${image}`, layers);
    return layers;
  }

  async #ask(engine: string, image: string): Promise<readonly Layer[]> {
    const client = await this.#deps.client(engine);
    const answer = await client.ask(history(image).request, AbortSignal.timeout(30_000));
    return array(answer)
      .map(record)
      .map((row) => ({
        instruction: printable(instructionOf(text(row['CreatedBy']))),
        bytes: number(row['Size']),
        created: number(row['Created']) * 1000,
      }));
  }
}

/** What is known of it and what mends it, a sentence each. */
export function advice({ module, fixed, symbols, aliases, stripped }: Vulnerability): string[] {
  return [
    symbols.length > 0
      ? t('The program may call {0}.', symbols.slice(0, 5).join(', '))
      : stripped === true
        ? t('The program’s symbols were left out (-s), so it is not known whether it holds an affected function.')
        : t('The program holds the module, but none of the functions that are affected.'),
    fixed === ''
      ? t('There is no version without it yet.')
      : module === 'stdlib'
        ? t('Go {0} is without it. Build with a newer Go.', fixed.replace(/^v/, ''))
        : t('{0} is without it. Run: {1}', fixed, `go get ${module}@${fixed}`),
    ...(aliases.length > 0 ? [aliases.join(', ')] : []),
  ];
}
