/**
 * Where in a JSON text a place is, for completion and hover. Takes text that is half written: it looks at tokens, not at
 * whole values. Runs in the panel.
 */

/** A step from a value to one inside it. */
export type Step = { readonly key: string; readonly typeUrl?: string } | { readonly item: true };

export interface JsonContext {
  /** `key`: the name of a member is written here. `value`: a value. `none`: neither can stand here. */
  readonly at: 'key' | 'value' | 'none';
  /** From the message to the object whose key, or to the value, that is written here. */
  readonly path: readonly Step[];
  /** What is written already; empty at a blank place. */
  readonly from: number;
  readonly to: number;
  /** Keys of the object, without the one written here. */
  readonly keys: readonly string[];
  /** Type URL of the object when it says one, as an Any does. */
  readonly typeUrl?: string;
  /** Offset after the value that a comma must follow first. */
  readonly missingComma?: number;
  /** More follows in the object or list, so that a comma must come after. */
  readonly followed: boolean;
  /** A colon stands after the key already. */
  readonly hasColon: boolean;
}

interface Token {
  readonly kind: '{' | '}' | '[' | ']' | ':' | ',' | 'string' | 'word';
  readonly start: number;
  readonly end: number;
}

interface Frame {
  readonly kind: 'object' | 'list';
  expects: 'key' | 'colon' | 'value' | 'comma';
  key: string;
  readonly keys: string[];
  typeUrl: string | undefined;
  valueEnd: number;
}

const tokenPattern = /[{}[\]:,]|"(?:[^"\\\n]|\\.)*"?|[^\s{}[\]:,"]+/g;

function* tokens(text: string): Generator<Token> {
  for (const match of text.matchAll(tokenPattern)) {
    const [found] = match;
    const first = found[0]!;
    const kind = '{}[]:,'.includes(first) ? (first as Token['kind']) : first === '"' ? 'string' : 'word';
    yield { kind, start: match.index, end: match.index + found.length };
  }
}

/** The text of a string token, with or without its closing quote. */
function stringOf(text: string, { start, end }: Token): string {
  const raw = text.slice(start, end);
  try {
    return JSON.parse(raw.length > 1 && raw.endsWith('"') ? raw : `${raw}"`) as string;
  } catch {
    return raw.slice(1);
  }
}

/** What stands, or may stand, at an offset. */
export function jsonContext(text: string, offset: number): JsonContext {
  const frames: Frame[] = [];
  let found: { here: Here; frame: Frame | undefined; depth: number } | undefined;
  let hasColon = false;
  let followed = false;
  let previous: Token | undefined;
  for (const token of tokens(text)) {
    if (found === undefined && token.end >= offset && !endsBefore(token, text, offset)) {
      found = { here: hereAt(frames, token, offset), frame: frames.at(-1), depth: frames.length };
      if (found.here.token === undefined) {
        followed = token.kind === 'string' || token.kind === 'word' || token.kind === '{' || token.kind === '[';
      }
    } else if (found !== undefined) {
      // The first token after the place.
      if (previous === found.here.token && previous !== undefined) {
        hasColon = token.kind === ':';
        followed = token.kind === 'string' || token.kind === 'word';
      }
      if (frames.length < found.depth) break;
    }
    step(frames, token, text, found?.here.token === token);
    previous = token;
  }
  found ??= { here: hereAt(frames, undefined, offset), frame: frames.at(-1), depth: frames.length };
  const { here, frame } = found;
  return {
    ...here.context,
    keys: frame?.kind === 'object' ? [...frame.keys] : [],
    ...typeOf(frame),
    followed,
    hasColon,
  };
}

const typeOf = (frame: Frame | undefined): { readonly typeUrl?: string } =>
  frame?.typeUrl === undefined ? {} : { typeUrl: frame.typeUrl };

/** True where the offset touches the end of a token that is whole there: the place is after it. */
function endsBefore({ kind, start, end }: Token, text: string, offset: number): boolean {
  if (end !== offset) return false;
  if (kind === 'word') return false;
  return kind !== 'string' || (end - start > 1 && text[end - 1] === '"');
}

interface Here {
  readonly token: Token | undefined;
  readonly context: Omit<JsonContext, 'keys' | 'typeUrl' | 'followed' | 'hasColon'>;
}

/** The place at `offset`, before `token` is taken in. */
function hereAt(frames: readonly Frame[], token: Token | undefined, offset: number): Here {
  const written =
    token !== undefined && (token.kind === 'string' || token.kind === 'word') && token.start < offset
      ? token
      : undefined;
  const frame = frames.at(-1);
  const expects = frame === undefined ? 'value' : frame.expects;
  const wantsKey = expects === 'key' || (expects === 'comma' && frame?.kind === 'object');
  const wantsValue = expects === 'value' || (expects === 'comma' && frame?.kind === 'list');
  const at = wantsKey ? 'key' : wantsValue ? 'value' : 'none';
  return {
    token: written,
    context: {
      at,
      path: frames.slice(0, at === 'key' ? -1 : undefined).map(stepOf),
      from: written?.start ?? offset,
      to: written?.end ?? offset,
      ...(expects === 'comma' && frame !== undefined ? { missingComma: frame.valueEnd } : {}),
    },
  };
}

const stepOf = ({ kind, key, typeUrl }: Frame): Step =>
  kind === 'list' ? { item: true } : { key, ...(typeUrl === undefined ? {} : { typeUrl }) };

/** Takes a token in; `here`: it is the one that is being written, so its key is none of the others. */
function step(frames: Frame[], token: Token, text: string, here: boolean): void {
  const frame = frames.at(-1);
  const ended = (): void => {
    const outer = frames.at(-1);
    if (outer === undefined) return;
    outer.expects = 'comma';
    outer.valueEnd = token.end;
  };
  switch (token.kind) {
    case '{':
      frames.push({ kind: 'object', expects: 'key', key: '', keys: [], typeUrl: undefined, valueEnd: 0 });
      return;
    case '[':
      frames.push({ kind: 'list', expects: 'value', key: '', keys: [], typeUrl: undefined, valueEnd: 0 });
      return;
    case '}':
    case ']':
      frames.pop();
      ended();
      return;
    case ':':
      if (frame?.kind === 'object') frame.expects = 'value';
      return;
    case ',':
      if (frame !== undefined) frame.expects = frame.kind === 'object' ? 'key' : 'value';
      return;
    default:
      if (frame?.kind === 'object' && (frame.expects === 'key' || frame.expects === 'comma')) {
        frame.key = token.kind === 'string' ? stringOf(text, token) : text.slice(token.start, token.end);
        if (!here) frame.keys.push(frame.key);
        frame.expects = 'colon';
      } else {
        if (frame?.key === '@type' && token.kind === 'string') frame.typeUrl = stringOf(text, token);
        ended();
      }
  }
}
