/** What a .proto file says of itself and of others, read without compiling it. */

export interface ProtoHead {
  /** `proto2`, which is meant when none is written, `proto3`, or an edition such as `2023`. */
  readonly syntax: string;
  /** Empty when it names none. */
  readonly package: string;
  /** As written, in order. */
  readonly imports: readonly string[];
}

/** Comments, strings, words, and the signs that begin and end statements. Everything else is passed over. */
const tokens = /\/\*[^]*?(?:\*\/|$)|\/\/[^\n]*|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|[A-Za-z_][\w.]*|[{};]/g;

/** Never throws: of a file that is none, little is found. */
export function scanProto(source: string): ProtoHead {
  const imports: string[] = [];
  let name = '';
  let syntax = 'proto2';
  let depth = 0;
  let statement: string[] = [];
  for (const [token, double, single] of source.matchAll(tokens)) {
    if (token.startsWith('/')) continue;
    if (token === '{') depth++;
    else if (token === '}') depth = Math.max(0, depth - 1);
    if (depth > 0) statement = [];
    else if (token === ';' || token === '}') {
      const [first, second, third] = statement;
      if ((first === 'syntax' || first === 'edition') && second !== undefined) syntax = second;
      if (first === 'package' && second !== undefined) name = second;
      if (first === 'import') {
        const path = isModifier(second) ? third : second;
        if (path !== undefined) imports.push(path);
      }
      statement = [];
    } else statement.push(double ?? single ?? token);
  }
  return { syntax, package: name, imports };
}

const isModifier = (word: string | undefined): boolean => word === 'public' || word === 'weak' || word === 'option';
