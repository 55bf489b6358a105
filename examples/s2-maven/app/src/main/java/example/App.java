package example;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Handles the requests. */
final class App implements HttpHandler {
    /** The maximum length of the body of POST /health, in bytes. */
    private static final int MAX_BODY = 1024;

    /** Matches the two bodies that POST /health accepts. They do not justify a JSON library. */
    private static final Pattern HEALTH_CHANGE = Pattern.compile("\\s*\\{\\s*\"status\"\\s*:\\s*(200|500)\\s*}\\s*");

    private final Config config;
    private volatile int health;

    App(Config config) {
        this.config = config;
        this.health = config.healthStatus();
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod().replace("HEAD", "GET");
            switch (method + " " + exchange.getRequestURI().getPath()) {
                case "GET /" -> answerHealth(exchange);
                case "GET /version" ->
                    answer(exchange, 200, "application/json", "{\"commit\":\"%s\"}".formatted(config.commit()));
                case "POST /health" -> changeHealth(exchange);
                default -> text(exchange, 404, "not found");
            }
        }
    }

    private void answerHealth(HttpExchange exchange) throws IOException {
        int status = health;
        text(exchange, status, status == 200 ? "ok" : "unhealthy");
    }

    private void changeHealth(HttpExchange exchange) throws IOException {
        if (!config.allowHealthChange()) {
            text(exchange, 403, "changing the health is off: start the app with ALLOW_HEALTH_CHANGE=true");
            return;
        }
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
        Matcher wanted = HEALTH_CHANGE.matcher(new String(body, StandardCharsets.UTF_8));
        if (body.length > MAX_BODY || !wanted.matches()) {
            text(exchange, 400, "send {\"status\":200} or {\"status\":500}");
            return;
        }
        health = Integer.parseInt(wanted.group(1));
        exchange.sendResponseHeaders(204, -1);
    }

    private static void text(HttpExchange exchange, int status, String body) throws IOException {
        answer(exchange, status, "text/plain; charset=utf-8", body);
    }

    private static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = (body + "\n").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
