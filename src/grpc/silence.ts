/** Notices that nothing comes any more: a server that is stuck keeps its connections, so nobody else would tell. */

/**
 * Passes `events` on. When none came for `patience` milliseconds and `alive` says no, `{ kind: 'silence' }` comes once
 * until the next event. Who stops reading ends the events by `stop`, since nothing of theirs may ever come.
 */
export async function* noticeSilence<Event>(
  events: AsyncGenerator<Event>,
  patience: number,
  alive: () => Promise<boolean>,
  stop: () => void,
): AsyncGenerator<Event | { readonly kind: 'silence' }> {
  try {
    for (;;) {
      const next = events.next();
      let told = false;
      while (!(await settlesWithin(next, patience))) {
        if (told || (await alive())) continue;
        told = true;
        yield { kind: 'silence' };
      }
      const result = await next;
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    stop();
    await events.return(undefined);
  }
}

/** True when the promise settles, in whatever way, within the time. */
async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([
      promise.then(
        () => true as const,
        () => true as const,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
