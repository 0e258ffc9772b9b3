/** Rules about the form of a Dockerfile. */
import { t } from '../../core/l10n.ts';
import { nearest } from '../../core/yaml/nearest.ts';
import { type Rule, ofStage, on } from './finding.ts';
import { instructionNames } from './help.ts';

export const unknownInstruction: Rule = (context) =>
  context.file.instructions
    .filter(({ keyword }) => !instructionNames.includes(keyword))
    .map((one) => {
      const guess = nearest(one.keyword, instructionNames);
      const edit = {
        line: one.line,
        column: one.column,
        endLine: one.line,
        endColumn: one.column + one.keyword.length,
      };
      const fix =
        guess === undefined ? undefined : { title: t('Change to {0}', guess), edits: [{ ...edit, text: guess }] };
      return on(
        context,
        one,
        'unknown-instruction',
        'error',
        t('{0} is no instruction of a Dockerfile.', one.keyword),
        fix,
      );
    });

export const addInsteadOfCopy: Rule = (context) =>
  context.file.instructions
    .filter(
      ({ keyword, text }) => keyword === 'ADD' && !/^(?:https?|git|ssh):|git@|\.(?:tar|tgz|gz|xz|bz2|zst)\b/.test(text),
    )
    .map((one) => {
      const edit = { line: one.line, column: one.column, endLine: one.line, endColumn: one.column + 3, text: 'COPY' };
      const message = t('ADD also downloads and unpacks. COPY says that files are copied and nothing else.');
      return on(context, one, 'add-instead-of-copy', 'information', message, {
        title: t('Change to {0}', 'COPY'),
        edits: [edit],
      });
    });

export const repeated: Rule = (context) =>
  context.file.stages.flatMap((_, stage) =>
    (['CMD', 'ENTRYPOINT'] as const).flatMap((keyword) =>
      ofStage(context, stage)
        .filter((one) => one.keyword === keyword)
        .slice(0, -1)
        .map((one) =>
          on(
            context,
            one,
            'repeated',
            'warning',
            t('Only the last {0} of a stage counts; this one has no effect.', keyword),
          ),
        ),
    ),
  );

export const relativeWorkdir: Rule = (context) =>
  context.file.instructions
    .filter(({ keyword, text }) => keyword === 'WORKDIR' && /^[^/$"'\\]/.test(text) && !/^[A-Za-z]:/.test(text))
    .map((one) =>
      on(
        context,
        one,
        'relative-workdir',
        'information',
        t('A relative WORKDIR depends on the base image. Begin it with a slash.'),
      ),
    );
