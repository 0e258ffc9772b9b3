/**
 * The API's own tables (`as=Table`): the columns that kubectl prints, those of custom resources included, made by the
 * server. No object's body is sent with them, so no secret is read to list its name.
 */
import type { ApiMetadata, ApiObject } from './api.ts';

/** Servers that cannot make a table of a kind (some aggregated ones) send the objects. */
export const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

export interface Column {
  readonly name: string;
  /** 0 for columns that are always shown; others only where there is room. */
  readonly priority: number;
  /** The cells are the object's age: they are worked out when shown, the server's grow old. */
  readonly age: boolean;
}

/** What a row is made of: an object's metadata with its cells. */
export interface TableObject extends ApiObject {
  readonly cells?: readonly unknown[];
  readonly columns?: readonly Column[];
}

interface ApiColumn {
  readonly name: string;
  readonly type: string;
  readonly priority?: number;
  readonly description?: string;
}

interface ApiTableRow {
  readonly cells: readonly unknown[];
  readonly object: { readonly metadata: ApiMetadata };
}

interface ApiTable {
  readonly kind: 'Table';
  readonly columnDefinitions?: readonly ApiColumn[] | null;
  readonly rows: readonly ApiTableRow[];
}

/** Reads the pieces of tables as they come in lists and watches. One reader per watch: columns come once. */
export class TableReader {
  #columns: Column[] = [];
  /** Whether the columns of a list are still coming, one by one. */
  #collecting = false;

  /**
   * The object that a piece stands for: a watch event's object, or an element of a list's `columnDefinitions` or
   * `rows`. Undefined for a column. What is no table comes back as it is.
   */
  read = (piece: unknown): TableObject | undefined => {
    if (isTable(piece)) {
      if (piece.columnDefinitions?.length) this.#columns = piece.columnDefinitions.map(column);
      this.#collecting = false;
      const [row] = piece.rows;
      return row === undefined ? undefined : this.#row(row);
    }
    if (isRow(piece)) {
      this.#collecting = false;
      return this.#row(piece);
    }
    if (!isColumn(piece)) return piece as ApiObject;
    if (!this.#collecting) this.#columns = [];
    this.#collecting = true;
    this.#columns.push(column(piece));
    return undefined;
  };

  #row({ cells, object: { metadata } }: ApiTableRow): TableObject {
    return { metadata, cells, columns: this.#columns };
  }
}

const isObject = (piece: unknown): piece is object => typeof piece === 'object' && piece !== null;
const isTable = (piece: unknown): piece is ApiTable => isObject(piece) && 'kind' in piece && piece.kind === 'Table';
const isRow = (piece: unknown): piece is ApiTableRow => isObject(piece) && 'cells' in piece && 'object' in piece;
const isColumn = (piece: unknown): piece is ApiColumn =>
  isObject(piece) && 'name' in piece && 'type' in piece && !('metadata' in piece);

/** How the column for metadata.creationTimestamp is described, of Kubernetes' own kinds and of custom resources. */
const ageDescription = /^CreationTimestamp is |: \.metadata\.creationTimestamp$/;

const column = ({ name, type, priority = 0, description = '' }: ApiColumn): Column => ({
  name,
  priority,
  age: name === 'Age' && (type === 'date' || ageDescription.test(description)),
});
