import assert from 'node:assert/strict';
import { podFields } from '../../../src/kubernetes/podWire.ts';
import { protobufCodec } from '../../../src/kubernetes/protobufCodec.ts';
import type { WatchEvent } from '../../../src/kubernetes/wire.ts';
import { encode, frame, wrapped } from '../../support/apiProtobuf.ts';

const type = 'application/vnd.kubernetes.protobuf;stream=watch';
const created = 1_767_225_600; // 2026-01-01T00:00:00Z

/** A pod with what is read of it, and between that what is not. */
const pod = encode(
  [
    1,
    encode(
      [1, 'web'],
      [2, 'web-'],
      [3, 'shop'],
      [5, 'uid-1'],
      [6, '42'],
      [7, 2 ** 40],
      [8, encode([1, created], [2, 7])],
      [11, encode([1, 'app'], [2, 'shop'])],
      [11, encode([1, 'empty'], [2, ''])],
      [12, encode([1, 'note'], [2, 'x'.repeat(300)])],
      [13, encode([1, 'ReplicaSet'], [3, 'web-7'], [5, 'apps/v1'], [6, true])],
      [17, encode([1, 'kubectl'])],
    ),
  ],
  [2, encode([1, encode([1, 'volume'])], [2, encode([1, 'main'], [2, 'image'])], [10, 'node-1'])],
  [
    3,
    encode(
      [1, 'Running'],
      [2, encode([1, 'Ready'], [2, 'True'])],
      [8, encode([1, 'main'], [2, encode([3, encode([1, -1], [3, 'Error'])])], [4, false], [5, 3])],
    ),
  ],
);

const read = {
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'uid-1',
    resourceVersion: '42',
    creationTimestamp: created * 1000,
    labels: Object.assign(Object.create(null), { app: 'shop', empty: '' }),
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web-7', controller: true }],
  },
  spec: { containers: [{ name: 'main', image: 'image' }], nodeName: 'node-1' },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      { name: 'main', state: { terminated: { exitCode: -1, reason: 'Error' } }, ready: false, restartCount: 3 },
    ],
  },
};

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function events(bytes: Uint8Array, size: number): Promise<WatchEvent[]> {
  const found: WatchEvent[] = [];
  for await (const event of protobufCodec(podFields).events({ status: 200, type, body: inPieces(bytes, size) })) {
    found.push(event);
  }
  return found;
}

describe('protobuf of the API', () => {
  const bookmark = frame(
    'BOOKMARK',
    encode([1, encode([6, '50'], [12, encode([1, 'k8s.io/initial-events-end'], [2, 'true'])])]),
  );
  const error = frame('ERROR', encode([3, 'too old'], [4, 'Expired'], [6, 410]));
  const watch = Buffer.concat([frame('ADDED', pod), bookmark, error]);

  for (const size of [1, 3, 1000]) {
    it(`reads the events of a watch that comes in pieces of ${size}`, async () => {
      assert.deepEqual(await events(watch, size), [
        { type: 'ADDED', object: read },
        {
          type: 'BOOKMARK',
          object: {
            metadata: {
              resourceVersion: '50',
              annotations: Object.assign(Object.create(null), { 'k8s.io/initial-events-end': 'true' }),
            },
          },
        },
        { type: 'ERROR', object: { message: 'too old', reason: 'Expired', code: 410 } },
      ]);
    });
  }

  it('reads a list and what it says of itself', async () => {
    const body = wrapped(encode([1, encode([2, '60'], [3, 'token'])], [2, pod], [2, pod]));
    const items = protobufCodec(podFields).list({ status: 200, type, body: inPieces(body, 100) });
    const found: unknown[] = [];
    for (;;) {
      const { done, value } = await items.next();
      found.push(value);
      if (done) break;
    }
    assert.deepEqual(found, [read, read, { metadata: { resourceVersion: '60', continue: 'token' } }]);
  });

  it('understands JSON from a server that has nothing else', async () => {
    const body = inPieces(Buffer.from('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n'), 7);
    const found: WatchEvent[] = [];
    for await (const event of protobufCodec(podFields).events({ status: 200, type: 'application/json', body })) {
      found.push(event);
    }
    assert.deepEqual(found, [{ type: 'ADDED', object: { metadata: { name: 'a' } } }]);
  });

  it('takes nothing for an object that is torn or is none, wherever it broke', async () => {
    const whole = frame('ADDED', pod);
    for (let length = 1; length < whole.length; length++) {
      await assert.rejects(events(whole.subarray(0, length), 100), SyntaxError, `${length} bytes`);
      const torn = Buffer.from(whole.subarray(0, length));
      if (length < 5) continue;
      torn.writeUInt32BE(length - 4); // A frame that is whole, of a message that is not.
      await assert.rejects(events(torn, 100), SyntaxError, `${length} bytes in a frame`);
    }
  });

  it('refuses a frame of a size that no object has', async () => {
    await assert.rejects(events(Buffer.from([0xff, 0xff, 0xff, 0xff, 0]), 100), SyntaxError);
    await assert.rejects(events(Buffer.from([0, 0, 0, 0, 0]), 100), SyntaxError);
  });
});
