/** The thread that reads manifests: whatever a file does to the parser, it does here, where it can be ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { installLanguage } from '../core/l10n.ts';
import { Rpc, type Silent } from '../core/rpc.ts';
import { createManifests } from './domain.ts';
import type { ManifestsProtocol, WorkerData } from './protocol.ts';

const { schemas, language } = workerData as WorkerData;
installLanguage(language);
const manifests = createManifests({ schemas });
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
    validate: ({ text, version }) => manifests.validate(text, version),
    versions: () => manifests.versions(),
  },
  {},
);
