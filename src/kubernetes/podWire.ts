/**
 * The fields of a pod that its row is made of, by their numbers in k8s.io/api/core/v1/generated.proto and
 * k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto. Numbers of released fields never change.
 */
import { type Fields, flag, int, message, text, textEntry, time } from './protobuf.ts';

const ownerReference: Fields = { 1: ['kind', text], 3: ['name', text], 6: ['controller', flag] };

const metadata: Fields = {
  1: ['name', text],
  3: ['namespace', text],
  5: ['uid', text],
  6: ['resourceVersion', text],
  8: ['creationTimestamp', time],
  9: ['deletionTimestamp', time],
  11: ['labels', textEntry],
  13: ['ownerReferences', message(ownerReference), 'list'],
};

const container: Fields = { 1: ['name', text], 2: ['image', text], 24: ['restartPolicy', text] };

const spec: Fields = {
  2: ['containers', message(container), 'list'],
  10: ['nodeName', text],
  20: ['initContainers', message(container), 'list'],
};

const containerState: Fields = {
  1: ['waiting', message({ 1: ['reason', text] })],
  2: ['running', message({})],
  3: [
    'terminated',
    message({ 1: ['exitCode', int], 2: ['signal', int], 3: ['reason', text], 6: ['finishedAt', time] }),
  ],
};

const containerStatus: Fields = {
  1: ['name', text],
  2: ['state', message(containerState)],
  3: ['lastState', message(containerState)],
  4: ['ready', flag],
  5: ['restartCount', int],
  9: ['started', flag],
};

const status: Fields = {
  1: ['phase', text],
  2: ['conditions', message({ 1: ['type', text], 2: ['status', text], 5: ['reason', text] }), 'list'],
  4: ['reason', text],
  8: ['containerStatuses', message(containerStatus), 'list'],
  10: ['initContainerStatuses', message(containerStatus), 'list'],
  13: ['ephemeralContainerStatuses', message(containerStatus), 'list'],
};

export const podFields: Fields = {
  1: ['metadata', message(metadata)],
  2: ['spec', message(spec)],
  3: ['status', message(status)],
};
