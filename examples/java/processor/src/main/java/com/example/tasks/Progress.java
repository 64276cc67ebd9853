package com.example.tasks;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Future;

/** Reports that the work goes on: RUNNING at the start, progress, and heartbeats. */
final class Progress {
    private final Reports reports;
    private final Background background;
    private final TaskOptions options;
    private ObjectNode latest;
    private long sequence;
    private long reportedAt;
    private Future<?> waiting;
    private Future<?> heartbeat;
    private boolean hasStopped;

    Progress(Reports reports, Background background, TaskOptions options) {
        this.reports = reports;
        this.background = background;
        this.options = options;
    }

    synchronized void start() {
        reports.send(next(heartbeatSeconds()));
        if (options.heartbeat() != null) {
            heartbeat = background.every(options.heartbeat().toMillis() / 3, () -> sendLatest(heartbeatSeconds()));
        }
    }

    /**
     * Reports at once, or when the time since the last report is over. Then the latest progress counts.
     *
     * @param percent null if there is none
     * @param message null if there is none
     */
    synchronized void report(Double percent, String message) {
        latest = parse(percent, message);
        if (hasStopped || waiting != null) return;
        var pause = reportedAt + options.progressInterval().toMillis() - background.millis();
        if (pause <= 0) sendLatest(null);
        else waiting = background.after(pause, () -> sendLatest(null));
    }

    /** Takes a heartbeat back, because the pause before a retry is longer. */
    void takeBackHeartbeat() throws InterruptedException {
        if (heartbeat == null) return;
        // A report that is under way could arm it again.
        reports.settle();
        reports.sendSurely(next(0L));
    }

    /** Drops the progress that waits. */
    synchronized void stop() {
        hasStopped = true;
        if (waiting != null) waiting.cancel(false);
        if (heartbeat != null) heartbeat.cancel(false);
    }

    private synchronized void sendLatest(Long heartbeatSeconds) {
        if (hasStopped) return;
        if (waiting != null) waiting.cancel(false);
        waiting = null;
        reportedAt = background.millis();
        reports.send(next(heartbeatSeconds));
    }

    /** Makes the next report. Each has the latest progress, because it can overtake the one before. */
    private synchronized ObjectNode next(Long heartbeatSeconds) {
        // By the clock, so that those of a retry are newer.
        sequence = Math.max(sequence + 1, background.millis());
        var report = JsonNodeFactory.instance.objectNode().put("status", "RUNNING").put("sequence", sequence);
        if (latest != null) report.set("progress", latest);
        if (heartbeatSeconds != null) report.put("heartbeatSeconds", heartbeatSeconds);
        return report;
    }

    private Long heartbeatSeconds() {
        return options.heartbeat() == null ? null : options.heartbeat().toSeconds();
    }

    private static ObjectNode parse(Double percent, String message) {
        if (percent == null && message == null) throw new IllegalArgumentException("progress needs a percent, a message or both");
        var progress = JsonNodeFactory.instance.objectNode();
        if (percent != null) {
            if (!(percent >= 0 && percent <= 100)) throw new IllegalArgumentException("percent must be from 0 to 100, got " + percent);
            progress.put("percent", percent);
        }
        if (message != null) progress.put("message", Json.storableText(message, Protocol.MAX_PROGRESS_MESSAGE));
        return progress;
    }
}
