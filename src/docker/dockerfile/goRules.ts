/** Rules about Go services in images. */
import { t } from '../../core/l10n.ts';
import { type Rule, copiesAll, insertBefore, ofStage, on } from './finding.ts';

export const dependencyOrder: Rule = (context) => {
  if (context.isVendored === true) return [];
  return context.file.stages.flatMap((_, stage) => {
    const inStage = ofStage(context, stage);
    const build = inStage.findIndex(
      ({ keyword, text }) => keyword === 'RUN' && /\bgo (?:build|install|mod download)\b/.test(text),
    );
    const all = inStage.findIndex(copiesAll);
    if (
      all < 0 ||
      build < all ||
      inStage.slice(0, all).some(({ keyword, text }) => keyword === 'COPY' && /\bgo\.mod\b/.test(text))
    )
      return [];
    const message = t(
      'The sources are copied before the modules are downloaded, so each change of a source downloads them all again.',
    );
    const fix = {
      title: t('Download modules first'),
      edits: [insertBefore(inStage[all]!, 'COPY go.mod go.sum* ./\nRUN go mod download\n')],
    };
    return [on(context, inStage[all]!, 'dependency-order', 'information', message, fix)];
  });
};

const staticBase = (base: string): boolean => base === 'scratch' || /distroless\/static/.test(base);

export const cgoBeforeScratch: Rule = (context) => {
  const last = context.file.stages.at(-1);
  if (last === undefined || !staticBase(last.base)) return [];
  const { instructions } = context.file;
  if (instructions.some(({ keyword, text }) => keyword === 'ENV' && /\bCGO_ENABLED[= ]"?0/.test(text))) return [];
  return instructions
    .filter(
      ({ keyword, text }) => keyword === 'RUN' && /\bgo (?:build|install)\b/.test(text) && !/CGO_ENABLED=0/.test(text),
    )
    .map((one) => {
      const message = t(
        '{0} has no C library. A program that was linked against one does not start there ("no such file or directory"). Build with CGO_ENABLED=0.',
        last.base,
      );
      const line = context.lines.findIndex(
        (text, i) => i >= one.line && i <= one.endLine && /\bgo (?:build|install)\b/.test(text),
      );
      const column = line < 0 ? -1 : context.lines[line]!.search(/\bgo (?:build|install)\b/);
      const fix = {
        title: t('Build with CGO_ENABLED=0'),
        edits: [{ line, column, endLine: line, endColumn: column, text: 'CGO_ENABLED=0 ' }],
      };
      return on(context, one, 'cgo-before-scratch', 'warning', message, column < 0 ? undefined : fix);
    });
};

export const shellForm: Rule = (context) =>
  context.file.instructions
    .filter(
      ({ keyword, text }) => (keyword === 'ENTRYPOINT' || keyword === 'CMD') && text !== '' && !text.startsWith('['),
    )
    .map((one) => {
      const message = t(
        'In this form /bin/sh runs the program and keeps SIGTERM for itself: the service is killed instead of draining. Write a JSON list.',
      );
      const simple = /^[\w@%+=:,./ -]+$/.test(one.text);
      const text = `${one.keyword} ${JSON.stringify(one.text.split(/\s+/)).replaceAll('","', '", "')}`;
      const edit = {
        line: one.line,
        column: one.column,
        endLine: one.endLine,
        endColumn: context.lines[one.endLine]!.length,
        text,
      };
      return on(
        context,
        one,
        'shell-form',
        'warning',
        message,
        simple ? { title: t('Write as a JSON list'), edits: [edit] } : undefined,
      );
    });
