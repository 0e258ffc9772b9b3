/** Rows as `kubectl get` prints them. */
import { ageOf, ports, ready, restarts } from './columns.ts';
import type { KindName, RowTypes } from './kinds.ts';
import type { ObjectRow, PodRow, Row, ServiceRow } from './rows.ts';

export type AnyRow = RowTypes[KindName];

/** How one kind is printed. */
export interface Layout<R extends Row = Row> {
  readonly header: (row: R | undefined) => string[];
  /** @param now milliseconds since the epoch. */
  readonly cells: (row: R, now: number) => string[];
  /** What `--json` prints of a row. */
  readonly json: (row: R) => unknown;
}

const pods: Layout<PodRow> = {
  header: () => ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'],
  cells: (row, now) => [row.name, ready(row), row.status, restarts(row, now), ageOf(row.created, now)],
  json: (row) => row,
};

const services: Layout<ServiceRow> = {
  header: () => ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE'],
  cells: (row, now) => [row.name, row.type, row.clusterIp, row.externalIp, ports(row), ageOf(row.created, now)],
  json: (row) => row,
};

/** The server's own columns; of servers that make none, name and age. */
const objects: Layout<ObjectRow> = {
  header: (row) => (row?.columns.length ? shown(row).map(({ name }) => name.toUpperCase()) : ['NAME', 'AGE']),
  cells: (row, now) => {
    const age = ageOf(row.created, now);
    return row.columns.length > 0
      ? shown(row).map((column) => (column.age ? age : row.cells[row.columns.indexOf(column)]!))
      : [row.name, age];
  },
  json: ({ columns, cells, ...row }) => ({
    ...row,
    cells: Object.fromEntries(columns.flatMap(({ name, age }, index) => (age ? [] : [[name, cells[index]]]))),
  }),
};

const shown = ({ columns }: ObjectRow) => columns.filter(({ priority }) => priority === 0);

/** The layout of a query's rows. */
export function layoutOf(kind: 'pods' | 'services' | 'objects'): Layout<AnyRow> {
  return { pods, services, objects }[kind] as unknown as Layout<AnyRow>;
}
