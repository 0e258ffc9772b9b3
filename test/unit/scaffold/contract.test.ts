import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { readContract } from '../../../src/grpc/protos/contract.ts';
import { readRequests } from '../../../src/grpc/requests/document.ts';
import { goPackageOf } from '../../../src/scaffold/goCode.ts';
import { contractFiles } from '../../../src/scaffold/rpc.ts';
import { protos, scaffold } from '../../support/generatedServices.ts';

const template = join(root, 'templates/service/grpc');
const choice = { name: 'billing', module: 'example.org/billing', framework: 'grpc', extras: [] } as const;
const { signal } = new AbortController();

describe('A service of a .proto file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-contract-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('has a method for each of the contract, a client, and requests', async () => {
    const contract = await readContract(protos, join(template, 'proto/items/v1/items.proto'), signal);
    const code = new Map(
      ['items/v1/items.pb.go', 'items/v1/items_grpc.pb.go'].map((path) => [
        path,
        readFileSync(join(template, 'gen', path), 'utf8'),
      ]),
    );
    const files = contractFiles(contract, code, choice);
    assert.deepEqual([...files.keys()].sort(), [
      'client/client.go',
      'gen/items/v1/items.pb.go',
      'gen/items/v1/items_grpc.pb.go',
      'internal/api/api.go',
      'internal/api/api_test.go',
      'internal/api/items_service.go',
      'proto/items/v1/items.proto',
      'requests/billing.grpc.yaml',
    ]);
    assert.equal(
      files.get('internal/api/items_service.go'),
      `package api

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	itemsv1 "example.org/billing/gen/items/v1"
)

// itemsService answers the calls of ItemsService. What is not written yet answers UNIMPLEMENTED.
type itemsService struct {
	itemsv1.UnimplementedItemsServiceServer
}

func (s *itemsService) AddItem(ctx context.Context, request *itemsv1.AddItemRequest) (*itemsv1.AddItemResponse, error) {
	// Write it here.
	return nil, status.Error(codes.Unimplemented, "AddItem is not written yet")
}

// Clients may ask again after a failure: nothing comes of it.
func (s *itemsService) GetItem(ctx context.Context, request *itemsv1.GetItemRequest) (*itemsv1.GetItemResponse, error) {
	// Write it here.
	return nil, status.Error(codes.Unimplemented, "GetItem is not written yet")
}

// AddItems adds each item as it comes, and answers once the client has no more.
func (s *itemsService) AddItems(stream grpc.ClientStreamingServer[itemsv1.AddItemsRequest, itemsv1.AddItemsResponse]) error {
	// Write it here.
	return status.Error(codes.Unimplemented, "AddItems is not written yet")
}
`,
    );
    assert.match(
      files.get('client/client.go')!,
      /"name": \[\n {6}\{"service": "items\.v1\.ItemsService", "method": "GetItem"\}\n {4}\]/,
    );
    const { problems, requests } = readRequests(files.get('requests/billing.grpc.yaml')!);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      requests.map(({ what }) => what),
      ['AddItem', 'GetItem', 'AddItems'].map((method) => `items.v1.ItemsService/${method}`),
    );
  });

  it('brings the imports of its author, and none of everybody’s', async () => {
    const file = (path: string, text: string): string => {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
      return join(folder, path);
    };
    file(
      'shop/common/v1/money.proto',
      'syntax = "proto3";\npackage shop.common.v1;\nmessage Money { int64 units = 1; }\n',
    );
    const main = file(
      'shop/v1/shop.proto',
      `syntax = "proto3";
package shop.v1;
import "google/protobuf/empty.proto";
import "shop/common/v1/money.proto";
service Shop { rpc Pay(shop.common.v1.Money) returns (google.protobuf.Empty); }
`,
    );
    const contract = await readContract(protos, main, signal);
    assert.deepEqual([contract.main, [...contract.sources.keys()]], ['shop/v1/shop.proto', ['shop/common/v1/money.proto', 'shop/v1/shop.proto']]); // prettier-ignore
    assert.deepEqual(
      contract.files.map(({ name }) => name),
      ['google/protobuf/empty.proto', 'shop/common/v1/money.proto', 'shop/v1/shop.proto'],
    );
  });

  it('says what is wrong with a file', async () => {
    const wrong: Record<string, string> = {
      'none.proto': 'syntax = "proto3";\nmessage A {}\n',
      'broken.proto': 'syntax = "proto3";\nservice A { rpc Get(Nothing) returns (Nothing); }\n',
      'missing.proto': 'syntax = "proto3";\nimport "away.proto";\nservice A {}\n',
    };
    const said: string[] = [];
    for (const [name, text] of Object.entries(wrong)) {
      writeFileSync(join(folder, name), text);
      await readContract(protos, join(folder, name), signal).catch((error: Error) => said.push(error.message));
    }
    await readContract(protos, join(folder, 'away.proto'), signal).catch((error: Error) => said.push(error.message));
    assert.equal(said.length, 4, said.join('\n'));
    assert.match(said[0]!, /none\.proto declares no service/);
    assert.match(said[1]!, /Nothing/);
    assert.match(said[2]!, /imports away\.proto, which was not found/);
    assert.match(said[3]!, /There is no \.proto file/);
  });

  it('is no contract of another framework', async () => {
    const proto = join(template, 'proto/items/v1/items.proto');
    await assert.rejects(scaffold.service(folder, { ...choice, framework: 'gin', proto }, signal), { kind: 'invalid' });
  });

  it('puts each file into a Go package by its folder, else by its proto package', () => {
    assert.deepEqual(
      [
        goPackageOf('items/v1/items.proto', 'items.v1'),
        goPackageOf('shop/common/money.proto', 'x'),
        goPackageOf('shop.proto', 'shop.v2'),
        goPackageOf('my-shop.proto', ''),
      ],
      [
        { folder: 'items/v1', name: 'itemsv1' },
        { folder: 'shop/common', name: 'common' },
        { folder: 'shop/v2', name: 'shopv2' },
        { folder: 'my-shop', name: 'myshop' },
      ],
    );
  });
});
