package com.example.tasks;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.util.Objects;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/**
 * Writes log entries about a task. They have ids, codes and names of errors, but no payloads, results or messages.
 *
 * @param ids what each entry has about the task: its id, and that of its trace if it has one
 */
record TaskLog(LambdaLogger logger, String ids) {
    private static final Pattern TRACE_ID = Pattern.compile("00-([0-9a-f]{32})-.*");

    static TaskLog of(Delivery delivery, LambdaLogger logger) {
        var trace = TRACE_ID.matcher(Objects.requireNonNullElse(delivery.traceparent(), ""));
        return new TaskLog(logger, "taskId=" + delivery.taskId() + (trace.matches() ? " traceId=" + trace.group(1) : ""));
    }

    void info(String message) {
        logger.log("%s: %s".formatted(message, ids), LogLevel.INFO);
    }

    void warn(String message, Throwable error) {
        logger.log("%s: %s error=%s".formatted(message, ids, nameOf(error)), LogLevel.WARN);
    }

    private static String nameOf(Throwable error) {
        return error instanceof AwsServiceException reply && reply.awsErrorDetails() != null
            ? reply.awsErrorDetails().errorCode() : error.getClass().getSimpleName();
    }
}
