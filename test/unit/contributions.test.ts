import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { views } from '../../src/editor/contributions.ts';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  contributes: {
    commands: { command: string; title: string }[];
    views: Record<string, { id: string }[]>;
    configuration: { properties: Record<string, unknown> };
    menus: Record<string, { command: string; when: string; group: string }[]>;
  };
};
const { contributes } = manifest;

/** The ids that an interface of contributions.ts declares; types leave nothing behind at run time, so the text is read. */
function declared(name: string): string[] {
  const source = readFileSync(join(root, 'src/editor/contributions.ts'), 'utf8');
  const body = new RegExp(`interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? '';
  return [...body.matchAll(/^ {2}'([^']+)'/gm)].map(([, id]) => id!).sort();
}

describe('package.json and contributions.ts agree', () => {
  it('on commands', () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), declared('Commands'));
  });

  it('on settings', () => {
    assert.deepEqual(Object.keys(contributes.configuration.properties).sort(), declared('Settings'));
  });

  it('on the five views', () => {
    assert.deepEqual(
      contributes.views['gantry']?.map(({ id }) => id),
      Object.values(views),
    );
  });

  it('and menus name commands that exist', () => {
    const commands = new Set(declared('Commands'));
    const named = Object.values(contributes.menus)
      .flat()
      .map(({ command }) => command);
    assert.deepEqual(
      named.filter((command) => !commands.has(command)),
      [],
    );
  });

  it('and the keyboard reaches what has a button on a row', () => {
    const items = contributes.menus['view/item/context']!;
    const inMenus = items.filter(({ group }) => !group.startsWith('inline'));
    const view = /view (?:==|=~) (\S+)/;
    const unreachable = items.filter(
      ({ command, when }) =>
        !inMenus.some((item) => item.command === command && view.exec(item.when)![1] === view.exec(when)![1]),
    );
    assert.deepEqual(
      unreachable.map(({ command }) => command),
      [],
    );
  });
});
