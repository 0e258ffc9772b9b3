/** The same window in Chinese, in high contrast: names of views, rows and commands. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { TestEditor } from '../support/editor.ts';
import { Workbench } from '../support/workbench.ts';
import { sharedWorld } from '../support/world.ts';

describe('in Chinese', function () {
  this.timeout(180_000);
  let editor: TestEditor;
  let workbench: Workbench;

  before(async function () {
    this.timeout(10 * 60_000);
    const { env, settings } = await sharedWorld();
    editor = await TestEditor.launch({
      workspace: join(root, 'examples/shop'),
      env,
      settings,
      language: 'zh-cn',
      theme: 'hc-black',
    });
    workbench = new Workbench(await editor.openWorkbench());
    await workbench.openGantry();
  });
  after(() => editor?.close());

  it('the curriculum has the words of the seed', async () => {
    const view = await workbench.openView('课程');
    await workbench.unfold(workbench.row(view, '最佳实践'));
    await workbench.unfold(workbench.row(view, '开发实践'));
    await workbench.row(view, '优雅关闭').waitFor({ timeout: 30_000 });
    const foreign = (await workbench.rows(view)).filter((row) => !/\p{Script=Han}/u.test(row));
    assert.deepEqual(foreign, []);
    await workbench.screenshot('chinese-curriculum');
  });

  it('the other views speak it', async () => {
    const grpc = await workbench.openView('gRPC 请求');
    await workbench.row(grpc, '个服务').waitFor({ timeout: 30_000 });
    const pods = await workbench.openView('Pod 列表');
    await workbench.row(pods, '本地集群').waitFor({ timeout: 30_000 });
    await workbench.screenshot('chinese-pods');
  });
});
