/** What the parts of the form share. */
import type { JsonNode } from '../../../grpc/json.ts';
import type { ChosenFile } from '../../../grpc/protocol.ts';
import type { ShapeTable, Slot } from '../shapeTable.ts';
import type { Problem } from '../state.ts';

export interface FormContext {
  /** The request's whole text, that the nodes are of. */
  readonly text: string;
  readonly table: ShapeTable;
  readonly problems: readonly Problem[];
  /** Makes the whole text this one. */
  write(text: string): void;
  /** Asks for the shape of a message that is not known yet; the form is drawn again when it is. */
  need(name: string): void;
  chooseFile(): Promise<ChosenFile | null>;
}

/** A value of the form: what it is, what is written, and how it is changed. */
export interface Place {
  readonly form: FormContext;
  readonly slot: Slot;
  /** Undefined where nothing is written. */
  readonly node: JsonNode | undefined;
  /** Names the place on the page. */
  readonly id: string;
  /** For whom cannot see where it stands. */
  readonly label: string;
  /** Writes JSON here. */
  readonly set: (value: string) => void;
  /** Takes what is written away, where it may be missing. */
  readonly unset?: () => void;
}

/** The JSON that is written for something that was just set. */
export function emptyJson({ kind, of, many }: Slot, table: ShapeTable): string {
  if (many === 'list') return '[]';
  if (many === 'map') return '{}';
  if (kind === 'enum') return JSON.stringify(table.enum(of)?.values[0]?.name ?? '');
  if (kind === 'scalar') return emptyScalar(of);
  const message = table.message(of);
  switch (message?.form) {
    case 'Timestamp':
      return JSON.stringify(new Date().toISOString());
    case 'Duration':
      return '"0s"';
    case 'FieldMask':
      return '""';
    case 'ListValue':
      return '[]';
    case 'Value':
      return 'null';
    case 'wrapper':
      return emptyScalar(message.fields[0]!.of);
    default:
      return '{}';
  }
}

function emptyScalar(scalar: string): string {
  if (scalar === 'string' || scalar === 'bytes') return '""';
  return scalar === 'bool' ? 'false' : '0';
}

/** Null stands for what is not set, but for a Value, which may be null. */
export function isSet({ node, slot, form }: Pick<Place, 'node' | 'slot' | 'form'>): boolean {
  if (node === undefined) return false;
  if (node.kind !== 'null') return true;
  return slot.many === undefined && form.table.message(slot.of)?.form === 'Value';
}

/** What is wrong with exactly this value. */
export const problemsOf = ({ form, node }: Pick<Place, 'form' | 'node'>): readonly Problem[] =>
  node === undefined ? [] : form.problems.filter(({ start, end }) => start >= node.start && end <= node.end);

export const writtenText = (form: FormContext, node: JsonNode): string => form.text.slice(node.start, node.end);
