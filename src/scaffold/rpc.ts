/** The parts of a gRPC service that depend on its contract: skeleton of the server, client, and requests to try it with. */
import type { Contract } from './contract.ts';
import { goPackageOf, pluginOptions } from './goCode.ts';
import type { Files } from './generate.ts';
import type { ServiceChoice } from './model.ts';

/** A service as the generated Go code declares it. */
interface Declared {
  /** Its name in Go. */
  readonly name: string;
  readonly methods: readonly Method[];
}

interface Method {
  readonly name: string;
  /** Lines of comment, with their slashes. */
  readonly comment: readonly string[];
  /** `(ctx context.Context, request *itemsv1.GetItemRequest) (*itemsv1.GetItemResponse, error)`. */
  readonly signature: string;
}

/** The example's own files, in whose place those of the contract come. */
export const isExample = (path: string): boolean =>
  /^(proto|gen|client|requests|internal\/api)\/|^cmd\/[^/]+\/tracing_test\.go$/.test(path);

/**
 * What comes in the example's place.
 * @param code path below `gen` → generated Go code.
 */
export function contractFiles(contract: Contract, code: ReadonlyMap<string, string>, choice: ServiceChoice): Files {
  const { folder, name: alias } = packageOf(contract);
  const base = contract.main.slice(contract.main.lastIndexOf('/') + 1).replace(/\.proto$/, '');
  const generated = code.get(`${folder}/${base}_grpc.pb.go`) ?? '';
  const own = { alias, path: `${choice.module}/gen/${folder}` };
  const declared = servicesIn(generated, alias);
  const imports = importsIn(generated);
  const files = new Map<string, string>();
  for (const [name, text] of contract.sources) files.set(`proto/${name}`, text);
  for (const [name, text] of code) files.set(`gen/${name}`, text);
  files.set('internal/api/api.go', registerCode(declared, own));
  files.set('internal/api/api_test.go', registerTest(choice));
  for (const service of declared) {
    files.set(`internal/api/${snake(typeOf(service))}.go`, skeleton(service, own, imports));
  }
  files.set('client/client.go', clientCode(contract, declared, own));
  files.set(`requests/${choice.name}.grpc.yaml`, requests(contract));
  return files;
}

/** Files of the template as the contract needs them. */
export function forContract(path: string, text: string, contract: Contract, choice: ServiceChoice): string {
  if (path.endsWith('/main.go')) return text.replace('api.Register(calls, api.NewMemory())', 'api.Register(calls)');
  if (path !== 'buf.gen.yaml') return text;
  const options = pluginOptions(contract, choice.module).map((option) => `      - ${option}\n`);
  return text.replaceAll(/(opt:\n)(?: {6}- .*\n)+/g, (_, head: string) => head + options.join(''));
}

const packageOf = ({ main, files }: Contract) => goPackageOf(main, files.find(({ name }) => name === main)!.package);

interface GoImport {
  readonly alias: string;
  readonly path: string;
}

const importsIn = (code: string): GoImport[] =>
  [...code.matchAll(/^\s(\w+) "([^"]+)"$/gm)].map(([, alias, path]) => ({ alias: alias!, path: path! }));

/** The interfaces of the servers, with types of their own package qualified. */
function servicesIn(code: string, alias: string): Declared[] {
  return [...code.matchAll(/^type (\w+)Server interface \{\n([^]*?)^\}/gm)]
    .filter(([, name]) => !name!.startsWith('Unsafe'))
    .map(([, name, body]) => ({ name: name!, methods: methodsIn(body!, alias) }));
}

function methodsIn(body: string, alias: string): Method[] {
  const methods: Method[] = [];
  let comment: string[] = [];
  for (const line of body.split('\n').map((each) => each.trim())) {
    const [, name, rest] = /^([A-Z]\w*)(\(.*)$/.exec(line) ?? [];
    if (line.startsWith('//')) comment.push(line);
    else {
      if (name !== undefined) methods.push({ name, comment, signature: named(qualified(rest!, alias)) });
      comment = [];
    }
  }
  return methods;
}

/** A type without a package is the generated package's. */
const qualified = (signature: string, alias: string): string =>
  signature.replaceAll(/(?<![\w.])([A-Z]\w*)/g, `${alias}.$1`);

/** Gives the parameters, which an interface has none for, their names. */
const named = (signature: string): string =>
  signature
    .replace(/^\(context\.Context, /, '(ctx context.Context, request ')
    .replace(/^\((\*[\w.]+), (grpc\.)/, '(request $1, stream $2')
    .replace(/^\(grpc\./, '(stream grpc.');

const typeOf = ({ name }: Declared): string => {
  const lower = name.charAt(0).toLowerCase() + name.slice(1);
  return lower.endsWith('Service') ? lower : `${lower}Service`;
};

const snake = (name: string): string => name.replaceAll(/(?<=[a-z0-9])([A-Z])/g, '_$1').toLowerCase();

const importBlock = (groups: readonly (readonly string[])[]): string =>
  `import (\n${groups
    .filter((group) => group.length > 0)
    .map((group) => group.map((line) => `\t${line}\n`).join(''))
    .join('\n')})\n`;

/** Sorted by path, as gofmt has it. */
const aliased = (imports: readonly GoImport[]): string[] =>
  imports.toSorted((a, b) => (a.path < b.path ? -1 : 1)).map(({ alias, path }) => `${alias} "${path}"`);

function skeleton(service: Declared, own: GoImport, imports: readonly GoImport[]): string {
  const type = typeOf(service);
  const methods = service.methods.map(({ name, comment, signature }) => {
    const failure = `status.Error(codes.Unimplemented, "${name} is not written yet")`;
    const returned = signature.endsWith(', error)') ? `nil, ${failure}` : failure;
    const lead = comment.length === 0 ? [] : [...comment];
    return [
      ...lead,
      `func (s *${type}) ${name}${signature} {`,
      '\t// Write it here.',
      `\treturn ${returned}`,
      '}',
    ].join('\n');
  });
  const text = methods.join('\n\n');
  const uses = (alias: string): boolean => new RegExp(`\\b${alias}\\.`).test(text);
  const others = imports.filter(
    ({ alias }) => !['context', 'grpc', 'codes', 'status', own.alias].includes(alias) && uses(alias),
  );
  const external = [
    ...(uses('grpc') ? ['"google.golang.org/grpc"'] : []),
    ...(methods.length > 0 ? ['"google.golang.org/grpc/codes"', '"google.golang.org/grpc/status"'] : []),
  ];
  const head = importBlock([uses('context') ? ['"context"'] : [], external, aliased([own, ...others])]);
  return [
    `package api\n\n${head}`,
    `// ${type} answers the calls of ${service.name}. What is not written yet answers UNIMPLEMENTED.`,
    `type ${type} struct {\n\t${own.alias}.Unimplemented${service.name}Server\n}\n`,
    `${text}\n`,
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

const registerCode = (
  services: readonly Declared[],
  own: GoImport,
): string => `// Package api is the service's gRPC API.
package api

${importBlock([['"google.golang.org/grpc"'], aliased([own])])}
// Services are the names by which the health of the API is asked for.
var Services = []string{
${services.map(({ name }) => `\t${own.alias}.${name}_ServiceDesc.ServiceName,\n`).join('')}}

// Register puts the API into a server.
func Register(server grpc.ServiceRegistrar) {
${services.map((service) => `\t${own.alias}.Register${service.name}Server(server, &${typeOf(service)}{})\n`).join('')}}
`;

const registerTest = ({ module }: ServiceChoice): string => `package api_test

import (
	"testing"

	"google.golang.org/grpc"

	"${module}/internal/api"
)

func TestRegistersEveryService(t *testing.T) {
	server := grpc.NewServer()
	api.Register(server)
	info := server.GetServiceInfo()
	for _, name := range api.Services {
		if _, registered := info[name]; !registered {
			t.Errorf("%s is not registered", name)
		}
	}
	if len(info) != len(api.Services) {
		t.Errorf("%d services are registered, and %d are named", len(info), len(api.Services))
	}
}
`;

function clientCode({ services }: Contract, declared: readonly Declared[], own: GoImport): string {
  const repeatable = services.flatMap(({ name, methods }) =>
    methods
      .filter((method) => method.repeatable)
      .map((method) => `      {"service": "${name}", "method": "${method.name}"}`),
  );
  const retry = `,
  "methodConfig": [{
    "name": [
${repeatable.join(',\n')}
    ],
    "retryPolicy": {
      "maxAttempts": 3,
      "initialBackoff": "0.1s",
      "maxBackoff": "1s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }]`;
  const fields = declared.map((service) => ({ field: fieldOf(service, declared), name: service.name }));
  const width = Math.max(...fields.map(({ field }) => field.length), 0);
  const wide = Math.max(width, 'connection'.length) + 1;
  return `// Package client calls the service.
package client

import (
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	${own.alias} "${own.path}"
)

// config balances calls, not connections, over all addresses of a name. Methods that the contract calls idempotent (option
// idempotency_level) are asked again when a server went away; what may not happen twice is never. Give each call a deadline
// by its context: it has none of its own.
const config = \`{
  "loadBalancingConfig": [{"round_robin": {}}]${repeatable.length === 0 ? '' : retry}
}\`

// Client has a typed client of each service.
type Client struct {
${fields.map(({ field, name }) => `\t${field.padEnd(width)} ${own.alias}.${name}Client\n`).join('')}
	connection *grpc.ClientConn
}

// New connects when the first call is made. The target is a name as gRPC takes it, such as dns:///name:8080; options come
// last, so that credentials for TLS can be given.
func New(target string, options ...grpc.DialOption) (*Client, error) {
	connection, err := grpc.NewClient(target, append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler()),
		grpc.WithDefaultServiceConfig(config),
	}, options...)...)
	if err != nil {
		return nil, err
	}
	return &Client{
${fields.map(({ field, name }) => `\t\t${`${field}:`.padEnd(wide)} ${own.alias}.New${name}Client(connection),\n`).join('')}\t\t${'connection:'.padEnd(wide)} connection,
	}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.connection.Close() }
`;
}

/** \`Items\` for ItemsService, where that is nobody else's. */
function fieldOf({ name }: Declared, all: readonly Declared[]): string {
  const short = name.replace(/Service$/, '');
  return short === '' || all.some((other) => other.name === short) ? name : short;
}

function requests({ services }: Contract): string {
  const entries = services.flatMap((service) =>
    service.methods.map(({ name, clientStreams, sample }) => {
      const message = JSON.stringify(JSON.parse(sample));
      return `  - name: ${name}\n    grpc: ${service.name}/${name}\n    ${clientStreams ? `messages: [${message}]` : `message: ${message}`}\n`;
    }),
  );
  return `# Sent by VS Code with Gantry from the line above each request, or all of them with \`gantry grpc run\`.
target: 127.0.0.1:8080
requests:
${entries.join('')}`;
}
