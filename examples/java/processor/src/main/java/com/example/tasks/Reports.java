package com.example.tasks;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Sends the reports of a task. */
final class Reports {
    /** Pauses between the attempts to report an end. The SDK has its own ones between those of a call. */
    private static final int[] PAUSES_MILLIS = {100, 400, 1600};

    private final Delivery delivery;
    private final AwsCalls aws;
    private final Background background;
    private final TaskLog log;
    private int inFlight;

    Reports(Delivery delivery, AwsCalls aws, Background background, TaskLog log) {
        this.delivery = delivery;
        this.aws = aws;
        this.background = background;
        this.log = log;
    }

    /** Sends a report in the background. Nothing depends on it, so a failure is only logged. */
    synchronized void send(ObjectNode report) {
        inFlight++;
        background.start(() -> {
            try {
                sendNow(report);
            } catch (RuntimeException error) {
                logFailed(report, error);
            } finally {
                landed();
            }
        });
    }

    /** Waits until the reports in the background have been sent, or have failed. */
    synchronized void settle() throws InterruptedException {
        while (inFlight > 0) wait();
    }

    /**
     * Sends a report that must arrive, such as the end of the task.
     *
     * @throws IllegalStateException if EventBridge accepts no attempt
     */
    void sendSurely(ObjectNode report) throws InterruptedException {
        for (var attempt = 0;; attempt++) {
            try {
                sendNow(report);
                return;
            } catch (RuntimeException error) {
                logFailed(report, error);
                if (attempt == PAUSES_MILLIS.length) {
                    var status = report.path("status").asText();
                    throw new IllegalStateException("EventBridge did not accept the report that the task is " + status, error);
                }
                background.pause(PAUSES_MILLIS[attempt]);
            }
        }
    }

    private void sendNow(ObjectNode report) {
        var detail = JsonNodeFactory.instance.objectNode().put("taskId", delivery.taskId()).put("taskCreatedAt", delivery.createdAt());
        detail.setAll(report);
        aws.send(delivery.eventBusName(), delivery.source(), detail);
    }

    private synchronized void landed() {
        inFlight--;
        notifyAll();
    }

    private void logFailed(ObjectNode report, RuntimeException error) {
        log.warn("report of " + report.path("status").asText() + " failed", error);
    }
}
