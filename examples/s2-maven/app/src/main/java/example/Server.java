package example;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The sample application of system S2. examples/doc.go describes its contract. */
public final class Server {
    /** Leaves five of the 30 seconds that ECS waits by default between SIGTERM and SIGKILL. */
    private static final int SHUTDOWN_SECONDS = 25;

    private final HttpServer http;
    private final ExecutorService workers = Executors.newFixedThreadPool(16);

    /** Starts the server. */
    Server(Config config) throws IOException {
        http = HttpServer.create(new InetSocketAddress(config.port()), 0);
        http.createContext("/", new App(config));
        http.setExecutor(workers);
        http.start();
    }

    int port() {
        return http.getAddress().getPort();
    }

    /**
     * Finishes the open requests and stops.
     *
     * <p>HttpServer.stop would wait its whole delay even without open requests, so this method
     * waits for the workers instead.
     */
    void stop() {
        workers.shutdown();
        try {
            if (!workers.awaitTermination(SHUTDOWN_SECONDS, TimeUnit.SECONDS)) {
                log("ERROR", "requests still open after " + SHUTDOWN_SECONDS + " s", "");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        http.stop(0);
    }

    private static void log(String level, String msg, String more) {
        System.out.printf("{\"level\":\"%s\",\"msg\":\"%s\"%s}%n", level, msg, more);
    }

    public static void main(String[] args) throws IOException {
        // HttpServer reads these properties once, in seconds. The idle timeout is longer than the load balancer's 60
        // seconds. If the server closed an idle connection first, the load balancer could still send a request on it and
        // return 502.
        System.setProperty("sun.net.httpserver.idleInterval", "75");
        System.setProperty("sun.net.httpserver.maxReqTime", "10");

        Config config;
        try {
            config = Config.load(System.getenv());
        } catch (IllegalArgumentException e) {
            // Plain text, because nothing escapes the values in the message without a JSON library.
            System.err.println(e.getMessage());
            System.exit(1);
            return;
        }
        Server server = new Server(config);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            log("INFO", "stopping", "");
            server.stop();
        }));
        log("INFO", "listening", ",\"port\":%d,\"commit\":\"%s\"".formatted(server.port(), config.commit()));
    }
}
