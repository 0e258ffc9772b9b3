/** `npm run check`: types. */
import { exitCode, typeCheck } from './lib/suites.ts';

process.exitCode = exitCode(await typeCheck());
