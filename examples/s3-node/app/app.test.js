import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

import { createApp, loadConfig } from "./app.js";

/** Starts the app on a free port and returns its URL. The end of the test closes the app. */
async function start(t, env = {}) {
  const server = createApp(loadConfig({ COMMIT_HASH: "c0ffee", ...env }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

const routes = [
  { name: "health", path: "/", status: 200, body: "ok\n" },
  { name: "health with a query", path: "/?probe=1", status: 200, body: "ok\n" },
  { name: "health by HEAD", path: "/", method: "HEAD", status: 200, body: "" },
  { name: "unhealthy", path: "/", env: { HEALTH_STATUS: "500" }, status: 500, body: "unhealthy\n" },
  { name: "version", path: "/version", status: 200, body: '{"commit":"c0ffee"}\n' },
  { name: "version while unhealthy", path: "/version", env: { HEALTH_STATUS: "500" }, status: 200, body: '{"commit":"c0ffee"}\n' },
  { name: "no base path", path: "/canary/version", status: 404, body: "not found\n" },
  { name: "base path, version", path: "/canary/version", env: { BASE_PATH: "/canary" }, status: 200, body: '{"commit":"c0ffee"}\n' },
  { name: "base path itself", path: "/canary", env: { BASE_PATH: "/canary" }, status: 200, body: "ok\n" },
  { name: "base path with slash", path: "/canary/", env: { BASE_PATH: "/canary" }, status: 200, body: "ok\n" },
  { name: "base path with a query", path: "/canary?probe=1", env: { BASE_PATH: "/canary" }, status: 200, body: "ok\n" },
  { name: "base path, another path", path: "/canary/nothing", env: { BASE_PATH: "/canary" }, status: 404, body: "not found\n" },
  { name: "base path is no substring", path: "/canarys/version", env: { BASE_PATH: "/canary" }, status: 404, body: "not found\n" },
  { name: "root beside the base path", path: "/version", env: { BASE_PATH: "/canary" }, status: 200, body: '{"commit":"c0ffee"}\n' },
  { name: "unknown path", path: "/nothing", status: 404, body: "not found\n" },
];
for (const { name, path, method, env, status, body } of routes) {
  test(`route: ${name}`, async (t) => {
    const response = await fetch((await start(t, env)) + path, { method });
    assert.equal(response.status, status);
    assert.equal(await response.text(), body);
  });
}

test("the health can be changed, and back", async (t) => {
  const url = await start(t, { ALLOW_HEALTH_CHANGE: "true" });
  const steps = [
    { body: '{"status":500}', status: 204, healthIs: 500 },
    { body: '{"status":302}', status: 400, healthIs: 500 },
    { body: '{"status":"200"}', status: 400, healthIs: 500 },
    { body: "null", status: 400, healthIs: 500 },
    { body: "", status: 400, healthIs: 500 },
    { body: " ".repeat(1024) + '{"status":200}', status: 400, healthIs: 500 },
    { body: '{"status":200}', status: 204, healthIs: 200 },
  ];
  for (const { body, status, healthIs } of steps) {
    const change = await fetch(`${url}/health`, { method: "POST", body });
    assert.equal(change.status, status, body);
    assert.equal((await fetch(url)).status, healthIs, body);
  }
});

test("strangers cannot change the health", async (t) => {
  const url = await start(t);
  const change = await fetch(`${url}/health`, { method: "POST", body: '{"status":500}' });
  assert.equal(change.status, 403);
  assert.match(await change.text(), /ALLOW_HEALTH_CHANGE=true/);
  assert.equal((await fetch(url)).status, 200);
});

test("the configuration has defaults", () => {
  assert.deepEqual(loadConfig({}), { port: 8080, basePath: "", healthStatus: 200, allowHealthChange: false, commit: "unknown" });
});

test("the base path may be the root, and has no slash at its end", () => {
  assert.equal(loadConfig({ BASE_PATH: "/" }).basePath, "");
  assert.equal(loadConfig({ BASE_PATH: "/a/b.c" }).basePath, "/a/b.c");
  for (const path of ["web", "/web/", "/web/..", "/./web", "/{x}", "//web"]) {
    assert.throws(() => loadConfig({ BASE_PATH: path }), /BASE_PATH is ".*": set a path such as \/web/, path);
  }
});

test("the configuration names every fault", () => {
  const env = { PORT: "80a", HEALTH_STATUS: "404", ALLOW_HEALTH_CHANGE: "maybe" };
  assert.throws(() => loadConfig(env), /PORT is "80a".*HEALTH_STATUS is "404".*ALLOW_HEALTH_CHANGE is "maybe"/);
});
