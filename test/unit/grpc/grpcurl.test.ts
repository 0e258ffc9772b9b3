/** Lines of grpcurl: every flag is read and written back, and means the same call here. */
import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import { shellLine } from '../../../src/core/shell.ts';
import {
  callOfGrpcurl,
  grpcurlArguments,
  lineOfCall,
  lostInPanel,
  parseGrpcurl,
  readGrpcurlLine,
  shellWords,
} from '../../../src/grpc/grpcurl.ts';
import { grpcurlLines } from '../../support/grpcurlLines.ts';

describe('grpcurl lines', () => {
  for (const line of grpcurlLines) {
    it(`are written back as they were: ${line.join(' ')}`, () => {
      const words = grpcurlArguments(parseGrpcurl(line));
      assert.deepEqual([words, shellWords(shellLine(words))], [line, line]);
    });
  }

  it('are read as a shell reads them', () => {
    const line = `$ grpcurl -plaintext \\\n  -H 'user: it'\\''s me' -d "{\\"a\\": \\"b c\\"}" localhost:1 a.B/C`;
    assert.deepEqual(grpcurlArguments(readGrpcurlLine(line)), [
      '-plaintext',
      '-H',
      "user: it's me",
      '-d',
      '{"a": "b c"}',
      'localhost:1',
      'a.B/C',
    ]);
    assert.deepEqual(shellWords(String.raw`a "b \"c\" \\ \$d" e\ f ''`), ['a', 'b "c" \\ $d', 'e f', '']);
  });

  it('say what of them a panel has nothing for', () => {
    const lost = (flags: string): string[] => lostInPanel(readGrpcurlLine(`grpcurl ${flags} h:1 p.S/M`));
    const all = `-expand-headers -allow-unknown-fields -connect-timeout 2 -reflect-header 'a: 1' -reflect-header 'b: 2' -d @`;
    assert.deepEqual(lost(all), ['-expand-headers', '-allow-unknown-fields', '-connect-timeout', '-reflect-header', '-d @']); // prettier-ignore
    assert.deepEqual(lost(`-v -plaintext -expand-headers=false -H 'a: 1' -d '{}'`), []);
  });

  it('become calls', () => {
    const line = readGrpcurlLine(
      'grpcurl -cacert ca.pem -cert c.pem -key k.pem -authority a.test -servername s.test -max-msg-sz 9 -insecure ' +
        `-keepalive-time 400 -user-agent me -max-time 2.5 -H 'a: 1' -rpc-header 'b: 2' -reflect-header 'c: 3' -d '{}' h:1 p.S.M`,
    );
    assert.deepEqual(callOfGrpcurl(line), {
      target: 'tls:h:1',
      method: 'p.S/M',
      connection: {
        ca: 'ca.pem',
        cert: 'c.pem',
        key: 'k.pem',
        authority: 'a.test',
        serverName: 's.test',
        userAgent: 'me',
        skipVerify: true,
        maxMessageBytes: 9,
        keepalive: 400,
      },
      metadata: [
        ['a', '1'],
        ['b', '2'],
      ],
      reflectMetadata: [
        ['a', '1'],
        ['c', '3'],
      ],
      data: '{}',
      deadline: 2.5,
    });
  });

  it('are made of calls, and mean them', () => {
    for (const target of ['tls:h:1', 'http://h:1', 'unix:/run/a.sock']) {
      const call = {
        target,
        method: 'p.S/M',
        connection: target.startsWith('tls') ? { ca: 'ca.pem', maxMessageBytes: 9 } : {},
        metadata: [['a', "it's"]] as const,
        reflectMetadata: [['a', "it's"]] as const,
        data: '{"a": "b"}',
        deadline: 3,
      };
      const line = shellLine(['grpcurl', ...grpcurlArguments(lineOfCall(call))]);
      assert.deepEqual(callOfGrpcurl(readGrpcurlLine(line)), call);
    }
  });

  for (const [line, sentence] of [
    ['curl http://a', 'The line does not begin with grpcurl.'],
    ["grpcurl -d '{", 'A quote in the line is never closed.'],
    ['grpcurl -nothing a:1 b/C', 'There is no option -nothing.'],
    ['grpcurl -d', '-d needs a value.'],
    ['grpcurl -alts a:1 b/C', '-alts cannot be used here.'],
    ['grpcurl -format text a:1 b/C', '-format cannot be used here.'],
    ['grpcurl list', 'The line names no server: an address such as localhost:50051 is missing.'],
    ['grpcurl -max-time soon a:1 b/C', '“soon” is no number.'],
  ] as const) {
    it(`say what is wrong: ${line}`, () => {
      assert.throws(() => callOfGrpcurl(readGrpcurlLine(line)), new Failure('invalid', sentence));
    });
  }
});
