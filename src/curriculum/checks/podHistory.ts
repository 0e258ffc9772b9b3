/** What became of the pods of a run: how many were ready, and how each ended. */

export interface Pod {
  readonly metadata: {
    readonly uid: string;
    readonly name: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly containerStatuses?: readonly {
      readonly state: ContainerState;
      readonly lastState?: ContainerState;
    }[];
  };
}

interface ContainerState {
  readonly terminated?: { readonly exitCode: number };
  readonly waiting?: { readonly reason?: string; readonly message?: string };
}

export class PodHistory {
  #pods: readonly Pod[] = [];
  #counted: readonly string[] | undefined;
  #fewest = Infinity;
  readonly #endings = new Map<string, number>();
  readonly #wereReady = new Set<string>();

  see(pods: readonly Pod[]): void {
    this.#pods = pods;
    if (this.#counted !== undefined) this.#fewest = Math.min(this.#fewest, this.ready(this.#counted));
    for (const pod of pods) {
      if (isReady(pod)) this.#wereReady.add(pod.metadata.uid);
      for (const { state, lastState } of pod.status.containerStatuses ?? []) {
        const ended = state.terminated ?? lastState?.terminated;
        if (ended !== undefined) this.#endings.set(pod.metadata.uid, ended.exitCode);
      }
    }
  }

  /** How many pods of these images are ready and stay. */
  ready(images: readonly string[]): number {
    return this.#pods.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined && runs(pod, images))
      .length;
  }

  /** From now on `fewest` is of these images. */
  countAnew(images: readonly string[]): void {
    this.#counted = images;
    this.#fewest = this.ready(images);
  }

  /** The fewest that were ready at any time since; infinite before. */
  get fewest(): number {
    return this.#fewest;
  }

  /** Exit codes of all containers that ended. */
  get endings(): readonly number[] {
    return [...this.#endings.values()];
  }

  /** Whether pods that are to go are still there. */
  get leaving(): boolean {
    return this.#pods.some(({ metadata }) => metadata.deletionTimestamp !== undefined);
  }

  /** Whether a pod of the image was ready once and is no longer, although it stays. */
  faded(image: string): boolean {
    return this.#pods.some(
      (pod) =>
        runs(pod, [image]) &&
        !isReady(pod) &&
        pod.metadata.deletionTimestamp === undefined &&
        this.#wereReady.has(pod.metadata.uid),
    );
  }

  /** How each stands, in words of the cluster. */
  get text(): string {
    return this.#pods
      .map((pod) => {
        const waiting = pod.status.containerStatuses?.find(({ state }) => state.waiting !== undefined)?.state.waiting;
        const message = pod.status.conditions?.find(({ status }) => status === 'False')?.message;
        return `${pod.metadata.name}: ${isReady(pod) ? 'Ready' : (waiting?.message ?? waiting?.reason ?? message ?? 'Pending')}`;
      })
      .join('\n')
      .slice(0, 400);
  }
}

const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') === true;

const runs = ({ spec }: Pod, images: readonly string[]): boolean =>
  spec.containers.some(({ image }) => images.includes(image));
