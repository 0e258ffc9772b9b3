/**
 * A builder that tells of its steps in words: the classic one of Docker (`Step 3/7 : RUN go build`) and Podman's
 * (`[1/2] STEP 3/7: RUN go build`). Its words become the vertices that BuildKit would have sent.
 */
import type { SolveStatus, Vertex } from './solve.ts';

const step = /^(?:\[(\d+)\/\d+\] )?step (\d+)\/(\d+) ?: (.*)$/i;
const reused = /^ ?-+> Using cache/;

export class ClassicSteps {
  readonly #now: () => number;
  #current: Vertex | undefined;
  #rest = '';

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What a piece of the stream tells; a line may end in the next one. */
  push(piece: string): SolveStatus {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    const vertexes: Vertex[] = [];
    const logs: { vertex: string; data: Uint8Array }[] = [];
    for (const line of lines) {
      const found = step.exec(line);
      if (found !== null) {
        vertexes.push(...this.#done());
        const [, stage, at, of, text] = found;
        const name = `${stage === undefined ? '' : `${stage}: `}${at}/${of} ${text}`;
        this.#current = { digest: name, name, cached: false, started: this.#now() };
        vertexes.push(this.#current);
      } else if (this.#current !== undefined && reused.test(line)) {
        this.#current = { ...this.#current, cached: true };
      } else if (this.#current !== undefined && line.trim() !== '') {
        logs.push({ vertex: this.#current.digest, data: Buffer.from(`${line}\n`) });
      }
    }
    return { vertexes, statuses: [], logs };
  }

  /** What is told when the stream has ended. @param error why, when it was not the end of the build. */
  end(error?: string): SolveStatus {
    const rest = this.#rest === '' ? { vertexes: [], logs: [] } : this.push('\n');
    return { vertexes: [...rest.vertexes, ...this.#done(error)], statuses: [], logs: rest.logs };
  }

  #done(error?: string): Vertex[] {
    const ended = this.#current;
    this.#current = undefined;
    return ended === undefined ? [] : [{ ...ended, completed: this.#now(), ...(error === undefined ? {} : { error }) }];
  }
}
