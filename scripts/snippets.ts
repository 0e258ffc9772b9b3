/**
 * Makes `snippets/README.md`, the table of all snippets, from their files. `npm run snippets` writes it; a unit
 * test says whether it is current.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { isMain, root } from './lib/project.ts';
import { readSnippets, type SnippetFile, snippetFiles } from './lib/snippets.ts';

const titles: Record<SnippetFile, string> = {
  go: 'Go',
  yaml: 'YAML',
  dockerfile: 'Dockerfile',
  proto: 'Protocol Buffers',
};

/** The whole text of `snippets/README.md`. */
export function snippetsReadme(): Promise<string> {
  return format([introduction, ...snippetFiles.map(section)].join('\n\n'), { parser: 'markdown', printWidth: 120 });
}

const introduction = `# Snippets

Type a prefix in a file of the language, or run **Gantry: Insert Pattern…**, which searches in what they are for and shows
each before it is put in. This table is made from the files beside it by \`scripts/snippets.ts\`.

- Descriptions and reasons hold both languages, "English · 中文", because VS Code does not translate snippets.
- Go snippets come as completions, which bring the imports the file lacks and offer \`go get\` for what go.mod lacks, at the
  version in \`modules.json\`: the one they were proven with.
- Each Go snippet is expanded with its defaults, formatted, vetted, run with the race detector and put through a test of
  its behaviour; for a pattern of resilience the same test is red without it. \`npm run test:snippets\` prints a row for each.
- Each YAML snippet passes Gantry's own validation for every Kubernetes version it knows, and each object a strict dry run
  of an API server. Each Dockerfile is built as far as there are base images, each proto file compiled by protoc.
- VS Code itself has no language for \`.proto\` files. The snippets are there for both ids that extensions give it,
  \`proto3\` and \`proto\`; Gantry claims no file extension, so that it cannot take their colours away.`;

function section(file: SnippetFile): string {
  const rows = readSnippets(file).map(({ prefix, description, imports = [], teaches = [] }) => {
    const [english, chinese] = description.split(' · ');
    const modules = imports
      .map((entry) => entry.split(' ').at(-1)!)
      .filter((path) => path.split('/')[0]!.includes('.'))
      .map((path) => `\`${path}\``);
    return [`\`${prefix}\``, english, chinese, ...(file === 'go' ? [teaches.join(', '), modules.join(', ')] : [])];
  });
  const heads = ['prefix', 'what', '说明', ...(file === 'go' ? ['taught by', 'needs'] : [])];
  const table = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `## ${titles[file]}\n\n${table.join('\n')}`;
}

if (isMain(import.meta.url)) await writeFile(join(root, 'snippets', 'README.md'), await snippetsReadme());
