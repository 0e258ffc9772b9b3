import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { readSnippets, snippetFiles } from '../../../scripts/lib/snippets.ts';
import { snippetsReadme } from '../../../scripts/snippets.ts';
import { expandSnippet, parseSnippet } from '../../support/snippetSyntax.ts';

describe('snippets', () => {
  it('have prefixes of their own, which begin with gt-', () => {
    const prefixes = snippetFiles.flatMap((file) => readSnippets(file)).map(({ prefix }) => prefix);
    assert.deepEqual(
      prefixes.filter((prefix, i) => !/^gt-[a-z]+(-[a-z]+)*$/.test(prefix) || prefixes.indexOf(prefix) !== i),
      [],
    );
    assert.ok(prefixes.length > 0);
  });

  for (const file of snippetFiles) {
    describe(file, () => {
      const snippets = readSnippets(file);

      for (const { name, description, body } of snippets) {
        it(`${name}: described in both languages`, () => {
          assert.match(description, /^[A-Z][^·\p{Script=Han}|]+ · [^·|]*\p{Script=Han}[^·|]*$/u);
        });

        it(`${name}: tab stops without a gap, each place of one alike, the cursor last`, () => {
          const stops = new Map<number, Set<string | undefined>>();
          for (const part of parseSnippet(body.join('\n'))) {
            if (typeof part !== 'string') stops.set(part.stop, (stops.get(part.stop) ?? new Set()).add(part.text));
          }
          const numbers = [...stops.keys()].sort((a, b) => a - b);
          assert.deepEqual(numbers, [...numbers.keys()]);
          assert.deepEqual(
            [...stops].filter(([stop, texts]) => texts.size !== 1 || (stop === 0) !== texts.has(undefined)),
            [],
          );
          assert.equal(body.at(-1), '$0');
        });
      }
    });
  }

  it('are contributed for the languages they are written in, but Go, whose imports come by completion', () => {
    const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      contributes: { snippets: { language: string; path: string }[]; languages: { id: string }[] };
    };
    assert.deepEqual(
      contributes.snippets.map(({ language, path }) => [language, path]),
      [
        ['yaml', './snippets/yaml.json'],
        ['dockerfile', './snippets/dockerfile.json'],
        ['proto3', './snippets/proto.json'],
        ['proto', './snippets/proto.json'],
      ],
    );
    // VS Code refuses snippets for a language that nobody has named; Dockerfile, Go and YAML it names itself.
    assert.deepEqual(contributes.languages, [{ id: 'proto3' }, { id: 'proto' }]);
  });

  it('stand in the table of snippets/README.md', async () => {
    assert.equal(readFileSync(join(root, 'snippets/README.md'), 'utf8'), await snippetsReadme());
  });

  describe('Dockerfiles', () => {
    for (const { name, body } of readSnippets('dockerfile')) {
      it(`${name}: copies from stages it has, and runs without rights`, () => {
        const lines = expandSnippet(body.join('\n')).split('\n');
        const stages = lines.flatMap((line) => /^FROM .+ AS (\w+)$/.exec(line)?.[1] ?? []);
        const copied = lines.flatMap((line) => /^COPY --from=(\w+) /.exec(line)?.[1] ?? []);
        assert.deepEqual([...new Set(copied)], stages);
        assert.deepEqual(
          lines.filter((line) => line.startsWith('USER ')),
          ['USER 65532:65532'],
        );
        assert.deepEqual(
          lines.filter(
            (line) => line !== '' && !/^(#|FROM|WORKDIR|COPY|RUN|ARG|USER|EXPOSE|ENTRYPOINT| {4}\S)/.test(line),
          ),
          [],
        );
      });
    }
  });

  describe('the syntax', () => {
    it('gives defaults, first choices and escaped characters', () => {
      assert.equal(expandSnippet('${1:a} $1 ${2|x,y|} \\$HOME \\} \\\\ ${3:\\}}$0'), 'a a x $HOME } \\ }');
    });

    for (const wrong of ['$', 'costs $x', '${1', '${1:open', '${1|a,b}', '${TM_FILENAME}']) {
      it(`refuses ${wrong}`, () => assert.throws(() => parseSnippet(wrong), /not a snippet/));
    }
  });
});
