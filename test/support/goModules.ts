/**
 * Go modules of the kinds that services come in. Each program says who it is, answers a question that was asked before it
 * was told to end, and says so: what is killed instead says nothing.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';

export type Files = Readonly<Record<string, string>>;

/** A program that drains; `extra` is an expression it prints, with what that imports. */
const program = (extra = '""', imports = '', more = ''): string => `package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
${imports})
${more}
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", ":8080")
	if err != nil {
		panic(err)
	}
	var open sync.WaitGroup
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer conn.Close()
				<-ctx.Done()
				time.Sleep(200 * time.Millisecond)
				fmt.Fprint(conn, "late")
			})
		}
	}()
	asked, err := net.Dial("tcp", "127.0.0.1:8080")
	if err != nil {
		panic(err)
	}
	time.Sleep(50 * time.Millisecond)
	fmt.Println("ready as", os.Getuid(), ${extra})
	<-ctx.Done()
	listener.Close()
	answer, _ := io.ReadAll(asked)
	open.Wait()
	fmt.Println("drained:", string(answer))
}
`;

const goMod = (module: string): string => `module ${module}\n\ngo 1.26.0\n`;

const grpcProgram = `package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", ":50051")
	if err != nil {
		panic(err)
	}
	late := func(c context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		<-ctx.Done()
		time.Sleep(200 * time.Millisecond)
		return handle(c, request)
	}
	server := grpc.NewServer(grpc.UnaryInterceptor(late))
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	go server.Serve(listener)
	connection, err := grpc.NewClient("127.0.0.1:50051", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		panic(err)
	}
	answers := make(chan string, 1)
	go func() {
		answer, err := grpc_health_v1.NewHealthClient(connection).Check(context.Background(), &grpc_health_v1.HealthCheckRequest{})
		answers <- fmt.Sprint(answer.GetStatus(), err)
	}()
	time.Sleep(300 * time.Millisecond)
	fmt.Println("ready as", os.Getuid(), "grpc")
	<-ctx.Done()
	server.GracefulStop()
	fmt.Println("drained:", <-answers)
}
`;

const shop = (name: string): string => readFileSync(join(root, 'examples/shop', name), 'utf8');
/** What the demo workspace pins: the test needs no versions of its own. */
const pinned = (module: string): Files => ({
  'go.mod': shop('go.mod')
    .replace(/^module .*$/m, `module ${module}`)
    .replace(/^tool \($[^)]*^\)$/m, ''),
  'go.sum': shop('go.sum'),
});

export const goModules = {
  embed: {
    'go.mod': goMod('example.com/embed'),
    'main.go': program(
      'len(read("README.md")) > 0 && len(read("testdata/seed.json")) > 0 && len(read("dist/page.html")) > 0',
      '\t"embed"\n',
      '\n//go:embed README.md testdata/seed.json dist\nvar files embed.FS\n\nfunc read(name string) string {\n\tdata, _ := files.ReadFile(name)\n\treturn string(data)\n}\n',
    ),
    'README.md': '# Embedded\n',
    'testdata/seed.json': '{}\n',
    'dist/page.html': '<p>page</p>\n',
    'secret.pem': 'not for the image\n',
  },
  commands: {
    'go.mod': goMod('example.com/commands'),
    'cmd/api/main.go': program('"api"'),
    'cmd/worker/main.go': program('"worker"'),
    'tools/generate/main.go': 'package main\n\nfunc main() {}\n',
  },
  workspace: {
    'go.work': 'go 1.26.0\n\nuse (\n\t./api\n\t./shared\n)\n',
    'api/go.mod': goMod('example.com/api'),
    'api/main.go': program('shared.Name()', '\n\t"example.com/shared"\n'),
    'shared/go.mod': goMod('example.com/shared'),
    'shared/shared.go': 'package shared\n\nfunc Name() string { return "shared" }\n',
  },
  cgo: {
    'go.mod': goMod('example.com/cgo'),
    'main.go': program('int(C.twice(21))', '', '\n/*\nstatic int twice(int n) { return 2 * n; }\n*/\nimport "C"\n'),
  },
  vendored: {
    ...pinned('example.com/vendored'),
    'main.go': program(
      'durationpb.New(time.Second).AsDuration()',
      '\n\t"google.golang.org/protobuf/types/known/durationpb"\n',
    ),
  },
  grpc: { ...pinned('example.com/grpc'), 'main.go': grpcProgram },
} as const satisfies Record<string, Files>;

export type GoModuleName = keyof typeof goModules;

/** Writes files below a folder of their own. Returns its path. */
export function writeFiles(at: string, files: Files): string {
  mkdirSync(at, { recursive: true });
  const folder = mkdtempSync(join(at, 'module-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A proxy on disk with what the demo workspace's modules need. Returns its folder. */
export function moduleProxy(at: string): string {
  const folder = join(at, 'modules');
  const source = writeFiles(at, { ...goModules.grpc });
  const own = execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).trim();
  const proxy = execFileSync('go', ['env', 'GOPROXY'], { encoding: 'utf8' }).trim();
  execFileSync('go', ['mod', 'download'], {
    cwd: source,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      GOMODCACHE: folder,
      GOPROXY: `file://${own}/cache/download,${proxy}`,
      GOFLAGS: '-modcacherw',
      GOSUMDB: 'off',
    },
  });
  return join(folder, 'cache', 'download');
}
