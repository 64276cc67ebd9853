package com.example.tasks;

import com.amazonaws.services.lambda.runtime.Context;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.concurrent.Future;

/** Knows when the work is to stop: the task has ended, or the time of the function is nearly up. */
final class Cancellation {
    /** Time for the work to stop, and for what follows it. */
    private static final long RESERVE_MILLIS = 5_000;

    private final Delivery delivery;
    private final AwsCalls aws;
    private final Background background;
    private final TaskLog log;
    private final long outOfTimeAt;
    private boolean hasWarned;
    private Future<?> questions;
    private volatile String endedAs;

    Cancellation(Delivery delivery, AwsCalls aws, Background background, TaskLog log, Context context) {
        this.delivery = delivery;
        this.aws = aws;
        this.background = background;
        this.log = log;
        var remaining = context.getRemainingTimeInMillis();
        outOfTimeAt = background.millis() + remaining - Math.min(RESERVE_MILLIS, remaining / 10);
    }

    /**
     * Asks for the status of the task. Returns null if it is not known. The work then goes on: a StatusReader that fails must not fail the
     * tasks.
     */
    String ask() {
        if (delivery.statusReaderArn() == null) return null;
        try {
            var request = JsonNodeFactory.instance.objectNode()
                .put("taskId", delivery.taskId()).put("taskType", delivery.type()).put("createdAt", delivery.createdAt());
            var status = aws.status(delivery.statusReaderArn(), request);
            if (status != null && Protocol.ENDS.contains(status)) endedAs = status;
            return status;
        } catch (RuntimeException error) {
            if (!hasWarned) log.warn("status not known, so the task goes on", error);
            hasWarned = true;
            return null;
        }
    }

    /**
     * Asks for the status again and again.
     *
     * @param onEnd runs when the task has ended
     */
    void start(TaskOptions options, Runnable onEnd) {
        if (delivery.statusReaderArn() == null) return;
        questions = background.every(options.statusInterval().toMillis(), () -> {
            ask();
            if (endedAs != null) {
                stop();
                onEnd.run();
            }
        });
    }

    void stop() {
        if (questions != null) questions.cancel(false);
    }

    /** Returns the terminal status of the task, as far as known; null if the task has not ended. */
    String endedAs() {
        return endedAs;
    }

    boolean isCancelled() {
        return endedAs != null || background.millis() >= outOfTimeAt;
    }

    void throwIfCancelled() {
        if (endedAs != null) throw new TaskEnded(endedAs);
        if (isCancelled()) throw new OutOfTime();
    }
}
