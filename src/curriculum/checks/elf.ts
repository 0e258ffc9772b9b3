/** What a Linux program asks the kernel to load before it. */

const headerOfInterpreter = 3;

/**
 * The loader that a 64-bit program names, `/lib64/ld-linux-x86-64.so.2`; undefined for one that is static, and for what is
 * no such program. The offsets are those of elf(5).
 */
export function loaderOf(program: Buffer): string | undefined {
  const isElf = program.length > 64 && program.readUInt32BE(0) === 0x7f454c46;
  if (!isElf || program[4] !== 2 || program[5] !== 1) return undefined;
  const [at, size, count] = [Number(program.readBigUInt64LE(32)), program.readUInt16LE(54), program.readUInt16LE(56)];
  for (let header = at, left = count; left > 0 && header + size <= program.length; header += size, left--) {
    if (program.readUInt32LE(header) !== headerOfInterpreter) continue;
    const name = Number(program.readBigUInt64LE(header + 8));
    return program.toString('latin1', name, program.indexOf(0, name));
  }
  return undefined;
}
