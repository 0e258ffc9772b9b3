/** Values of secrets are shown nowhere: in their place stands how large they are. */
import type { KubeObject } from './apiCall.ts';
import { isMap, textsAt } from './fields.ts';

/** Holds a copy of what was applied, values included. */
const copies = 'kubectl.kubernetes.io/last-applied-configuration';

/** Stands for a value: the same for the same size, so that it can be compared. No base64, so that it is never taken for one. */
export const mask = (bytes: number): string => `(${bytes} bytes, hidden)`;

/** A Secret with its values masked; any other object as it is. */
export function masked(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret') return object;
  const hide = (field: string, size: (text: string) => number): object =>
    isMap(object[field])
      ? {
          [field]: Object.fromEntries(
            Object.entries(textsAt(object, field)).map(([key, text]) => [key, mask(size(text))]),
          ),
        }
      : {};
  const { [copies]: copy, ...annotations } = object.metadata.annotations ?? {};
  return {
    ...object,
    ...(copy === undefined
      ? {}
      : { metadata: { ...object.metadata, annotations: { ...annotations, [copies]: mask(Buffer.byteLength(copy)) } } }),
    ...hide('data', (text) => Buffer.from(text, 'base64').length),
    ...hide('stringData', (text) => Buffer.byteLength(text)),
  };
}
