/** The commands of `kubectl cp`, word by word. */
export const packCommand = (path: string): string[] => ['tar', 'cf', '-', path];
export const unpackCommand = (folder: string): string[] => ['tar', '-xmf', '-', '-C', folder];
export const isFolderCommand = (path: string): string[] => ['test', '-d', path];
