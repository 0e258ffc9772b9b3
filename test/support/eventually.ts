/** Resolves once `condition` holds; throws after `milliseconds`, a bound that only a fault reaches. */
export async function eventually(condition: () => boolean | Promise<boolean>, milliseconds = 60_000): Promise<void> {
  for (const until = Date.now() + milliseconds; !(await condition());) {
    if (Date.now() > until) throw new Error(`did not happen within ${milliseconds} ms: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
