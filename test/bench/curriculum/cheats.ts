/** Programs that try to be proven without the work. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withProgram } from '../../../src/curriculum/authoring.ts';
import { checkItem } from '../../../src/curriculum/check.ts';
import type { Item } from '../../../src/curriculum/items.ts';
import { drawSeed } from '../../../src/curriculum/random.ts';
import { quiet } from '../../support/lessons.ts';
import type { Figure } from '../figures.ts';

const empty = 'package main\n\nfunc main() {}\n';

/** Says yes to whatever it is asked, and goes when it is told to. */
const saysYes = `package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	server := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "ok")
	})}
	go server.ListenAndServe()
	<-ctx.Done()
	server.Shutdown(context.Background())
}
`;

type Cheat = (solution: string) => string;

/** The text of the program's main.go, given the solution's. */
const cheats: Readonly<Record<string, Cheat>> = {
  'empty main': () => empty,
  'the solution, commented out': (solution) => `${empty}\n/*\n${solution.replaceAll('*/', '* /')}\n*/\n`,
  'yes to everything': () => saysYes,
};

export async function cheatFigure(lessons: readonly Item[]): Promise<Figure> {
  let [tried, accepted] = [0, 0];
  for (const item of lessons) {
    const main = join(item.program.package, 'main.go');
    const solution = await readFile(join(item.folder, 'solution', main), 'utf8');
    for (const [name, cheat] of Object.entries(cheats)) {
      const { verdict } = await withProgram(item, 'starter', async (lab) => {
        await writeFile(join(lab, main), cheat(solution));
        return checkItem(item, lab, { ...quiet(), seed: drawSeed() });
      });
      tried++;
      if (verdict.state !== 'proven') continue;
      accepted++;
      console.error(`${item.id} accepted: ${name}`);
    }
  }
  const names = Object.keys(cheats).join('; ');
  return { name: `accepted of: ${names}`, value: accepted, unit: `of ${tried}`, must: '0', holds: accepted === 0 };
}
