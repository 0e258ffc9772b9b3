import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { readSnippets } from '../../../scripts/lib/snippets.ts';
import { itemsOf, readOutline } from '../../../src/curriculum/outline.ts';
import { createSnippets } from '../../../src/snippets/domain.ts';
import { pinOf } from '../../../src/snippets/goModule.ts';
import { expand } from '../../../src/snippets/preview.ts';
import { expandSnippet } from '../../support/snippetSyntax.ts';

const pins = JSON.parse(readFileSync(join(root, 'snippets/modules.json'), 'utf8')) as Record<string, string>;

const snippets = (language: 'en' | 'zh-cn') =>
  createSnippets({
    content: join(root, 'snippets'),
    language,
    trusted: () => false,
    lessonTitle: (id) => Promise.resolve(id === 'T8.1' ? 'Circuit breaker' : undefined),
  });

describe('patterns', () => {
  it('of Go say why, and what teaches them, in both languages', async () => {
    const known = new Set(itemsOf(await readOutline(join(root, 'curriculum'))).map(({ id }) => id));
    const wrong = readSnippets('go').filter(
      ({ reason = '', teaches = [] }) =>
        !/^[A-Z][^·\p{Script=Han}]+\. · [^·]*\p{Script=Han}[^·]*。$/u.test(reason) ||
        teaches.length === 0 ||
        teaches.some((id) => !known.has(id)),
    );
    assert.deepEqual(
      wrong.map(({ prefix }) => prefix),
      [],
    );
  });

  it('are offered with the versions they are proven with', () => {
    const goMod = readFileSync(join(root, 'test/fixtures/snippets/go.mod'), 'utf8');
    const tested = new Map(
      [...goMod.matchAll(/^(?:require)?\s+(\S+) (v\S+)/gm)].map(([, path, version]) => [path, version]),
    );
    assert.deepEqual(
      Object.entries(pins).filter(([path, version]) => tested.get(path) !== version),
      [],
    );
    const modules = Object.entries(pins).map(([path, version]) => ({ path, version }));
    const used = readSnippets('go').flatMap(({ imports = [] }) =>
      imports
        .map((entry) => entry.split(' ').at(-1)!)
        .filter((path) => path.split('/')[0]!.includes('.'))
        .map((path) => pinOf(path, modules)?.path ?? `no pin for ${path}`),
    );
    assert.deepEqual([...new Set(used)].sort(), Object.keys(pins).sort());
  });

  it('are previewed as they are put in', () => {
    for (const file of ['go', 'yaml', 'dockerfile', 'proto'] as const) {
      for (const { body, prefix } of readSnippets(file)) {
        assert.equal(expand(body.join('\n')), expandSnippet(body.join('\n')).trimEnd(), prefix);
      }
    }
  });

  it('are shown with what, why, the lesson and what they need', async () => {
    const [english, chinese] = [snippets('en'), snippets('zh-cn')];
    const breaker = await english.pattern('gt-breaker');
    assert.deepEqual((await english.document(breaker)).split('\n').slice(0, 6), [
      '// Stop calling a server that keeps failing, and try it again after a pause',
      '// A server that is down makes every caller wait; failing at once keeps them well and gives it room to recover.',
      '// Taught by: T8.1 Circuit breaker',
      `// Needs: github.com/sony/gobreaker/v2 ${pins['github.com/sony/gobreaker/v2']}`,
      '',
      'var errServerFailed = errors.New("the server failed")',
    ]);
    assert.match(await chinese.document(breaker), /^\/\/ HTTP 客户端熔断器/);
    const markdown = await english.markdown(breaker, (id) => `command:open?${id}`);
    assert.ok(markdown.includes('[T8.1 Circuit breaker](command:open?T8.1)'), markdown);
    const deployment = await english.pattern('gt-deployment');
    assert.match(await english.document(deployment), /^# A Deployment with .*\n\napiVersion: apps\/v1\n/);
  });

  it('run nothing in a workspace that is not trusted', async () => {
    const missing = { folder: root, packages: ['example.invalid/x@v1.0.0'], modules: [] };
    await assert.rejects(snippets('en').get(missing, new AbortController().signal), { kind: 'forbidden' });
  });

  it('that nobody knows are a failure with a sentence', async () => {
    await assert.rejects(snippets('en').pattern('gt-nothing'), { kind: 'notFound', message: /gt-nothing/ });
  });
});
