import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { parseYaml } from '../../../src/core/yaml/parse.ts';
import { jsonSchemaDialect, type Schema } from '../../../src/core/yaml/schema.ts';
import { compileProblem, evaluateRules } from '../../../src/manifests/cel/evaluate.ts';
import { kubernetesEnvironment } from '../../../src/manifests/cel/library.ts';
import { loadCustomKinds } from '../../../src/manifests/custom.ts';
import { createManifests } from '../../../src/manifests/domain.ts';

const schemas = join(root, 'schemas');

/** What the rule says of a value of the schema: its message, `not evaluated`, or nothing. */
function judged(rule: string, yaml: string, schema: Schema): string | undefined {
  const withRule: Schema = { ...schema, 'x-kubernetes-validations': [{ rule, message: 'refused' }] };
  const value = parseYaml(yaml, 'yaml1.1').documents[0]!.root!;
  const [finding] = evaluateRules(value, withRule, jsonSchemaDialect(withRule), yaml);
  return finding?.code === 'rule-not-evaluated' ? 'not evaluated' : finding?.message;
}

const object = (properties: Readonly<Record<string, Schema>>): Schema => ({ type: 'object', properties });

describe('rules of custom resources (CEL)', () => {
  it('reads every rule that is shipped', async () => {
    const rules: string[] = [];
    const collect = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const { rule } of (value as Schema)['x-kubernetes-validations'] ?? []) rules.push(rule);
      Object.values(value).forEach(collect);
    };
    collect(await loadCustomKinds(schemas));
    const unread = rules.filter((rule) => compileProblem(rule) !== undefined);
    assert.ok(rules.length > 600, `${rules.length} rules`);
    assert.ok(unread.length <= rules.length * 0.05, unread.join('\n'));
  });

  it("refuses with the server's message, at the value the rule stands at", async () => {
    const text = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a}
spec:
  rules:
    - filters: [{type: RequestRedirect}]
      timeouts: {request: 1s, backendRequest: 2s}
      matches:
        - path: {type: Exact, value: /a//b}
`;
    const { findings } = await createManifests({ schemas }).validate(text, '1.34');
    assert.deepEqual(
      findings.map(({ code, path, message, source, range }) => [
        code,
        path,
        message,
        source,
        text.slice(range.start, range.end),
      ]),
      [
        [
          'refused',
          'spec.rules[0].filters[0]',
          'filter.requestRedirect must be specified for RequestRedirect filter.type',
          'Gateway API',
          '{type: RequestRedirect}',
        ],
        [
          'refused',
          'spec.rules[0].timeouts',
          'backendRequest timeout cannot be longer than request timeout',
          'Gateway API',
          '{request: 1s, backendRequest: 2s}',
        ],
        [
          'refused',
          'spec.rules[0].matches[0].path',
          "must not contain '//' when type one of ['Exact', 'PathPrefix']",
          'Gateway API',
          '{type: Exact, value: /a//b}',
        ],
      ],
    );
  });

  it('types values by their schema and fills in defaults', () => {
    const schema = object({
      count: { type: 'integer', default: 3 },
      share: { type: 'number' },
      wait: { type: 'string', format: 'duration' },
      at: { type: 'string', format: 'date-time' },
      port: { 'x-kubernetes-int-or-string': true },
      'a-b.c': { type: 'string' },
      namespace: { type: 'string' },
    });
    const yaml = `{share: 0.5, wait: 90s, at: 2026-01-02T03:04:05Z, port: 80, a-b.c: x, namespace: team, undeclared: z}`;
    const rules = [
      'self.count == 3',
      'self.share < 1.0',
      "self.wait > duration('1m')",
      'self.at.getFullYear() == 2026',
      'type(self.port) == int',
      "self.a__dash__b__dot__c == 'x' && self.__namespace__ == 'team'",
      '!has(self.undeclared)',
    ];
    assert.deepEqual(
      rules.filter((rule) => judged(rule, yaml, schema) !== undefined),
      [],
    );
    assert.equal(judged('self.count == 4', yaml, schema), 'refused');
  });

  it('reads what the library does not: `has` below an index, flags in patterns', () => {
    const schema: Schema = { type: 'array', items: object({ a: { type: 'string' } }) };
    assert.equal(judged('has(self[0].a) && self[0].a.matches("^(?i)x[a-z]$")', '[{a: XY}]', schema), undefined);
    assert.equal(judged('has(self[0].b)', '[{a: XY}]', schema), 'refused');
  });

  it('leaves rules on a change alone', () => {
    assert.equal(judged('self == oldSelf', 'a', { type: 'string' }), undefined);
  });

  it('says that a rule was not evaluated when it takes a function that is missing here', () => {
    assert.equal(judged('self.soundex() == "A000"', 'a', { type: 'string' }), 'not evaluated');
  });

  it('gives up a rule that looks into lists without end', () => {
    const schema: Schema = { type: 'array', items: { type: 'integer' } };
    const rule = 'self.all(a, self.all(b, self.all(c, a + b + c >= 0)))';
    const numbers = Array.from({ length: 300 }, (_, i) => i).join(', ');
    assert.equal(judged(rule, `[${numbers}]`, schema), 'not evaluated');
    assert.equal(judged(rule, '[1, 2]', schema), undefined);
  });

  it('refuses where the rule itself ends with an error, as the server does', () => {
    assert.equal(judged('self.a.b == 1', '{}', object({ a: object({}) })), 'refused');
  });

  it('uses the message expression, and the rule where there is no message', () => {
    const say = (rules: Schema['x-kubernetes-validations']): string[] => {
      const schema: Schema = { type: 'integer', 'x-kubernetes-validations': rules! };
      const value = parseYaml('5', 'yaml1.1').documents[0]!.root!;
      return evaluateRules(value, schema, jsonSchemaDialect(schema), '5').map(({ message }) => message);
    };
    assert.deepEqual(say([{ rule: 'self < 3', messageExpression: '"%d is not below 3".format([self])' }]), [
      '5 is not below 3',
    ]);
    assert.deepEqual(say([{ rule: 'self < 3', message: 'm', messageExpression: 'self / 0' }]), ['m']);
    assert.deepEqual(say([{ rule: 'self < 3' }]), ['failed rule: self < 3']);
  });

  const truths = `
    [1, 2, 2].isSorted() && !['b', 'a'].isSorted()
    [1, 2, 3].sum() == 6 && [3, 1].min() == 1 && [3, 1].max() == 3
    [1, 2, 1].lastIndexOf(1) == 2 && [1, 2].indexOf(9) == -1
    sets.contains([1, 2], [2]) && sets.equivalent([1, 2], [2, 1]) && !sets.intersects([1], [2])
    'abc123'.find('[0-9]+') == '123' && 'a1b2'.findAll('[0-9]') == ['1', '2']
    'a.b.c'.split('.').size() == 3 && 'aXbX'.replace('X', '-', 1) == 'a-bX' && 'abc'.charAt(1) == 'b'
    url('https://example.com:80/a?b=c').getHost() == 'example.com:80'
    url('https://[::1]:80/').getHostname() == '::1' && url('https://a:80/').getPort() == '80'
    url('https://a/b%20c').getEscapedPath() == '/b%20c' && url('/path').getScheme() == ''
    isURL('https://a') && isURL('/a') && !isURL('a b') && !isURL('example.com')
    isIP('1.2.3.4') && isIP('::1') && !isIP('1.2.3') && ip('127.0.0.1').isLoopback()
    ip('fe80::1').isLinkLocalUnicast() && ip('::1').family() == 6 && ip('8.8.8.8').isGlobalUnicast()
    cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))
    cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.0.0.0/8').prefixLength() == 8
    isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/33')
    isQuantity('1.5Gi') && !isQuantity('10Mb') && quantity('1Ki').asInteger() == 1024
    quantity('500m').isLessThan(quantity('1')) && quantity('1k').compareTo(quantity('1000')) == 0
    quantity('1').add(quantity('2')).sub(1) == quantity('2') && quantity('-1').sign() == -1
    isSemver('1.2.3-rc.1') && !isSemver('1.2') && semver('1.2.3').isGreaterThan(semver('1.2.3-rc.1'))
    semver('1.10.0').compareTo(semver('1.9.0')) == 1 && semver('1.2.3').minor() == 2
    !format.dns1123Label().validate('web').hasValue() && format.dns1123Label().validate('Web').hasValue()
    'x %s %d %%'.format(['a', 1]) == 'x a 1 %'
    {'a': 1}[?'b'].orValue(2) == 2
    [[1], [2]].flatten() == [1, 2] && [1, 1].distinct() == [1]
    cel.bind(x, 2, x + x == 4) && 1 < 1.5 && 2.0 == dyn(2)
  `;
  const environment = kubernetesEnvironment();
  for (const truth of truths
    .trim()
    .split('\n')
    .map((line) => line.trim()))
    it(`knows ${truth}`, () => assert.equal(environment.evaluate(truth), true));
});
