/** What the authors of a schema wrote about it, where its files still hold that. */
import type { DescriptorProto, EnumDescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt';

/** Full name → comment, without the marks of comments around it. */
export function commentsOf(files: Iterable<FileDescriptorProto>): Map<string, string> {
  const comments = new Map<string, string>();
  for (const file of files) {
    const locations = file.sourceCodeInfo?.location ?? [];
    if (locations.length === 0) continue;
    const byPath = new Map(
      locations
        .map(
          ({ path, leadingComments, trailingComments }) => [path.join(), leadingComments || trailingComments] as const,
        )
        .filter(([, comment]) => comment !== ''),
    );
    for (const [path, name] of symbolsOf(file)) {
      const comment = byPath.get(path);
      if (comment !== undefined) comments.set(name, tidy(comment));
    }
  }
  return comments;
}

/** Each line has the space that stood behind its comment mark. */
const tidy = (comment: string): string => comment.replace(/^ /gm, '').trim();

type Symbol = readonly [path: string, name: string];

/** Paths are those of descriptor.proto: numbers of fields and places in lists. */
function* symbolsOf(file: FileDescriptorProto): Generator<Symbol> {
  const prefix = file.package === '' ? '' : `${file.package}.`;
  for (const [i, message] of file.messageType.entries()) yield* ofMessage(message, `4,${i}`, prefix + message.name);
  for (const [i, type] of file.enumType.entries()) yield* ofEnum(type, `5,${i}`, prefix + type.name);
  for (const [i, service] of file.service.entries()) {
    const name = prefix + service.name;
    yield [`6,${i}`, name];
    for (const [j, method] of service.method.entries()) yield [`6,${i},2,${j}`, `${name}.${method.name}`];
  }
}

function* ofMessage(message: DescriptorProto, path: string, name: string): Generator<Symbol> {
  yield [path, name];
  for (const [i, field] of message.field.entries()) yield [`${path},2,${i}`, `${name}.${field.name}`];
  for (const [i, oneof] of message.oneofDecl.entries()) yield [`${path},8,${i}`, `${name}.${oneof.name}`];
  for (const [i, type] of message.enumType.entries()) yield* ofEnum(type, `${path},4,${i}`, `${name}.${type.name}`);
  for (const [i, nested] of message.nestedType.entries()) {
    yield* ofMessage(nested, `${path},3,${i}`, `${name}.${nested.name}`);
  }
}

function* ofEnum(type: EnumDescriptorProto, path: string, name: string): Generator<Symbol> {
  yield [path, name];
  for (const [i, value] of type.value.entries()) yield [`${path},2,${i}`, `${name}.${value.name}`];
}
