/** .proto files that Go modules ship, loaded with no settings, beside buf on the same files in the same run. */
import { create, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { dirname, join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { run } from '../../../src/core/processes.ts';
import type { LoadedProtos } from '../../../src/grpc/protos/library.ts';
import { never } from '../../support/grpcCalls.ts';
import { bufProgram } from '../../support/peers.ts';
import { makeLibrary, protocompileProgram, withoutPrograms } from '../../support/protoFolders.ts';
import type { Figure } from '../figures.ts';

/** As `labkit/controlplane` requires them, so that the module cache has them. */
const modules = [
  'go.etcd.io/etcd/api/v3',
  'github.com/containerd/containerd/api',
  'k8s.io/api',
  'k8s.io/apimachinery',
  'github.com/prometheus/client_model',
];

export async function protoFigures(): Promise<Figure[]> {
  const [buf, program] = await Promise.all([bufProgram(), protocompileProgram()]);
  const withBuf = { ...withoutPrograms, PATH: dirname(buf) };
  const total = { files: 0, loaded: 0, parsed: 0, compared: 0, equal: 0 };
  for (const module of modules) {
    const folder = await folderOf(module);
    const ours = await makeLibrary(folder, { program: async () => program }).load({}, never);
    const theirs = await makeLibrary(folder, { env: withBuf }).load({}, never);
    const parsed = await makeLibrary(folder).load({}, never);
    const [mine, other] = [filesOf(ours), filesOf(theirs)];
    const differing = [...other].filter(([name, file]) => !isEqual(mine.get(name), file)).map(([name]) => name);
    total.files += ours.protos.length;
    total.loaded += ours.protos.length - ours.broken.size;
    total.parsed += parsed.protos.length - parsed.broken.size;
    total.compared += other.size;
    total.equal += other.size - differing.length;
    console.error(
      `${module}: ${ours.protos.length} files, ${ours.broken.size} not loaded, by ${theirs.compilers.join()} ${theirs.broken.size} not; ${differing.length} of ${other.size} differ ${differing.slice(0, 3).join(' ')}`,
    );
    for (const [path, reason] of ours.broken) console.error(`  ${path}: ${reason}`);
  }
  const share = (part: number, whole: number): number => Number((whole === 0 ? 0 : part / whole).toFixed(4));
  const figure = (name: string, value: number, of: number, least: number): Figure => ({
    name,
    value: share(value, of),
    unit: `of ${of} files`,
    must: `≥ ${least}`,
    holds: share(value, of) >= least,
  });
  return [
    figure('.proto files of Go modules loaded with no settings', total.loaded, total.files, 0.95),
    figure('.proto files of Go modules loaded with no settings and without Go', total.parsed, total.files, 0.95),
    { ...figure('descriptors equal to those of buf', total.equal, total.compared, 0.99), peer: 'buf build' },
  ];
}

async function folderOf(module: string): Promise<string> {
  const cwd = join(root, 'labkit', 'controlplane');
  const { stdout, stderr } = await run('go', ['mod', 'download', '-json', module], { cwd });
  const { Dir } = JSON.parse(stdout) as { Dir?: string };
  if (Dir === undefined) throw new Error(`${module} is not there: ${stderr}`);
  return Dir;
}

const filesOf = ({ groups }: LoadedProtos): Map<string, FileDescriptorProto> =>
  // Each compiler brings its own standard files, of its own version.
  new Map(
    groups.toReversed().flatMap(({ files }) => [...files].filter(([name]) => !name.startsWith('google/protobuf/'))),
  );

/** Places in the source are none of the schema. */
function isEqual(one: FileDescriptorProto | undefined, other: FileDescriptorProto): boolean {
  if (one === undefined) return false;
  const bytes = (file: FileDescriptorProto): Uint8Array => {
    const { sourceCodeInfo: _, $typeName: __, ...rest } = file;
    return toBinary(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema, rest));
  };
  return Buffer.compare(bytes(one), bytes(other)) === 0;
}
