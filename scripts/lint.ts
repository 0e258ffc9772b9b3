/** `npm run lint`: oxlint with types, and the format. */
import { exitCode, lint } from './lib/suites.ts';

process.exitCode = exitCode(await lint());
