/** The shapes of messages, looked up by name, and what stands at a place of a request. */
import type { Step } from '../../grpc/jsonContext.ts';
import type { EnumShape, FieldShape, MessageShape, Shapes } from '../../grpc/shapes.ts';

/** What a value at a place is. */
export interface Slot {
  /** The field that holds it; none for a message of its own. */
  readonly field?: FieldShape;
  readonly kind: FieldShape['kind'];
  readonly of: string;
  /** It is a list or map of that. */
  readonly many?: 'list' | 'map';
}

export class ShapeTable {
  readonly #messages = new Map<string, MessageShape>();
  readonly #enums = new Map<string, EnumShape>();
  /** Full name of the request's message. */
  readonly root: string;
  readonly anyTypes: readonly string[];

  constructor(root: string, shapes: Shapes, anyTypes: readonly string[]) {
    this.root = root;
    this.anyTypes = anyTypes;
    this.add(shapes);
  }

  add({ messages, enums }: Shapes): void {
    for (const message of messages) this.#messages.set(message.name, message);
    for (const shape of enums) this.#enums.set(shape.name, shape);
  }

  message(name: string): MessageShape | undefined {
    return this.#messages.get(name);
  }

  enum(name: string): EnumShape | undefined {
    return this.#enums.get(name);
  }

  /** The slot that a path leads to from the request; undefined where the schema says nothing. */
  slot(path: readonly Step[]): Slot | undefined {
    let slot: Slot | undefined = { kind: 'message', of: this.root };
    for (const step of path) slot = slot === undefined ? undefined : this.#inside(slot, step);
    return slot;
  }

  /** The message whose fields an object at the slot has; an Any's is named by its type URL. */
  fieldsOf(slot: Slot, typeUrl: string | undefined): MessageShape | undefined {
    if (slot.kind !== 'message' || slot.many !== undefined) return undefined;
    const message = this.message(slot.of);
    if (message?.form === 'Any') return typeUrl === undefined ? undefined : this.message(typeNameOf(typeUrl));
    return message?.form === 'fields' ? message : undefined;
  }

  #inside({ field, kind, of, many }: Slot, step: Step): Slot | undefined {
    const one = field === undefined ? { kind, of } : { field, kind, of };
    if ('item' in step) return many === 'list' ? one : undefined;
    if (many === 'map') return one;
    const message = this.fieldsOf({ ...one, ...(many === undefined ? {} : { many }) }, step.typeUrl);
    const inner = message === undefined ? undefined : fieldNamed(message, step.key);
    return inner === undefined ? undefined : slotOf(inner);
  }
}

export const fieldNamed = ({ fields }: MessageShape, key: string): FieldShape | undefined =>
  fields.find(({ name, jsonName }) => jsonName === key || name === key);

export const slotOf = (field: FieldShape): Slot => {
  const { kind, of, many } = field;
  return many === undefined ? { field, kind, of } : { field, kind, of, many };
};

export const typeNameOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);
