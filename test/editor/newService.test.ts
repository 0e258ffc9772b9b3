/** A new service as a person makes it: question by question, in both languages. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestEditor } from '../support/editor.ts';
import { eventually } from '../support/eventually.ts';
import { executed } from '../support/executed.ts';
import { needGo } from '../support/go.ts';
import { Workbench } from '../support/workbench.ts';

const proto = `syntax = "proto3";
package greet.v1;
service GreetService { rpc Greet(GreetRequest) returns (GreetResponse); }
message GreetRequest { string name = 1; }
message GreetResponse { string text = 1; }
`;

const words = {
  en: {
    command: 'Gantry: New Service…',
    name: 'Name of the service',
    module: 'Path of its Go module',
    library: 'The standard library',
    contract: 'A contract in a .proto file',
    chart: 'Helm chart',
    begin: '## Begin',
  },
  'zh-cn': {
    command: 'Gantry: 新建服务…',
    name: '服务名',
    module: 'Go 模块路径',
    library: '标准库',
    contract: '契约写在 .proto 文件中',
    chart: 'Helm chart',
    begin: '## 开始',
  },
} as const;

for (const language of ['en', 'zh-cn'] as const) {
  describe(`a new service in the window, ${language}`, function () {
    this.timeout(300_000);
    const said = words[language];
    let given: string;
    let editor: TestEditor;
    let workbench: Workbench;

    before(async function () {
      this.timeout(10 * 60_000);
      await needGo(this);
      given = mkdtempSync(join(tmpdir(), 'gantry-new-service-'));
      mkdirSync(join(given, 'proto/greet/v1'), { recursive: true });
      writeFileSync(join(given, 'proto/greet/v1/greet.proto'), proto);
      editor = await TestEditor.launch({ workspace: given, language });
      workbench = new Workbench(await editor.openWorkbench());
    });
    after(async () => {
      await editor?.close();
      rmSync(given, { recursive: true, force: true });
    });
    afterEach(async function () {
      await workbench.afterTest(this.currentTest);
    });

    const accept = (): Promise<void> => workbench.page.locator('.quick-input-action a').first().click();

    it('each choice has its reason, and what was chosen is written', async () => {
      await workbench.runCommand(said.command);
      executed.add('gantry.scaffold.newService');
      await workbench.type(said.name, 'billing');
      await workbench.type(said.module, 'example.org/billing');
      await workbench.pick(said.library);
      await workbench.pick(said.chart);
      await accept();
      await workbench.editorShows(said.begin);
      assert.match(readFileSync(join(editor.workspace, 'billing/go.mod'), 'utf8'), /^module example\.org\/billing$/m);
      assert.ok(existsSync(join(editor.workspace, 'billing/deploy/chart/Chart.yaml')));
    });

    it('a contract of the workspace gives server, client and requests', async () => {
      await workbench.runCommand(said.command);
      await workbench.type(said.name, 'greeter');
      await workbench.type(said.module, 'example.org/greeter');
      await workbench.pick(said.contract);
      await workbench.pick('greet.proto');
      await accept();
      await workbench.editorShows('go run ./cmd/greeter'); // The README opens last, and takes the keys.
      const skeleton = join(editor.workspace, 'greeter/internal/api/greet_service.go');
      assert.match(readFileSync(skeleton, 'utf8'), /Greet is not written yet/);
      assert.ok(existsSync(join(editor.workspace, 'greeter/client/client.go')));
      for (const name of ['requests', 'greeter.grpc.yaml']) {
        await workbench.page.getByRole('treeitem', { name, exact: true }).click();
      }
      await workbench.editorShows('greet.v1.GreetService/Greet');
    });

    it('its step of the walkthrough is done, and no other', async () => {
      await eventually(async () => (await workbench.walkthroughDone()).join() === 'service');
    });
  });
}
