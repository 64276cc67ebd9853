package com.example.tasks;

import java.time.Duration;

/**
 * Options of a {@link TaskProcessor}, such as {@code TaskOptions.defaults().withStatusInterval(Duration.ofSeconds(30))}.
 *
 * @param heartbeat time within which the processor promises its next report: 1 second to 1 day, in whole seconds; null for no heartbeat.
 *     It keeps the promise in the background. If it stops, the task fails with {@code HeartbeatTimeout}. A Lambda function needs no
 *     heartbeat, because Lambda reports its failures
 * @param progressInterval minimum time between two reports of progress
 * @param statusInterval how often the processor asks whether the task has ended: at least 1 second
 */
public record TaskOptions(Duration heartbeat, Duration progressInterval, Duration statusInterval) {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** @throws IllegalArgumentException if an option is not valid */
    public TaskOptions {
        expect("heartbeat", heartbeat, "whole seconds from PT1S to PT24H",
            heartbeat == null || isFrom(SECOND, heartbeat) && isFrom(heartbeat, Duration.ofDays(1)) && heartbeat.getNano() == 0);
        expect("progressInterval", progressInterval, "PT0S or more", isFrom(Duration.ZERO, progressInterval));
        expect("statusInterval", statusInterval, "PT1S or more", isFrom(SECOND, statusInterval));
    }

    /** Returns the defaults: no heartbeat, progress once a second, the status every 5 seconds. */
    public static TaskOptions defaults() {
        return new TaskOptions(null, SECOND, Duration.ofSeconds(5));
    }

    public TaskOptions withHeartbeat(Duration heartbeat) {
        return new TaskOptions(heartbeat, progressInterval, statusInterval);
    }

    public TaskOptions withProgressInterval(Duration progressInterval) {
        return new TaskOptions(heartbeat, progressInterval, statusInterval);
    }

    public TaskOptions withStatusInterval(Duration statusInterval) {
        return new TaskOptions(heartbeat, progressInterval, statusInterval);
    }

    private static boolean isFrom(Duration minimum, Duration value) {
        return minimum.compareTo(value) <= 0;
    }

    private static void expect(String name, Duration value, String allowed, boolean isValid) {
        if (!isValid) throw new IllegalArgumentException("%s must be %s, got %s".formatted(name, allowed, value));
    }
}
