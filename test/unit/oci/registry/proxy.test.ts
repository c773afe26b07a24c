import { test } from "uvu";
import * as assert from "uvu/assert";
import { isLoopback, proxyFor, proxyHeaders } from "../../../../lib/oci/registry/proxy.ts";

const PROXIES = { http_proxy: "http://p:1", HTTPS_PROXY: "q:2" };

function proxyOf(url: string, env: Record<string, string>): string | undefined {
  return proxyFor(new URL(url), env)?.href;
}

test("proxyFor() takes the variable of the scheme, in either case, with or without http://", () => {
  assert.is(proxyOf("http://a.example/", PROXIES), "http://p:1/");
  assert.is(proxyOf("https://a.example/", PROXIES), "http://q:2/");
  assert.is(proxyOf("https://a.example/", { all_proxy: "http://r:3" }), "http://r:3/");
  assert.is(proxyOf("https://a.example/", { https_proxy: "" }), undefined);
});

const EXEMPT: readonly (readonly [url: string, list: string, isExempt: boolean])[] = [
  ["http://a.example/", "a.example", true],
  ["http://b.a.example/", "a.example", true],
  ["http://b.a.example/", ".a.example", true],
  ["http://b.a.example/", "*.a.example", true],
  ["http://ba.example/", "a.example", false],
  ["http://a.example/", "x, A.EXAMPLE y", true],
  ["http://a.example:5000/", "a.example:5000", true],
  ["http://a.example:5001/", "a.example:5000", false],
  ["https://a.example/", "a.example:443", true],
  ["http://a.example/", "*", true],
  ["http://10.1.2.3/", "10.0.0.0/8", true],
  ["http://11.1.2.3/", "10.0.0.0/8", false],
  ["http://10.1.2.3/", "10.1.2.3", true],
  ["http://[fd00::1]/", "fd00::/8", true],
  ["http://[fd00::1]/", "fd00::1", true],
  ["http://10.1.2.3/", "10.0.0.0/99", false],
  ["http://a.example/", "", false],
];

for (const [url, list, isExempt] of EXEMPT) {
  test(`proxyFor() ${url} with no_proxy "${list}" ${isExempt ? "goes" : "does not go"} directly`, () => {
    assert.is(proxyOf(url, { all_proxy: "http://p:1", no_proxy: list }) === undefined, isExempt);
  });
}

test("proxyFor() never sends away what is for this host", () => {
  for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"]) {
    assert.is(proxyOf(`http://${host}:5000/`, PROXIES), undefined);
  }
  assert.not.ok(isLoopback("127.example") || isLoopback("128.0.0.1"));
});

test("proxyHeaders() are those of the address's user", () => {
  assert.equal(proxyHeaders(new URL("http://p:1")), {});
  const expected = `Basic ${Buffer.from("a:b c").toString("base64")}`;
  assert.equal(proxyHeaders(new URL("http://a:b%20c@p:1")), { "proxy-authorization": expected });
});

test.run();
