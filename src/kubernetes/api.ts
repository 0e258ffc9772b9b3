/**
 * The parts of the API's objects that rows are made of. Client-node's classes demand every field and hold dates as
 * Date; what comes over the wire has neither, so these say what is really there.
 */

/** As the API's JSON writes it, or in milliseconds since the epoch, as its protobuf is read. */
export type ApiTime = string | number;

export const milliseconds = (time: ApiTime | undefined): number =>
  typeof time === 'number' ? time : Date.parse(time ?? '') || 0;

export interface ApiMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: ApiTime;
  readonly deletionTimestamp?: ApiTime;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly controller?: boolean }[];
}

export interface ApiObject {
  readonly metadata: ApiMetadata;
}

export interface ApiContainerState {
  readonly waiting?: { readonly reason?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: {
    readonly reason?: string;
    readonly signal?: number;
    readonly exitCode?: number;
    readonly finishedAt?: ApiTime;
  };
}

export interface ApiContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly state?: ApiContainerState;
  readonly lastState?: ApiContainerState;
}

export interface ApiContainer {
  readonly name: string;
  readonly image?: string;
  readonly restartPolicy?: string;
}

export interface ApiPod extends ApiObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly ApiContainer[];
    readonly initContainers?: readonly ApiContainer[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly conditions?: readonly { readonly type: string; readonly status?: string; readonly reason?: string }[];
    readonly containerStatuses?: readonly ApiContainerStatus[];
    readonly initContainerStatuses?: readonly ApiContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly ApiContainerStatus[];
  };
}

export interface ApiService extends ApiObject {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly externalName?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly {
      readonly name?: string;
      readonly port: number;
      readonly nodePort?: number;
      /** A number, or the name of a port of the pods. */
      readonly targetPort?: number | string;
      readonly protocol?: string;
    }[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
}

export interface ApiNamespace extends ApiObject {
  readonly status?: { readonly phase?: string };
}

export interface ApiEndpointSlice extends ApiObject {
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly kind: string; readonly name: string };
  }[];
}

/** `kind: Status`: how the API says no. */
export interface ApiStatus {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly retryAfterSeconds?: number; readonly causes?: readonly ApiCause[] };
}

/** One of several reasons for a refusal: a field that is wrong, or one that somebody else manages. */
export interface ApiCause {
  /** `FieldManagerConflict`, `FieldValueInvalid` … */
  readonly reason?: string;
  readonly message?: string;
  /** `.spec.replicas`, `spec.ports[0].port`. */
  readonly field?: string;
}
