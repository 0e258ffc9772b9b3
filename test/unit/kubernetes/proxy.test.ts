import assert from 'node:assert/strict';
import { proxyFor } from '../../../src/kubernetes/proxy.ts';

const proxy = 'http://proxy.test:3128';

describe('proxy', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['https://api.example.com', '', true],
    ['https://api.example.com', '*', false],
    ['https://api.example.com', 'example.com', false],
    ['https://example.com', '.example.com', true],
    ['https://notexample.com', 'example.com', true],
    ['https://api.example.com:6443', 'example.com:6443', false],
    ['https://api.example.com', 'example.com:6443', true],
    ['https://10.1.2.3:6443', '10.0.0.0/8, 192.168.0.0/16', false],
    ['https://11.1.2.3:6443', '10.0.0.0/8', true],
    ['https://10.1.2.3', '10.1.2.3', false],
    ['https://[fd00::5]:6443', 'fd00::/8', false],
    ['https://127.0.0.1:6443', '', false],
    ['https://127.9.9.9:6443', '', false],
    ['https://localhost:6443', '', false],
    ['https://[::1]:6443', '', false],
  ];
  for (const [server, exceptions, proxied] of cases) {
    it(`${server} with NO_PROXY=${exceptions} goes ${proxied ? 'through the proxy' : 'directly'}`, () => {
      const env = { HTTPS_PROXY: proxy, NO_PROXY: exceptions };
      assert.equal(proxyFor(server, undefined, env), proxied ? proxy : undefined);
    });
  }

  it("prefers the kubeconfig's, except for loopback", () => {
    const own = 'http://own.test:8080';
    assert.equal(proxyFor('https://api.test', own, { HTTPS_PROXY: proxy, NO_PROXY: '*' }), own);
    assert.equal(proxyFor('https://127.0.0.1:1', own, {}), undefined);
  });

  it('reads the lower-case variables, and HTTP_PROXY for plain HTTP only', () => {
    assert.equal(proxyFor('https://api.test', undefined, { https_proxy: proxy }), proxy);
    assert.equal(proxyFor('https://api.test', undefined, { HTTP_PROXY: proxy }), undefined);
    assert.equal(proxyFor('http://api.test', undefined, { HTTP_PROXY: proxy }), proxy);
  });
});
