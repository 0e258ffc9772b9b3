/**
 * Requests of gantry.test.Everything at the edges of what its number and bytes fields hold: 200 JSON texts. Left out is
 * what has no one right answer: the bits of a NaN, and forms that protobuf's JSON mapping allows but Go's older reader
 * refuses (1e3 for an integer, base64 without padding or for URLs).
 */
const two = (power: number): bigint => 2n ** BigInt(power);

const signed64 = [0n, 1n, -1n, two(31), -two(31), two(32), two(53) - 1n, two(53), two(53) + 1n, -two(53) - 1n, two(62), two(63) - 2n, two(63) - 1n, -two(63), -two(63) + 1n]; // prettier-ignore
const unsigned64 = [0n, 1n, two(31), two(32) - 1n, two(32), two(53), two(53) + 1n, two(63) - 1n, two(63), two(63) + 1n, two(64) - 2n, two(64) - 1n]; // prettier-ignore
const outside = ['-9223372036854775809', '9223372036854775808', '18446744073709551616', '-1', '1.5', '1e400'];
const notations = ['-0', '12e-1'];
const doubles = ['0', '-0', '0.1', '-0.1', '1e-7', '1.7976931348623157e308', '5e-324', '2.2250738585072014e-308', '4.9406564584124654e-324', '123456789.123456789', '9007199254740993', '1e21', '1e22', '1e23', '0.30000000000000004', '1.7976931348623158e308', '9007199254740992.5', '-4.35', '1e-400', '"Infinity"', '"-Infinity"', '"1.5"', '1e309', '3.141592653589793238462643']; // prettier-ignore
const singles = ['0.1', '3.4028234663852886e38', '1.401298464324817e-45', '16777217', '-0', '"Infinity"', '1.1754943508222875e-38']; // prettier-ignore
const bytes = ['""', '"AA=="', '"/+8="', '"AAECAwQFBgcICQoLDA0ODw=="', '"//////////8="', '"!"', '"A"', '"AAA=AAA="', '"gICAgA=="']; // prettier-ignore

const field = (name: string, value: string): string => `{"${name}": ${value}}`;
/** As a number and as a text: both forms are allowed. */
const both = (name: string, value: bigint): string[] => [field(name, String(value)), field(name, `"${value}"`)];

export const boundaryValues: readonly string[] = [
  ...['i64', 's64'].flatMap((name) => signed64.flatMap((value) => both(name, value))),
  ...['u64', 'f64'].flatMap((name) => unsigned64.flatMap((value) => both(name, value))),
  ...['i64', 'u64'].flatMap((name) => outside.map((value) => field(name, value))),
  ...['i64', 'i32'].flatMap((name) => notations.map((value) => field(name, value))),
  ...signed64.slice(-8).flatMap((value) => both('sf64', value)),
  ...doubles.map((value) => field('double', value)),
  ...singles.map((value) => field('single', value)),
  ...bytes.map((value) => field('data', value)),
  ...['i64Box', 'u64Box'].flatMap((name) => [field(name, '9007199254740993'), field(name, '"0"')]),
  ...['9223372036854775807', '-9223372036854775808'].map((key) => `{"totals": {"k": ${key}}}`),
  ...['9223372036854775807', '-1'].map((key) => `{"byId": {"${key}": {"i32": 1}}}`),
  '{"numbers": [9007199254740993, "9007199254740993", -1]}',
  '{"sf64": -9223372036854775808}',
  '{"sf64": "9223372036854775807"}',
  '{"i32": 2147483648}',
  '{"i32": -2147483648}',
  '{"u32": 4294967295}',
  '{"u32": 4294967296}',
  '{"number": "9223372036854775807"}',
  '{"number": -9007199254740993}',
  '{"dataBox": "/+8="}',
  '{"at": "9999-12-31T23:59:59.999999999Z"}',
  '{"span": "3155760000.000000001s"}',
];
