/** What lies in files as one schema. */
import { createRegistry } from '@bufbuild/protobuf';
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { t } from '../../core/l10n.ts';
import { type Schema, linkSchema } from '../schema.ts';
import { type LoadedProtos, filesNamed } from './library.ts';

/** Each group linked by itself: two of them may hold different files of one name. Of services that are in several the first counts. */
export function linkLoaded(loaded: LoadedProtos): Schema {
  const linked = loaded.groups.map(({ files }) => {
    const whole = new Map([...filesNamed(loaded, importsOf(files)), ...files]);
    return linkSchema(servicesOf(files), whole, new Map(), (file, name) => t('{0} imports {1}, which was not found.', file, name)); // prettier-ignore
  });
  const services = new Map(
    linked.toReversed().flatMap((schema) => schema.services.map((service) => [service.typeName, service])),
  );
  const broken = new Map(linked.flatMap((schema) => schema.broken.map(({ service, reason }) => [service, reason])));
  return {
    services: [...services.values()].sort((a, b) => (a.typeName < b.typeName ? -1 : 1)),
    broken: [...broken].filter(([name]) => !services.has(name)).map(([service, reason]) => ({ service, reason })),
    types: createRegistry(...linked.toReversed().map(({ types }) => types)),
    comments: new Map(linked.toReversed().flatMap(({ comments }) => [...comments])),
  };
}

const importsOf = (files: ReadonlyMap<string, FileDescriptorProto>): string[] =>
  [...files.values()].flatMap(({ dependency }) => dependency).filter((name) => !files.has(name));

/** Those that the files declare; without what was only imported, where the group says which that is. */
const servicesOf = (files: ReadonlyMap<string, FileDescriptorProto>): string[] =>
  [...files.values()].flatMap(({ package: name, service }) =>
    service.map((each) => (name === '' ? each.name : `${name}.${each.name}`)),
  );
