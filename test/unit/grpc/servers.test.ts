import assert from 'node:assert/strict';
import { silentLog } from '../../../src/core/log.ts';
import { Channels } from '../../../src/grpc/channels.ts';
import { type Reach, Servers } from '../../../src/grpc/servers.ts';
import { parseTarget } from '../../../src/grpc/target.ts';

class CountedChannels extends Channels {
  calls = 0;

  override call(...args: Parameters<Channels['call']>): ReturnType<Channels['call']> {
    this.calls++;
    return super.call(...args);
  }
}

describe('servers', () => {
  it('are not called when the end came while the way to them was looked for', async () => {
    const [channels, way] = [new CountedChannels(), Promise.withResolvers<Reach>()];
    const servers = new Servers(channels, silentLog, () => way.promise);
    const loading = servers.load('one');
    servers.dispose();
    way.resolve({ target: parseTarget('127.0.0.1:1'), metadata: [], connection: {} });
    await loading;
    await channels.close();
    assert.equal(channels.calls, 0);
  });
});
