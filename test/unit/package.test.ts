import assert from 'node:assert/strict';
import { filesToShip } from '../../scripts/package.ts';

describe('the VSIX', () => {
  // `npm start` packages first: a file that is neither allowed nor ignored would stop it on every machine.
  it('holds no file that may not ship, and every page that its README leads to', async () => {
    const files = await filesToShip();
    for (const page of ['manifest-rules', 'kubernetes-actions']) {
      for (const language of ['', '.zh-cn']) assert.ok(files.includes(`media/${page}${language}.md`), page);
    }
  });
});
