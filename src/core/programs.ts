/** Finds programs as a shell would. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** The folders of PATH. One that is relative would be looked for in any workspace, and is left out. */
export function pathFolders(env: NodeJS.ProcessEnv): string[] {
  const path = env['PATH'] ?? env['Path'] ?? '';
  return path.split(delimiter).filter((folder) => isAbsolute(folder));
}

/** The first of the folders that holds a program of this name. */
export async function findProgram(
  name: string,
  folders: readonly string[],
  platform: NodeJS.Platform = process.platform,
): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, programFile(name, platform));
    if (await isProgram(path)) return path;
  }
  return undefined;
}

export const programFile = (name: string, platform: NodeJS.Platform = process.platform): string =>
  platform === 'win32' ? `${name}.exe` : name;

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
