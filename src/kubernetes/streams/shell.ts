/** Which shell a container has. */

export type ShellChoice = 'auto' | 'bash' | 'sh' | 'ash' | (string & {});

/**
 * The command of an interactive shell: the one that was chosen, or bash where there is one and sh elsewhere. The words
 * are passed as they are; only our own script goes through a shell.
 */
export function shellCommand(choice: ShellChoice): readonly string[] {
  if (choice !== 'auto') return choice.split(' ').filter(Boolean);
  return ['sh', '-c', 'TERM=xterm-256color; export TERM; command -v bash >/dev/null 2>&1 && exec bash; exec sh'];
}
