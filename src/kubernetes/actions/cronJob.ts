/** Actions on cron jobs: run one now, stop it from running. */
import { t } from '../../core/l10n.ts';
import { objectPath } from '../apiResource.ts';
import { type Action, isKind, onObject } from './action.ts';
import { strategicPatch } from './change.ts';
import { inNamespace, kubectl, typeAndName } from './commandLine.ts';
import { at, textsAt } from './fields.ts';
import { placeOf } from './look.ts';

/** Names of jobs end up in labels and pod names: 63 bytes, of which pods take 6 and we `-manual-…`. */
const longestPrefix = 40;

/** A name for a job that was started by hand, new in each second. */
export const manualName = (cronJob: string, now: Date): string =>
  `${cronJob.slice(0, longestPrefix).replace(/[^a-z0-9]+$/, '')}-manual-${Math.floor(now.getTime() / 1000).toString(36)}`;

/** The input is the new job's name. */
export const trigger: Action<string> = {
  id: 'trigger',
  title: () => t('Run Now'),
  effect: 'change',
  applies: isKind('CronJob'),
  needs: () => ({ verb: 'create', group: 'batch', resource: 'jobs' }),
  example: ({ ref }) => manualName(ref.name, new Date()),
  plan: ({ ref, target, object }, name) => {
    const template = at(object, 'spec', 'jobTemplate');
    const labels = textsAt(template, 'metadata', 'labels');
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name,
        annotations: { ...textsAt(template, 'metadata', 'annotations'), 'cronjob.kubernetes.io/instantiate': 'manual' },
        ...(Object.keys(labels).length === 0 ? {} : { labels }),
        ownerReferences: [
          { apiVersion: 'batch/v1', kind: 'CronJob', name: ref.name, uid: object.metadata.uid, controller: true },
        ],
      },
      spec: at(template, 'spec'),
    };
    return {
      calls: [
        {
          method: 'POST',
          path: `/apis/batch/v1/namespaces/${encodeURIComponent(ref.namespace)}/jobs`,
          body: job,
          what: t('create the job {0}', name),
        },
      ],
      kubectl: kubectl(target, [...inNamespace(ref), 'create', 'job', name, `--from=${typeAndName(ref)}`]),
    };
  },
};

const setSuspended = (id: string, title: () => string, suspend: boolean): Action<null> => ({
  id,
  title,
  effect: 'change',
  applies: isKind('CronJob'),
  needs: onObject('patch'),
  example: () => null,
  plan: ({ ref, target }) => {
    const body = { spec: { suspend } };
    return {
      calls: [
        { method: 'PATCH', path: objectPath(ref), type: strategicPatch, body, what: t('change {0}', placeOf(ref)) },
      ],
      kubectl: kubectl(target, [...inNamespace(ref), 'patch', typeAndName(ref), '-p', JSON.stringify(body)]),
    };
  },
});

export const suspend = setSuspended('suspend', () => t('Suspend'), true);
export const resume = setSuspended('resume', () => t('Resume'), false);
