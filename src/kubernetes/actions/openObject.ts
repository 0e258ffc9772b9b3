/** An object that is open as a text: its versions, which of them the editor has, and when it must be told of another. */
import type { ObjectRef } from '../apiResource.ts';
import type { KubeObject } from './apiCall.ts';

/** Versions of an object that edited texts may still start from. */
const mostVersions = 50;

const versionOf = ({ metadata }: KubeObject): string => metadata.resourceVersion ?? '';

export class OpenObject {
  readonly ref: ObjectRef;
  /** The key whose value the text is; undefined for the object itself. */
  readonly key: string | undefined;
  /** Whole objects by their resource version, oldest first: the text says from which one it was made. */
  readonly #versions = new Map<string, KubeObject>();
  readonly #now: () => number;
  #newest: KubeObject;
  #mtime: number;
  /** Resource version of the text that the editor read last. */
  #given: string | undefined;

  constructor(ref: ObjectRef, key: string | undefined, object: KubeObject, now: () => number) {
    this.ref = ref;
    this.key = key;
    this.#now = now;
    this.#newest = object;
    this.#mtime = now();
    this.#versions.set(versionOf(object), object);
  }

  get newest(): KubeObject {
    return this.#newest;
  }

  /** Milliseconds since the epoch; another one whenever the editor should read again. */
  get mtime(): number {
    return this.#mtime;
  }

  /** Notes a version of the object; whether it is another than the newest. */
  see(object: KubeObject): boolean {
    if (versionOf(object) === versionOf(this.#newest)) return false;
    this.#newest = object;
    this.#versions.set(versionOf(object), object);
    const [oldest] = this.#versions.keys();
    if (this.#versions.size > mostVersions && oldest !== undefined) this.#versions.delete(oldest);
    this.renew();
    return true;
  }

  /** The newest version, for the editor to show. */
  give(): KubeObject {
    this.#given = versionOf(this.#newest);
    return this.#newest;
  }

  /**
   * Whether the editor has another version than the newest. It takes no notice of changes while it saves or while the
   * text is edited, and what it was told then it does not ask for later.
   */
  get isBehind(): boolean {
    return this.#given !== undefined && this.#given !== versionOf(this.#newest);
  }

  /** Makes the text another one by its time, so that the editor does not take what it has for the newest. */
  renew(): void {
    this.#mtime = Math.max(this.#now(), this.#mtime + 1);
  }

  /** The object that a text was made of, by the version in it. */
  version(resourceVersion: string | undefined): KubeObject {
    return this.#versions.get(resourceVersion ?? '') ?? this.#newest;
  }
}
