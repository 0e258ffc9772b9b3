/** Request files: read, checked, sent through scripted servers, judged. */
import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import { explainAt, suggestAt } from '../../../src/core/yaml/assist.ts';
import type { CallRequest } from '../../../src/grpc/domain.ts';
import type { CallEvent } from '../../../src/grpc/events.ts';
import { checkPlace, kubernetesPlaceText, readKubernetesPlace } from '../../../src/grpc/places.ts';
import { parseRun } from '../../../src/grpc/requests/cli.ts';
import { readRequests, requestsDialect, requestsRules, requestsSchema } from '../../../src/grpc/requests/document.ts';
import type { HttpRequest } from '../../../src/grpc/requests/httpCall.ts';
import { resultText } from '../../../src/grpc/requests/resultText.ts';
import { type RunDeps, type RunEvent, type RunOptions, runRequests } from '../../../src/grpc/requests/run.ts';
import { withNeeds } from '../../../src/grpc/requests/needs.ts';
import { parseTarget } from '../../../src/grpc/target.ts';
import { expand } from '../../../src/grpc/variables.ts';
import { never } from '../../support/grpcCalls.ts';

describe('a file of requests', () => {
  const problems = (text: string): string[] => readRequests(text).problems.map(({ message }) => message);

  it('is read with what is wrong at its place', () => {
    const text = `target: localhost:1
requests:
  - name: a
    grpc: p.S/M
    mesage: {}
  - name: a
    http: GET /x
    message: {}
  - {}
  - {grpc: a.B/C, http: GET /}
`;
    assert.deepEqual(
      readRequests(text).problems.map(({ message, range }) => [text.slice(range.start, range.end), message]),
      [
        ['mesage', 'Unknown field "mesage". Did you mean "message"?'],
        ['message', 'message has no meaning for a request of the kind http.'],
        ['{}', 'A request needs one of grpc, http and graphql.'],
        ['http', 'A request is one of grpc, http and graphql, not grpc and http.'],
        ['a', 'There is another request called a.'],
      ],
    );
  });

  it('has nothing wrong that is written as the schema says', () => {
    assert.deepEqual(
      problems(`variables: {port: 1, secure: false}
environments: {staging: {port: 2}}
requests:
  - grpc: p.S/M
    messages: [{id: 9223372036854775807}]
    expect: {status: OK, checks: [{path: count, atLeast: 1}]}
    capture: {id: message.id}
  - graphql: http://localhost/graphql
    query: '{ me { name } }'
    arguments: {id: "\${id}"}
`),
      [],
    );
  });

  for (const text of ['', 'requests:', '- 1', 'a: b', '{', 'requests: 1', '\0', 'requests: [1, null, "x"]']) {
    it(`is no reason to fall over when it is ${JSON.stringify(text)}`, () => {
      assert.deepEqual(readRequests(text).requests, []);
    });
  }

  const format = { schema: requestsSchema, dialect: requestsDialect, rules: requestsRules } as const;

  it('is completed and explained by its schema', () => {
    const text = 'requests:\n  - grpc: p.S/M\n    expect:\n      st\n';
    const offset = text.indexOf('st\n') + 2;
    const labels = suggestAt(text, offset, format).map(({ label }) => label);
    assert.deepEqual(
      [labels, explainAt(text, text.indexOf('grpc'), format)?.text],
      [
        ['status', 'message', 'messages', 'headers', 'within', 'checks'],
        '**grpc** `string`\n\nThe method: package.Service/Method.',
      ],
    );
  });
});

describe('sending requests of a file', () => {
  /** What reached the servers. */
  let sent: unknown[];
  beforeEach(() => (sent = []));

  const deps: RunDeps = {
    async *call({ target, method, messages, metadata, deadline }: CallRequest): AsyncGenerator<CallEvent> {
      const texts: string[] = [];
      for await (const message of messages) texts.push(message);
      sent.push({ target, method, messages: texts, metadata, deadline });
      const missing = method.endsWith('Missing');
      yield { kind: 'headers', metadata: [['X-Kind', 'test']], at: 1 };
      if (!missing) yield { kind: 'message', json: '{"order": {"id": "9223372036854775807", "lines": [1, 2]}}', bytes: 1, at: 2 }; // prettier-ignore
      yield {
        kind: 'trailers',
        code: missing ? 5 : 0,
        codeName: missing ? 'NOT_FOUND' : 'OK',
        details: missing ? 'no such order' : '',
        metadata: [],
        decodedDetails: [],
        timing: { total: 3 },
      };
    },
    http: async (request: HttpRequest) => {
      sent.push(request);
      return { status: '200', details: '', messages: [{ ok: true }], headers: {}, trailers: {}, milliseconds: 1 };
    },
    locate: async (target) => ({ target: parseTarget(target), metadata: [['t', '1']], connection: {} }),
    variables: {
      value: (name) => (name === 'outer' ? 'from outside' : undefined),
      env: { HOST: 'localhost:7' },
      secret: async (name) => (name === 'token' ? 's3cret' : undefined),
    },
  };

  /** Name → what was complained of. */
  async function run(text: string, options: Partial<RunOptions> = {}, only?: number): Promise<unknown> {
    const document = readRequests(text);
    assert.deepEqual(document.problems, []);
    const wanted = document.requests.filter(({ index }) => only === undefined || index === only);
    const outcomes: unknown[] = [];
    for await (const event of runRequests(
      document,
      withNeeds(document, wanted),
      deps,
      { deadline: 15, ...options },
      never,
    )) {
      if (event.kind !== 'ended') continue;
      const { complaints } = event.outcome;
      outcomes.push([event.entry.name, complaints.map(({ range, message }) => `${text.slice(range.start, range.end)}: ${message}`)]); // prettier-ignore
    }
    return outcomes;
  }

  it('replaces variables, keeps the digits of numbers, and sends with a request what it and the file say', async () => {
    const text = `target: "\${env:HOST}"
variables: {who: "\${name}", name: Ada}
metadata: {authorization: "Bearer \${secret:token}", a: file}
requests:
  - grpc: p.S/M
    metadata: {A: own}
    deadline: 2
    message: {big: 9223372036854775807, float: 1.50, who: "\${who} \${outer} $\${kept}", list: [true, null]}
`;
    assert.deepEqual(await run(text), [['p.S/M', []]]);
    assert.deepEqual(sent, [
      {
        target: 'localhost:7',
        method: 'p.S/M',
        messages: [
          '{"big": 9223372036854775807, "float": 1.50, "who": "Ada from outside ${kept}", "list": [true, null]}',
        ],
        metadata: [['authorization', 'Bearer s3cret'], ['A', 'own']], // prettier-ignore
        deadline: 2,
      },
    ]);
  });

  it('gives values of answers to later requests, and sends first what a single one needs', async () => {
    const text = `target: a:1
requests:
  - {name: unused, grpc: p.S/M}
  - {name: first, grpc: p.S/M, capture: {id: message.order.id}}
  - {name: second, grpc: p.S/M, message: {id: "\${id}"}}
`;
    assert.deepEqual(await run(text, {}, 2), [['first', []], ['second', []]]); // prettier-ignore
    assert.deepEqual((sent[1] as { messages: unknown }).messages, ['{"id": "9223372036854775807"}']);
  });

  it('takes values of the environment, and over all those that are given', async () => {
    const text = `variables: {a: file, b: file, c: file}
environments: {staging: {b: staging, c: staging}}
requests:
  - {grpc: p.S/M, target: "x:1", message: {v: "\${a} \${b} \${c}"}}
`;
    await run(text, { environment: 'staging', variables: new Map([['c', 'given']]) });
    assert.deepEqual((sent[0] as { messages: unknown }).messages, ['{"v": "file staging given"}']);
  });

  it('complains at what is not as expected', async () => {
    const text = `target: a:1
requests:
  - {name: status, grpc: p.S/Missing}
  - {name: other, grpc: p.S/Missing, expect: {status: OK}}
  - {name: wanted, grpc: p.S/Missing, expect: {status: NOT_FOUND}}
  - name: all
    grpc: p.S/M
    capture: {x: message.nothing}
    expect:
      message: {order: {id: 9223372036854775807, lines: [1, 3]}}
      headers: {x-kind: test}
      checks:
        - {path: message.order.id, equals: 9223372036854775807}
        - {path: message.order.id, matches: '^x'}
        - {path: message.order.lines, contains: 2}
        - {path: message.order.lines, contains: 7}
        - {path: message.order.lines, atMost: 1}
        - {path: count, atLeast: 2}
        - {path: message.order.gone, exists: true}
`;
    assert.deepEqual(await run(text), [
      ['status', ['name: status, grpc: p.S/Missing}: The status is NOT_FOUND (no such order).']],
      ['other', ['OK: The status is NOT_FOUND (no such order), not OK.']],
      ['wanted', []],
      [
        'all',
        [
          '{order: {id: 9223372036854775807, lines: [1, 3]}}: message.order.lines[1] is 2, not 3.',
          '\'^x\': message.order.id is "9223372036854775807", which does not match ^x.',
          '7: message.order.lines is [1,2], which does not contain 7.',
          '1: message.order.lines is [1,2], more than 1.',
          '2: count is 1, less than 2.',
          'true: There is no message.order.gone.',
          'message.nothing: There is no message.nothing to keep as x.',
        ],
      ],
    ]);
  });

  it('speaks HTTP and GraphQL with the same variables, a path of the target too', async () => {
    const text = `target: tls:api:8443
variables: {id: "7"}
requests:
  - {name: path, http: "PUT /items/\${id}", headers: {X-A: "\${id}"}, body: {n: 12345678901234567890}}
  - {name: url, http: http://other/x, expect: {message: {ok: true}}}
  - {name: query, graphql: http://other/graphql, query: "query($id: ID) { a }", arguments: {id: "\${id}"}}
`;
    assert.deepEqual(await run(text), [['path', []], ['url', []], ['query', []]]); // prettier-ignore
    const json = { 'content-type': 'application/json' };
    assert.deepEqual(sent, [
      { method: 'PUT', url: 'https://api:8443/items/7', headers: { t: '1', 'x-a': '7', ...json }, body: '{"n": 12345678901234567890}', connection: {} }, // prettier-ignore
      { method: 'GET', url: 'http://other/x', headers: {}, body: undefined, connection: {} },
      { method: 'POST', url: 'http://other/graphql', headers: json, body: '{"query": "query($id: ID) { a }", "variables": {"id": "7"}}', connection: {} }, // prettier-ignore
    ]);
  });

  it('says what is missing, and goes on', async () => {
    const text = `requests:
  - {name: variable, grpc: p.S/M, target: "a:1", message: {x: "\${gone}"}}
  - {name: server, grpc: p.S/M}
  - {name: good, grpc: p.S/M, target: "a:1"}
`;
    const outcomes = (await run(text)) as [string, string[]][];
    const [variable, server, good] = outcomes.map(([, complaints]) => complaints);
    assert.match(variable![0]!, /There is no variable gone\./);
    assert.match(server![0]!, /says no server: add target/);
    assert.deepEqual(good, []);
  });

  it('is told as text that can be read again', async () => {
    const document = readRequests('target: a:1\nrequests: [{name: one, grpc: p.S/M}]\n');
    const events: RunEvent[] = [];
    for await (const event of runRequests(document, document.requests, deps, { deadline: 1 }, never))
      events.push(event);
    assert.equal(
      resultText(events, false),
      `---
# one: as expected
# a:1
status: "OK"
milliseconds: 3
headers: {"x-kind":"test"}
message: {
  "order": {
    "id": "9223372036854775807",
    "lines": [
      1,
      2
    ]
  }
}
`,
    );
  });
});

describe('variables and places', () => {
  it('end when a variable refers to itself', async () => {
    await assert.rejects(
      expand('${a}', { value: () => '${a}' }),
      new Failure('invalid', 'The variable a refers to itself.'),
    );
  });

  it('are written back as they are read', () => {
    const text = 'k8s://kind-dev/shop/svc/orders:50051';
    const place = readKubernetesPlace(text)!;
    assert.deepEqual(
      [place, kubernetesPlaceText({ ...place, context: '/home/me/a#b' })],
      [
        { context: 'kind-dev', namespace: 'shop', kind: 'Service', name: 'orders', port: 50051 },
        'k8s://%2Fhome%2Fme%2Fa%23b/shop/Service/orders:50051',
      ],
    );
    assert.equal(readKubernetesPlace('k8s://%2Fhome%2Fme%2Fa%23b/shop/Service/orders:50051')?.context, '/home/me/a#b');
  });

  for (const text of ['k8s://a', 'k8s://a/b/c/d', 'container://x', 'nothing']) {
    it(`refuse ${text}`, () => assert.throws(() => checkPlace(text), Failure));
  }
});

describe('the arguments of gantry grpc run', () => {
  it('are read in any order', () => {
    assert.deepEqual(parseRun(['a.grpc.yaml', '--env', 'x', '--var=a=b=c', '--request', 'one', '--json']), {
      files: ['a.grpc.yaml'],
      requests: ['one'],
      options: { variables: new Map([['a', 'b=c']]), environment: 'x' },
      verbose: false,
      json: true,
    });
  });

  for (const args of [
    [],
    ['-x', 'a'],
    ['a', '--env'],
    ['a', '--nothing'],
    ['a', '--deadline', '0'],
    ['a', '--var', 'x'],
  ]) {
    it(`refuse ${args.join(' ')}`, () => assert.throws(() => parseRun(args), Failure));
  }
});
