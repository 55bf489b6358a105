package example;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What the environment variables say.
 *
 * @param port the port to listen on; 0 lets the system choose
 * @param healthStatus what health checks get at first, 200 or 500
 * @param allowHealthChange whether POST /health may change that
 * @param commit the commit this image was built from
 */
record Config(int port, int healthStatus, boolean allowHealthChange, String commit) {

    /**
     * Reads the environment.
     *
     * @throws IllegalArgumentException naming every fault
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
