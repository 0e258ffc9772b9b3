/**
 * Makes `media/commands.md` and its Chinese twin, the pages of every command and setting, from package.json and the texts
 * beside it. `npm run reference` writes them; a unit test says whether they are current.
 */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PageLanguage, pageIn } from './lib/page.ts';
import { isMain, root } from './lib/project.ts';

export const pages = { 'media/commands.md': 'en', 'media/commands.zh-cn.md': 'zh-cn' } as const;

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly views: { readonly gantry: readonly { readonly id: string; readonly name: string }[] };
    readonly menus: Readonly<Record<string, readonly { readonly command?: string; readonly when?: string }[]>>;
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
  };
}

interface Setting {
  readonly default: unknown;
  readonly markdownDescription?: string;
  readonly description?: string;
}

/** The parts in the order a person meets them, by the word in the ids of their commands. */
const parts: Readonly<Record<string, Record<PageLanguage, string>>> = {
  kubernetes: { en: 'Services and pods', 'zh-cn': '服务与 Pod' },
  cluster: { en: 'Local clusters', 'zh-cn': '本地集群' },
  devloop: { en: 'Run on a cluster', 'zh-cn': '在集群上运行' },
  docker: { en: 'Containers', 'zh-cn': '容器' },
  grpc: { en: 'gRPC', 'zh-cn': 'gRPC' },
  manifests: { en: 'Manifests', 'zh-cn': '清单' },
  curriculum: { en: 'Curriculum', 'zh-cn': '课程' },
  snippets: { en: 'Snippets', 'zh-cn': '代码片段' },
  scaffold: { en: 'New services', 'zh-cn': '新建服务' },
  toolchain: { en: 'Tools', 'zh-cn': '工具' },
  other: { en: 'Everything', 'zh-cn': '通用' },
};

const words = {
  en: {
    title: 'Commands and settings',
    commands: 'Commands',
    settings: 'Settings',
    command: ['Command', 'Where', 'Id'],
    setting: ['Setting', 'Default', 'What it is'],
    palette: 'Command Palette',
    elsewhere: 'links and buttons',
    menus: {
      'view/item/context': 'menus of rows',
      'explorer/context': 'Explorer',
      'editor/context': 'editor',
      'terminal/context': 'terminal',
    },
  },
  'zh-cn': {
    title: '命令与设置',
    commands: '命令',
    settings: '设置',
    command: ['命令', '位置', '标识'],
    setting: ['设置', '默认值', '说明'],
    palette: '命令面板',
    elsewhere: '链接与按钮',
    menus: {
      'view/item/context': '行的菜单',
      'explorer/context': '资源管理器',
      'editor/context': '编辑器',
      'terminal/context': '终端',
    },
  },
} as const;

/** The whole text of a page. */
export function referencePage(language: PageLanguage): Promise<string> {
  const { contributes } = read('package.json') as Manifest;
  const texts = read(`package.nls${language === 'en' ? '' : '.zh-cn'}.json`) as Record<string, string>;
  const localized = (text: string): string => text.replace(/^%(.*)%$/, (_, key: string) => texts[key]!);
  const said = words[language];

  const viewNames = new Map(contributes.views.gantry.map(({ id, name }) => [id, localized(name)]));
  const placesOf = (command: string): string[] =>
    Object.entries(contributes.menus).flatMap(([menu, items]) =>
      items
        .filter((item) => item.command === command && item.when !== 'false')
        .flatMap(({ when = '' }) => {
          const views = [...viewNames].flatMap(([id, name]) => (concerns(when, id) ? name : []));
          return views.length > 0 ? views : (said.menus[menu as keyof typeof said.menus] ?? []);
        }),
    );
  const isHidden = (command: string): boolean =>
    contributes.menus['commandPalette']!.some((item) => item.command === command && item.when === 'false');
  const where = (command: string): string => {
    const places = [...(isHidden(command) ? [] : [said.palette]), ...placesOf(command)];
    return [...new Set(places)].join(', ') || said.elsewhere;
  };
  const sections = Object.entries(parts).flatMap(([part, name]) => {
    const rows = contributes.commands
      .filter(({ command }) => partOf(command) === part)
      .map(({ command, title }) => [localized(title), where(command), `\`${command}\``]);
    return rows.length === 0 ? [] : [`### ${name[language]}`, table(said.command, rows)];
  });
  const settings = Object.entries(contributes.configuration.properties).map(([key, setting]) => [
    `\`${key}\``,
    `\`${JSON.stringify(setting.default)}\``,
    localized(setting.markdownDescription ?? setting.description ?? ''),
  ]);
  const page = [
    `# ${said.title}`,
    `## ${said.commands}`,
    ...sections,
    `## ${said.settings}`,
    table(said.setting, settings),
  ];
  return pageIn(language, () => page.join('\n\n'));
}

/** Whether a condition names a view, alone or among others: `view == gantry.pods`, `view =~ /^gantry\\.(pods|services)$/`. */
const concerns = (when: string, view: string): boolean =>
  when.includes(`view == ${view}`) ||
  [...when.matchAll(/view =~ \/([^/]+)\//g)].some(([, pattern]) => new RegExp(pattern!).test(view));

/** `gantry.grpc.call` is of the part `grpc`; what is of none is of `other`. */
function partOf(command: string): string {
  const [, part = ''] = command.split('.');
  return Object.hasOwn(parts, part) ? part : 'other';
}

const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

if (isMain(import.meta.url))
  for (const [path, language] of Object.entries(pages))
    await writeFile(join(root, path), await referencePage(language));
