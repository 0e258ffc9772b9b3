/** The programs that people who build Go microservices use, as data: how each tells its version and how it is got. */
import { t } from '../core/l10n.ts';

/** Systems whose way to get a program we know. */
export type System = 'debian' | 'fedora' | 'darwin' | 'win32';

export interface Tool {
  /** The program's name. */
  readonly name: string;
  /** What it is for, in the person's language. */
  readonly purpose: () => string;
  /** Without it nothing works. */
  readonly required?: true;
  /** What makes it print its version. */
  readonly asks: readonly string[];
  /** Finds the version in what it prints. */
  readonly answers: RegExp;
  /** What is older is told so. */
  readonly minimum?: string;
  /** `package@version`, for those that `go install` makes. */
  readonly goPackage?: string;
  /** The line that gets it, by system. */
  readonly lines?: Partial<Record<System, string>>;
  /** Where its makers say how it is got. */
  readonly page: string;
}

export const tools: readonly Tool[] = [
  {
    name: 'go',
    purpose: () => t('Compiles and tests services, and builds the embedded cluster.'),
    required: true,
    asks: ['version'],
    answers: /go version go(\S+)/,
    minimum: '1.26',
    lines: { darwin: 'brew install go', win32: 'winget install GoLang.Go' },
    page: 'https://go.dev/doc/install',
  },
  {
    name: 'docker',
    purpose: () => t('Builds images and runs containers.'),
    asks: ['--version'],
    answers: /Docker version ([^\s,]+)/,
    minimum: '20.10',
    lines: {
      debian: 'sudo apt-get install docker.io',
      darwin: 'brew install --cask docker',
      win32: 'winget install Docker.DockerDesktop',
    },
    page: 'https://docs.docker.com/engine/install/',
  },
  {
    name: 'podman',
    purpose: () => t('Runs containers without a daemon, in the place of Docker.'),
    asks: ['--version'],
    answers: /podman version (\S+)/,
    minimum: '4.0',
    lines: {
      debian: 'sudo apt-get install podman',
      fedora: 'sudo dnf install podman',
      darwin: 'brew install podman',
      win32: 'winget install RedHat.Podman',
    },
    page: 'https://podman.io/docs/installation',
  },
  {
    name: 'kubectl',
    purpose: () => t('Talks to clusters from a terminal; Gantry itself does without.'),
    asks: ['version', '--client', '--output=json'],
    answers: /"gitVersion": "v([^"]+)"/,
    minimum: '1.28',
    lines: { darwin: 'brew install kubectl', win32: 'winget install Kubernetes.kubectl' },
    page: 'https://kubernetes.io/docs/tasks/tools/',
  },
  {
    name: 'protoc',
    purpose: () => t('Compiles .proto files.'),
    asks: ['--version'],
    answers: /libprotoc (\S+)/,
    minimum: '3.15',
    lines: {
      debian: 'sudo apt-get install protobuf-compiler',
      fedora: 'sudo dnf install protobuf-compiler',
      darwin: 'brew install protobuf',
      win32: 'winget install Google.Protobuf',
    },
    page: 'https://protobuf.dev/installation/',
  },
  {
    name: 'protoc-gen-go',
    purpose: () => t('Makes Go types of messages; protoc and buf call it.'),
    asks: ['--version'],
    answers: /protoc-gen-go v(\S+)/,
    minimum: '1.28',
    goPackage: 'google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12',
    page: 'https://protobuf.dev/reference/go/go-generated/',
  },
  {
    name: 'protoc-gen-go-grpc',
    purpose: () => t('Makes Go servers and clients of services; protoc and buf call it.'),
    asks: ['--version'],
    answers: /protoc-gen-go-grpc (\S+)/,
    // Older ones make no generic streams.
    minimum: '1.5',
    goPackage: 'google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2',
    page: 'https://grpc.io/docs/languages/go/quickstart/',
  },
  {
    name: 'buf',
    purpose: () => t('Lints .proto files, finds breaking changes and generates code.'),
    asks: ['--version'],
    answers: /^v?(\d\S*)/m,
    minimum: '1.32',
    goPackage: 'github.com/bufbuild/buf/cmd/buf@v1.75.0',
    page: 'https://buf.build/docs/cli/installation/',
  },
  {
    name: 'helm',
    purpose: () => t('Installs charts into clusters.'),
    asks: ['version', '--template', '{{.Version}}'],
    answers: /^v(\d\S*)/m,
    minimum: '3.8',
    goPackage: 'helm.sh/helm/v3/cmd/helm@v3.22.0',
    page: 'https://helm.sh/docs/intro/install/',
  },
  {
    name: 'kustomize',
    purpose: () => t('Makes the manifests of each environment from a common base.'),
    asks: ['version'],
    answers: /v(\d+\.\S+)/,
    minimum: '5.0',
    goPackage: 'sigs.k8s.io/kustomize/kustomize/v5@v5.8.1',
    page: 'https://kubectl.docs.kubernetes.io/installation/kustomize/',
  },
  {
    name: 'skaffold',
    purpose: () => t('Builds and deploys again on each change.'),
    asks: ['version'],
    answers: /^v(\d\S*)/m,
    minimum: '2.0',
    lines: { darwin: 'brew install skaffold', win32: 'winget install Google.ContainerTools.Skaffold' },
    page: 'https://skaffold.dev/docs/install/',
  },
  {
    name: 'telepresence',
    purpose: () => t('Runs one service here while the others run in a cluster.'),
    asks: ['version'],
    answers: /v(\d+\.\S+)/,
    minimum: '2.10',
    page: 'https://telepresence.io/docs/install/client',
  },
  {
    name: 'istioctl',
    purpose: () => t('Installs Istio and explains what it does.'),
    asks: ['version', '--remote=false', '--short'],
    answers: /(\d+\.\d\S*)/,
    minimum: '1.22',
    lines: { darwin: 'brew install istioctl', win32: 'winget install Istio.Istio' },
    page: 'https://istio.io/latest/docs/setup/getting-started/#download',
  },
  {
    name: 'dlv',
    purpose: () => t('Debugs Go programs, here and in containers.'),
    asks: ['version'],
    answers: /Version: (\S+)/,
    minimum: '1.25',
    goPackage: 'github.com/go-delve/delve/cmd/dlv@v1.27.2',
    page: 'https://github.com/go-delve/delve/tree/master/Documentation/installation',
  },
  {
    name: 'grpcurl',
    purpose: () => t('Calls gRPC servers from a terminal; Gantry itself does without.'),
    asks: ['-version'],
    answers: /grpcurl v(\S+)/,
    minimum: '1.8',
    goPackage: 'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4',
    page: 'https://github.com/fullstorydev/grpcurl#installation',
  },
  {
    name: 'govulncheck',
    purpose: () => t('Finds known vulnerabilities that a program can reach.'),
    asks: ['-version'],
    answers: /govulncheck@v(\S+)/,
    minimum: '1.0',
    goPackage: 'golang.org/x/vuln/cmd/govulncheck@v1.9.0',
    page: 'https://go.dev/doc/security/vuln/',
  },
];
