package com.example.tasks;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/** Writes log entries about a task. They have ids, codes and names of errors, but no payloads, results or messages. */
record TaskLog(LambdaLogger logger, String taskId) {
    void info(String message) {
        logger.log("task %s: %s".formatted(taskId, message), LogLevel.INFO);
    }

    void warn(String message, Throwable error) {
        logger.log("task %s: %s: %s".formatted(taskId, message, nameOf(error)), LogLevel.WARN);
    }

    private static String nameOf(Throwable error) {
        return error instanceof AwsServiceException reply && reply.awsErrorDetails() != null
            ? reply.awsErrorDetails().errorCode() : error.getClass().getSimpleName();
    }
}
