/** Rules about what a built image gives away. */
import { t } from '../../core/l10n.ts';
import { type Rule, copiesAll, insertBefore, ofStage, on } from './finding.ts';

export const unpinnedBase: Rule = (context) => {
  const names = new Set<string>();
  return context.file.stages.flatMap(({ from, base, name }) => {
    const own = names.has(base);
    if (name !== undefined) names.add(name);
    if (own || base === 'scratch' || base === '' || base.includes('$') || base.includes('@')) return [];
    const tag = /:([\w][\w.-]*)$/.exec(base)?.[1];
    if (tag !== undefined && tag !== 'latest') return [];
    const message = t('{0} names no version: the next build may bring another one. Name a tag, or a digest.', base);
    return [on(context, from, 'unpinned-base', 'warning', message)];
  });
};

export const rootUser: Rule = (context) => {
  const last = context.file.stages.at(-1);
  if (last === undefined || /nonroot/.test(last.base)) return [];
  const inLast = ofStage(context, context.file.stages.length - 1);
  const user = inLast.findLast(({ keyword }) => keyword === 'USER');
  if (user !== undefined && !/^(?:root|0)(?::|$)/.test(user.text)) return [];
  // A stage that begins with another one of the file runs as that one does.
  const parent = context.file.stages.findIndex(({ name }) => name === last.base);
  if (user === undefined && parent >= 0 && ofStage(context, parent).some(({ keyword }) => keyword === 'USER'))
    return [];
  const start = inLast.find(({ keyword }) => keyword === 'ENTRYPOINT' || keyword === 'CMD');
  const title = t('Run as user 65532');
  const edits =
    user !== undefined
      ? [
          {
            line: user.line,
            column: 0,
            endLine: user.endLine,
            endColumn: context.lines[user.endLine]!.length,
            text: 'USER 65532:65532',
          },
        ]
      : start !== undefined
        ? [insertBefore(start, 'USER 65532:65532\n')]
        : undefined;
  const message = t(
    'The program runs as root: whoever breaks into it owns the container, and often the node. Set a USER.',
  );
  return [on(context, user ?? last.from, 'root-user', 'warning', message, edits && { title, edits })];
};

const secretName = /(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)(?:_|$)/i;
const secretFile = /(?:^|[\s/])(?:\.env|\.netrc|id_rsa|id_ed25519|\.git-credentials|[\w.-]+\.pem|[\w.-]+\.key)(?=\s|$)/;

export const secretInLayer: Rule = (context) =>
  context.file.instructions
    .filter(({ keyword, text, flags }) => {
      if (keyword === 'ENV' || keyword === 'ARG') return secretName.test(text.split(/[=\s]/)[0] ?? '');
      return (
        (keyword === 'COPY' || keyword === 'ADD') &&
        flags.every((flag) => !flag.startsWith('--from=')) &&
        secretFile.test(text)
      );
    })
    .map((one) => {
      const message = t(
        'A secret stays in the image for everybody who pulls it. Give it to the step that needs it: RUN --mount=type=secret.',
      );
      return on(context, one, 'secret-in-layer', 'warning', message);
    });

/** What a Go service's image never needs. */
export const ignoreFile = ['.git', '.vscode', '**/*_test.go', '**/testdata', '.env', '*.md', 'Dockerfile', ''].join(
  '\n',
);

export const missingIgnoreFile: Rule = (context) => {
  const copy = context.hasIgnoreFile ? undefined : context.file.instructions.find(copiesAll);
  if (copy === undefined) return [];
  const message = t(
    'Without a .dockerignore the whole folder goes to the engine, .git and local secrets too, and every change ends the cache.',
  );
  const fix = { title: t('Create .dockerignore'), edits: [], file: { name: '.dockerignore', text: ignoreFile } };
  return [on(context, copy, 'missing-dockerignore', 'information', message, fix)];
};
