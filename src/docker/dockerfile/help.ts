/** What each instruction does, in a sentence, and its flags. https://docs.docker.com/reference/dockerfile/ */
import { t } from '../../core/l10n.ts';

export interface InstructionHelp {
  readonly summary: () => string;
  readonly example: string;
  readonly flags?: readonly string[];
}

export const instructionHelp: Readonly<Record<string, InstructionHelp>> = {
  FROM: {
    summary: () => t('Begins a stage on a base image. The last stage becomes the image; the others only lend files.'),
    example: 'FROM golang:1.26 AS build',
    flags: ['--platform='],
  },
  RUN: {
    summary: () => t('Runs a command while the image is built and keeps what it changed as a layer.'),
    example: 'RUN go build -trimpath -o /service ./cmd/service',
    flags: ['--mount=', '--network=', '--security='],
  },
  COPY: {
    summary: () => t('Copies files of the build folder, or with --from of another stage, into the image.'),
    example: 'COPY --from=build /service /service',
    flags: ['--from=', '--chown=', '--chmod=', '--link', '--exclude='],
  },
  ADD: {
    summary: () => t('Copies like COPY, and also downloads addresses and unpacks archives.'),
    example: 'ADD rootfs.tar.gz /',
    flags: ['--chown=', '--chmod=', '--checksum=', '--link'],
  },
  ENTRYPOINT: {
    summary: () => t('The program that the container runs. As a JSON list it is process 1 and gets SIGTERM.'),
    example: 'ENTRYPOINT ["/service"]',
  },
  CMD: {
    summary: () => t('Arguments of the ENTRYPOINT, or the program when there is none; docker run replaces them.'),
    example: 'CMD ["--port", "8080"]',
  },
  ENV: {
    summary: () => t('Sets a variable for later steps and for the running program. It stays readable in the image.'),
    example: 'ENV GOMEMLIMIT=256MiB',
  },
  ARG: {
    summary: () => t('A value given to the build. It does not reach the running program, but stays in the history.'),
    example: 'ARG VERSION=dev',
  },
  WORKDIR: {
    summary: () => t('The folder in which later steps and the program run; it is made when it is missing.'),
    example: 'WORKDIR /src',
  },
  USER: {
    summary: () => t('Who runs later steps and the program. A number also works where there is no /etc/passwd.'),
    example: 'USER 65532:65532',
  },
  EXPOSE: { summary: () => t('Says on which port the program listens. It publishes nothing.'), example: 'EXPOSE 8080' },
  VOLUME: {
    summary: () =>
      t('Keeps a folder outside the container’s own layer; without a name a new volume is made for each container.'),
    example: 'VOLUME /data',
  },
  LABEL: {
    summary: () => t('Describes the image by names and values.'),
    example: 'LABEL org.opencontainers.image.source=https://example.com/shop',
  },
  HEALTHCHECK: {
    summary: () => t('A command that tells Docker whether the program is well. Kubernetes uses probes instead.'),
    example: 'HEALTHCHECK CMD ["/service", "health"]',
    flags: ['--interval=', '--timeout=', '--start-period=', '--retries='],
  },
  STOPSIGNAL: {
    summary: () => t('The signal that asks the program to end; SIGTERM unless said.'),
    example: 'STOPSIGNAL SIGTERM',
  },
  SHELL: {
    summary: () => t('The shell that runs commands which are no JSON list.'),
    example: 'SHELL ["/bin/bash", "-c"]',
  },
  ONBUILD: {
    summary: () => t('A step that runs when another image is built on this one.'),
    example: 'ONBUILD COPY . /src',
  },
  MAINTAINER: {
    summary: () => t('Out of use. Write LABEL org.opencontainers.image.authors instead.'),
    example: 'LABEL org.opencontainers.image.authors=shop@example.com',
  },
};

export const instructionNames: readonly string[] = Object.keys(instructionHelp);
