import { createServer } from "node:http";

// The maximum length of the body of POST /health, in bytes.
const MAX_BODY = 1024;

// Longer than the load balancer's 60 seconds. If the server closed an idle connection
// first, the load balancer could still send a request on it and return 502.
const KEEP_ALIVE_MS = 75_000;

// Matches paths of characters that need no escaping in a URL, without . and .. segments.
const BASE_PATH = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+$/;

const isHealth = (status) => status === 200 || status === 500;

/** Reads the settings from the environment. Throws one Error with all problems. */
export function loadConfig(env) {
  const faults = [];
  const read = (name, fallback, convert, isAllowed, allowed) => {
    if (!env[name]) return fallback;
    const value = convert(env[name]);
    if (!isAllowed(value)) faults.push(`${name} is "${env[name]}": set ${allowed}`);
    return value;
  };
  const config = {
    port: read("PORT", 8080, Number, (n) => Number.isInteger(n) && n >= 0 && n <= 65535, "a number from 0 to 65535"),
    basePath: read(
      "BASE_PATH", "", (s) => (s === "/" ? "" : s), (s) => s === "" || BASE_PATH.test(s),
      "a path such as /web, without a slash at its end",
    ),
    healthStatus: read("HEALTH_STATUS", 200, Number, isHealth, "200 or 500"),
    allowHealthChange:
      read("ALLOW_HEALTH_CHANGE", "false", String, (s) => s === "true" || s === "false", "true or false") === "true",
    commit: env.COMMIT_HASH || "unknown",
  };
  if (faults.length > 0) throw new Error(faults.join("; "));
  return config;
}

/** Returns the server, which does not listen yet. */
export function createApp(config) {
  let health = config.healthStatus;

  const routes = {
    "GET /": (_, response) => text(response, health, health === 200 ? "ok" : "unhealthy"),

    "GET /version": (_, response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ commit: config.commit }) + "\n");
    },

    "POST /health": async (request, response) => {
      if (!config.allowHealthChange) {
        text(response, 403, "changing the health is off: start the app with ALLOW_HEALTH_CHANGE=true");
        return;
      }
      const wanted = await readStatus(request);
      if (!isHealth(wanted)) {
        text(response, 400, 'send {"status":200} or {"status":500}');
        return;
      }
      health = wanted;
      response.writeHead(204).end();
    },
  };

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
    const [path] = withoutBasePath(request.url, config.basePath).split("?", 1);
    const method = request.method === "HEAD" ? "GET" : request.method;
    const answer = routes[`${method} ${path}`] ?? ((_, response) => text(response, 404, "not found"));
    try {
      await answer(request, response);
    } catch {
      response.destroy(); // the client disconnected while sending
    }
  });
  server.requestTimeout = 10_000;
  return server;
}

/**
 * Returns a URL without the prefix base: /canary/version becomes /version, and
 * /canary itself becomes /. Other URLs do not change. The prefix is there because a
 * load balancer's rule for /canary/* forwards the path unchanged.
 */
function withoutBasePath(url, base) {
  const rest = url.slice(base.length);
  if (base === "" || !url.startsWith(base) || !/^([/?]|$)/.test(rest)) return url;
  return "/" + rest.replace(/^\//, "");
}

function text(response, status, body) {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(body + "\n");
}

/** Returns the status in a request's JSON body, or undefined if it has none. */
async function readStatus(request) {
  let body = "";
  for await (const chunk of request) {
    body += chunk;
    if (body.length > MAX_BODY) return undefined;
  }
  try {
    return JSON.parse(body)?.status;
  } catch {
    return undefined;
  }
}
