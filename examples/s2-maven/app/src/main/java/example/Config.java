package example;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The settings from the environment variables.
 *
 * @param port the port to listen on; with 0 the system chooses it
 * @param healthStatus the initial status code of the health check, 200 or 500
 * @param allowHealthChange whether POST /health may change the status code
 * @param commit the commit from which this image was built
 */
record Config(int port, int healthStatus, boolean allowHealthChange, String commit) {

    /**
     * Reads the environment.
     *
     * @throws IllegalArgumentException with all problems
     */
    static Config load(Map<String, String> env) {
        List<String> faults = new ArrayList<>();
        String port = read(env, "PORT", "8080", Config::isPort, "a number from 0 to 65535", faults);
        String health = read(env, "HEALTH_STATUS", "200", s -> s.matches("200|500"), "200 or 500", faults);
        String allow = read(env, "ALLOW_HEALTH_CHANGE", "false", s -> s.matches("true|false"), "true or false", faults);
        String commit = read(env, "COMMIT_HASH", "unknown", s -> s.matches("[A-Za-z0-9._-]+"), "a commit's hash", faults);
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        return new Config(Integer.parseInt(port), Integer.parseInt(health), Boolean.parseBoolean(allow), commit);
    }

    private static boolean isPort(String value) {
        return value.matches("[0-9]{1,5}") && Integer.parseInt(value) <= 65535;
    }

    private static String read(Map<String, String> env, String name, String fallback, Predicate<String> isAllowed,
            String allowed, List<String> faults) {
        String value = env.getOrDefault(name, "");
        if (value.isEmpty()) {
            return fallback;
        }
        if (!isAllowed.test(value)) {
            faults.add("%s is \"%s\": set %s".formatted(name, value, allowed));
        }
        return value;
    }
}
