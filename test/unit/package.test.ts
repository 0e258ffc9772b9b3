import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { filesToShip } from '../../scripts/package.ts';
import { pages, referencePage } from '../../scripts/reference.ts';
import { milestones } from '../../src/editor/contributions.ts';

describe('the VSIX', () => {
  // `npm start` packages first: a file that is neither allowed nor ignored would stop it on every machine.
  it('holds no file that may not ship, and every page that its README leads to', async () => {
    const files = await filesToShip();
    for (const page of ['manifest-rules', 'kubernetes-actions', 'commands']) {
      for (const language of ['', '.zh-cn']) assert.ok(files.includes(`media/${page}${language}.md`), page);
    }
  });

  for (const [path, language] of Object.entries(pages))
    it(`has every command and setting in ${path} (npm run reference)`, async () => {
      assert.equal(readFileSync(join(root, path), 'utf8'), await referencePage(language));
    });

  it('has one walkthrough, whose steps are done by what really happened', () => {
    const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const [walkthrough, ...others] = contributes.walkthroughs;
    const events = walkthrough.steps.flatMap(
      ({ completionEvents }: { completionEvents: string[] }) => completionEvents,
    );
    assert.deepEqual([events, others], [Object.values(milestones).map((key) => `onContext:${key}`), []]);
  });

  it('holds what the walkthrough shows, and its buttons run commands that there are', async () => {
    const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const files = await filesToShip();
    const commands = new Set([
      ...contributes.commands.map(({ command }: { command: string }) => command),
      ...contributes.views.gantry.map(({ id }: { id: string }) => `${id}.focus`),
    ]);
    for (const language of ['', '.zh-cn']) {
      const texts = JSON.parse(readFileSync(join(root, `package.nls${language}.json`), 'utf8'));
      for (const { description, media } of contributes.walkthroughs[0].steps) {
        assert.ok(files.includes(texts[media.image.slice(1, -1)]), JSON.stringify(media));
        const run = [...texts[description.slice(1, -1)].matchAll(/\(command:([^)]+)\)/g)].map(([, command]) => command);
        assert.ok(run.length > 0 && run.every((command) => commands.has(command)), `${description}: ${run.join(', ')}`);
      }
    }
  });
});
