// The sample application of system S3. examples/doc.go describes its contract.
import { createApp, loadConfig } from "./app.js";

// Leaves five of the 30 seconds that ECS waits by default between SIGTERM and SIGKILL.
const SHUTDOWN_MS = 25_000;

function log(level, msg, more) {
  console.log(JSON.stringify({ time: new Date().toISOString(), level, msg, ...more }));
}

function fail(error) {
  log("ERROR", "stopped", { error: error.message });
  process.exitCode = 1;
}

function main() {
  const config = loadConfig(process.env);
  const server = createApp(config);

  server.on("error", fail);
  server.on("request", (_, response) => {
    response.once("close", () => {
      // close() below closes only connections that are idle at that time, so later ones are closed here.
      if (!server.listening) server.closeIdleConnections();
    });
  });
  server.listen(config.port, () => {
    log("INFO", "listening", { port: server.address().port, commit: config.commit });
  });

  // As process 1 of its container, Node ignores SIGTERM without a handler.
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, () => {
      log("INFO", "stopping", { signal });
      server.close(); // finishes the open requests
      setTimeout(() => {
        fail(new Error(`requests still open ${SHUTDOWN_MS / 1000} s after the signal`));
        server.closeAllConnections();
      }, SHUTDOWN_MS).unref();
    });
  }
}

try {
  main();
} catch (error) {
  fail(error);
}
