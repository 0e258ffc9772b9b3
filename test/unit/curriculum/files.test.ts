import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckContext } from '../../../src/curriculum/checks/context.ts';
import { runFiles } from '../../../src/curriculum/checks/files.ts';
import { EvidenceRecord } from '../../../src/curriculum/evidence.ts';

describe('the check of files', () => {
  let lab = '';
  before(async () => void (lab = await mkdtemp(join(tmpdir(), 'gantry-files-'))));
  after(() => rm(lab, { recursive: true, force: true }));

  /** What a learner reads of a claim about `deploy.yaml` with this text. */
  const seen = async (text: string, claim: object): Promise<readonly string[]> => {
    await writeFile(join(lab, 'deploy.yaml'), text);
    const record = new EvidenceRecord('files');
    const words = { en: 'words', 'zh-cn': '字' };
    const context = { lab, record, language: 'en' } as unknown as CheckContext;
    const files = [{ id: 'it', what: words, next: words, path: 'deploy.yaml', ...claim }];
    await runFiles({ id: 'files', type: 'files', files }, context);
    return record.evidence.map(({ ok, want, got }) => `${ok ? 'holds' : 'fails'} | ${want} | ${got}`);
  };

  it('shows no pattern to the learner, only what it looked for in words', async () => {
    const [wanted, unwanted] = [{ contains: ['^kind: \\w+$'] }, { lacks: ['im[a]ge'] }];
    assert.deepEqual(await seen('kind: Pod', wanted), ['holds | in deploy.yaml | it does']);
    assert.deepEqual(await seen('name: Pod', wanted), ['fails | in deploy.yaml | it is not there']);
    assert.deepEqual(await seen('image: x', unwanted), ['fails | in deploy.yaml | there is "image"']);
  });

  it('shows the fields of YAML that are wanted', async () => {
    const claim = { yaml: { spec: { replicas: 2 } } };
    assert.deepEqual(await seen('spec: { replicas: 2 }', claim), [
      'holds | in deploy.yaml {"spec":{"replicas":2}} | it does',
    ]);
  });
});
