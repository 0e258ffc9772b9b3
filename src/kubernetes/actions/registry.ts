/** Every action there is. What is registered here is offered in menus and has an equivalent that a test proves. */
import type { ApiResource } from '../apiResource.ts';
import type { Action } from './action.ts';
import { deleteObject, restart, scale } from './change.ts';
import { copyFrom, copyTo } from './copy.ts';
import { resume, suspend, trigger } from './cronJob.ts';
import { showYaml } from './apply.ts';
import { debug } from './debug.ts';
import { explainObject } from './explain/action.ts';
import { describe, showEvents } from './look.ts';
import { cordon, drain, uncordon } from './nodes.ts';
import { rolloutHistory, undo } from './rollout.ts';
import { editSecret, revealSecret } from './secret.ts';
import { rolloutStatus } from './rolloutStatus.ts';
import {
  attach,
  forwardPort,
  openOtherShell,
  openShell,
  showLogs,
  showLogsSince,
  showPreviousLogs,
} from './streams.ts';

/** In the order of menus and lists: looking before changing, deleting last. */
export const actions: readonly Action[] = [
  showLogs,
  showPreviousLogs,
  showLogsSince,
  openShell,
  openOtherShell,
  attach,
  debug,
  copyFrom,
  copyTo,
  forwardPort,
  describe,
  explainObject,
  showYaml,
  showEvents,
  revealSecret,
  editSecret,
  rolloutStatus,
  rolloutHistory,
  scale,
  restart,
  undo,
  trigger,
  suspend,
  resume,
  cordon,
  uncordon,
  drain,
  deleteObject,
].map((action) => action as Action);

/** The actions on objects of a kind. */
export const actionsOn = (api: ApiResource): Action[] => actions.filter(({ applies }) => applies(api));
