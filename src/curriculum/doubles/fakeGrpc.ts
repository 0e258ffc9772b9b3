/** A counting stand-in of a gRPC service the learner's program calls. */
import { join } from 'node:path';
import { type GrpcObject, Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { MessageTypeDefinition, MethodDefinition } from '@grpc/proto-loader';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Random } from '../random.ts';
import { Ledger } from './counting.ts';
import type { Behaviour, Double } from './double.ts';

type AnyMethod = MethodDefinition<object, object>;
interface UnaryCall {
  readonly request: object;
  getDeadline(): Date | number;
  on(event: 'cancelled', listener: () => void): void;
}
type Reply = (error: { code: status; details: string } | null, answer?: object) => void;

/**
 * Serves every unary method of a .proto file: the first text field of its answer is a nonce that it gives once. Failing, it
 * answers UNAVAILABLE, or what it was told.
 */
export class FakeGrpc implements Double {
  readonly #server = new Server();
  readonly #ledger: Ledger;
  #port = 0;
  #cancelled = 0;
  #abandoned = 0;

  private constructor(random: Random) {
    this.#ledger = new Ledger(random);
  }

  static async start(random: Random, support: string, proto: string): Promise<FakeGrpc> {
    const double = new FakeGrpc(random);
    // Only here: the loader makes code from text as soon as it is read, which a program may be forbidden to do.
    // In a bundle what is loaded so has its exports in `default` only.
    const { default: loader } = await import('@grpc/proto-loader');
    const definitions = await loader.load(join(support, proto), { keepCase: true });
    for (const definition of Object.values(definitions)) {
      if (!isService(definition)) continue;
      const methods = Object.entries(definition as Readonly<Record<string, AnyMethod>>);
      double.#server.addService(
        definition as never,
        Object.fromEntries(methods.map(([name, method]) => [name, double.#handler(method)])),
      );
    }
    await double.#listen(0);
    return double;
  }

  /** `127.0.0.1:PORT` */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get calls(): number {
    return this.#ledger.calls;
  }

  get cancelled(): number {
    return this.#cancelled;
  }

  get abandoned(): number {
    return this.#abandoned;
  }

  async begin(behaviour: Behaviour): Promise<void> {
    const { fails: before } = this.#ledger.behaviour;
    this.#ledger.begin(behaviour);
    this.#cancelled = 0;
    this.#abandoned = 0;
    if (behaviour.fails === 'refuses' && before !== 'refuses') this.#server.unbind(this.address);
    if (behaviour.fails !== 'refuses' && before === 'refuses') await this.#listen(this.#port);
  }

  claim(nonce: string): boolean {
    return this.#ledger.claim(nonce);
  }

  close(): Promise<void> {
    this.#server.forceShutdown();
    return Promise.resolve();
  }

  #listen(port: number): Promise<void> {
    const bound = Promise.withResolvers<void>();
    this.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, at) => {
      this.#port = at;
      if (error === null) bound.resolve();
      else
        bound.reject(
          new Failure('conflict', t('Another program took port {0} before yours could. Check again.', port)),
        );
    });
    return bound.promise;
  }

  #handler(method: AnyMethod): (call: UnaryCall, reply: Reply) => void {
    const field = firstText(method.responseType);
    return (call, reply) => {
      let answered = false;
      const half = (Date.now() + Number(call.getDeadline())) / 2;
      const { first, code = 'UNAVAILABLE' } = this.#ledger.behaviour;
      const given = this.#ledger.call(true, first !== undefined && this.#ledger.calls < first.calls);
      const timer =
        given === undefined
          ? undefined
          : setTimeout(() => {
              answered = true;
              if (given.fails) reply({ code: status[code as keyof typeof status], details: 'out of order' });
              else reply(null, field === undefined ? {} : { [field]: given.nonce });
            }, this.#ledger.behaviour.delay);
      call.on('cancelled', () => {
        clearTimeout(timer);
        if (answered) return;
        this.#cancelled++;
        if (Date.now() < half) this.#abandoned++;
      });
    };
  }
}

const isService = (definition: GrpcObject[string] | object): boolean => !('format' in definition);

/** proto-loader keeps the descriptor of a type as `type`, a DescriptorProto. */
function firstText({ type }: MessageTypeDefinition<object, object>): string | undefined {
  const { field } = type as { field: readonly { name: string; type: string; label: string }[] };
  return field.find((one) => one.type === 'TYPE_STRING' && one.label !== 'LABEL_REPEATED')?.name;
}
