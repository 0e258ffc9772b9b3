/** The thread that reads manifests: whatever a file does to the parser, it does here, where it can be ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { installLanguage } from '../core/l10n.ts';
import { Rpc, type Silent } from '../core/rpc.ts';
import { createManifests } from './domain.ts';
import type { ManifestsProtocol, WorkerData } from './protocol.ts';

const { schemas, language, learnt } = workerData as WorkerData;
installLanguage(language);
const manifests = createManifests({ schemas });
const ready = Promise.all([...learnt].map(([path, text]) => manifests.learn(path, text)));
const port = parentPort!;

// oxlint-disable-next-line no-new -- it lives as long as its port.
new Rpc<ManifestsProtocol, Silent>(
  {
    post: (message) => port.postMessage(message),
    listen: (listener) => {
      port.on('message', listener);
      return { dispose: () => port.off('message', listener) };
    },
  },
  {
    validate: async ({ text, target, options }) => {
      await ready;
      return manifests.validate(text, target, options);
    },
    complete: ({ text, offset, target, path }) => manifests.complete(text, offset, target, path),
    definitions: ({ text, offset, path }) => manifests.definitions(text, offset, path),
    references: ({ text, offset, path }) => manifests.references(text, offset, path),
    named: ({ text }) => manifests.named(text),
    symbols: ({ text }) => manifests.symbols(text),
    hover: ({ text, offset, target, path }) => manifests.hover(text, offset, target, path),
    rendered: async ({ chart, target, rules }) => {
      await ready;
      return manifests.rendered(chart, target, rules);
    },
    learn: ({ path, text }) => manifests.learn(path, text),
    versions: () => manifests.versions(),
  },
  {},
);
