package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AppTest {
    private static HttpResponse<String> send(Server server, String method, String path, String body)
            throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
        HttpRequest request = HttpRequest.newBuilder(uri).method(method, BodyPublishers.ofString(body)).build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', textBlock = """
            200, GET,  /,         200, ok
            200, HEAD, /,         200, ``
            500, GET,  /,         500, `unhealthy`
            200, GET,  /version,  200, {"commit":"c0ffee"}
            500, GET,  /version,  200, {"commit":"c0ffee"}
            200, GET,  /nothing,  404, not found
            200, PUT,  /version,  404, not found
            """)
    void routes(int health, String method, String path, int status, String body) throws Exception {
        Server server = new Server(new Config(0, health, false, "c0ffee"));
        try {
            HttpResponse<String> response = send(server, method, path, "");
            assertEquals(status, response.statusCode());
            assertEquals(body, response.body().strip());
        } finally {
            server.stop();
        }
    }

    @Test
    void healthChangesAndBack() throws Exception {
        record Step(String body, int status, int healthIs) {}
        Step[] steps = {
            new Step("{\"status\":500}", 204, 500),
            new Step("{\"status\":302}", 400, 500),
            new Step("{\"status\":\"200\"}", 400, 500),
            new Step("", 400, 500),
            new Step(" ".repeat(1024) + "{\"status\":200}", 400, 500),
            new Step("{\"status\":200}", 204, 200),
        };
        Server server = new Server(new Config(0, 200, true, "c0ffee"));
        try {
            for (Step step : steps) {
                assertEquals(step.status, send(server, "POST", "/health", step.body).statusCode(), step.body);
                assertEquals(step.healthIs, send(server, "GET", "/", "").statusCode(), step.body);
            }
        } finally {
            server.stop();
        }
    }

    @Test
    void strangersCannotChangeTheHealth() throws Exception {
        Server server = new Server(Config.load(Map.of("PORT", "0")));
        try {
            HttpResponse<String> change = send(server, "POST", "/health", "{\"status\":500}");
            assertEquals(403, change.statusCode());
            assertTrue(change.body().contains("ALLOW_HEALTH_CHANGE=true"), change.body());
            assertEquals(200, send(server, "GET", "/", "").statusCode());
        } finally {
            server.stop();
        }
    }

    @Test
    void configurationHasDefaults() {
        assertEquals(new Config(8080, 200, false, "unknown"), Config.load(Map.of()));
    }

    @ParameterizedTest
    @CsvSource({"PORT, 65536", "PORT, 80a", "HEALTH_STATUS, 404", "ALLOW_HEALTH_CHANGE, maybe", "COMMIT_HASH, \"}"})
    void configurationNamesFaults(String name, String value) {
        IllegalArgumentException fault =
                assertThrows(IllegalArgumentException.class, () -> Config.load(Map.of(name, value)));
        assertTrue(fault.getMessage().startsWith(name + " is \"" + value + "\""), fault.getMessage());
    }
}
