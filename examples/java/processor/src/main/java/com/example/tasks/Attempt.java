package com.example.tasks;

import com.amazonaws.services.lambda.runtime.Context;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** One run of the work of a task. */
final class Attempt<P> implements Task<P> {
    /** An event that is older than this can be a retry. Before, a cancellation is unlikely, and to ask would cost more than it saves. */
    private static final long FRESH_MILLIS = 30_000;

    private final Delivery delivery;
    private final Class<P> payloadType;
    private final TaskOptions options;
    private final AwsCalls aws;
    private final Background background;
    private final TaskLog log;
    private final Reports reports;
    private final Progress progress;
    private final Cancellation cancellation;
    private P payload;
    private volatile ObjectNode resultObject;

    /** The work of a task. */
    @FunctionalInterface
    interface Work<P> {
        Object process(Task<P> task) throws Exception;
    }

    Attempt(Delivery delivery, Class<P> payloadType, TaskOptions options, AwsCalls aws, Background background, Context context) {
        this.delivery = delivery;
        this.payloadType = payloadType;
        this.options = options;
        this.aws = aws;
        this.background = background;
        log = TaskLog.of(delivery, context.getLogger());
        reports = new Reports(delivery, aws, background, log);
        progress = new Progress(reports, background, options);
        cancellation = new Cancellation(delivery, aws, background, log, context);
    }

    /**
     * Runs the work, and returns what the handler returns.
     *
     * @throws Exception if Lambda is to retry
     */
    JsonNode run(Work<P> work) throws Exception {
        var isPastDeadline = delivery.deadlineAt().toEpochMilli() <= background.millis();
        if (isPastDeadline || isRetry()) {
            var status = cancellation.ask();
            if (hasEnded()) return ended("task not started");
            if (isPastDeadline && status == null) {
                log.info("task not started: its deadline has passed");
                return TaskEnd.failed("TaskTimeout", "the task's deadline passed before its processor started").returnValue();
            }
        }
        try {
            var end = workOn(work);
            if (hasEnded()) return ended("work stopped");
            reports.sendSurely(end.report());
            return end.returnValue();
        } catch (Exception | Error error) {
            if (hasEnded()) return ended("work stopped");
            beforeRetry(error);
            throw error;
        } finally {
            reports.settle();
        }
    }

    private boolean isRetry() {
        var sentAt = delivery.sentAt();
        return delivery.receiveCount() > 1 || sentAt != null && background.millis() - sentAt.toEpochMilli() > FRESH_MILLIS;
    }

    /** Does the work. Throws what is worth a retry. */
    private TaskEnd workOn(Work<P> work) throws Exception {
        try {
            payload = parsePayload();
            progress.start();
            cancellation.start(options, progress::stop);
            return TaskEnd.ofReturned(work.process(this), resultObject, delivery.resultBucketName() != null);
        } catch (TaskFailure failure) {
            return TaskEnd.ofThrown(failure);
        } finally {
            progress.stop();
            cancellation.stop();
        }
    }

    private P parsePayload() throws JsonProcessingException {
        try {
            return Json.MAPPER.treeToValue(delivery.task().get("payload"), payloadType);
        } catch (JsonMappingException error) {
            var path = error.getPath().stream()
                .map(part -> Objects.requireNonNullElse(part.getFieldName(), String.valueOf(part.getIndex())))
                .collect(Collectors.joining("."));
            throw new TaskFailure("InvalidPayload", path.isEmpty() ? "payload is not valid" : path + ": not a valid value", error);
        }
    }

    /** Prepares for the pause before a retry, or ends the task if there is none. */
    private void beforeRetry(Throwable error) throws InterruptedException {
        try {
            if (isLastAttempt()) reports.sendSurely(TaskEnd.ofThrown(error).report());
            else progress.takeBackHeartbeat();
        } catch (RuntimeException failure) {
            // Each failed attempt to report is logged. The error that caused the retry counts.
            error.addSuppressed(failure);
        }
    }

    /** Returns whether a queue does not deliver the task again. Without a queue, the reporter of the TaskProcessor reports the failure. */
    private boolean isLastAttempt() {
        if (delivery.queueArn() == null) return false;
        try {
            return delivery.receiveCount() >= aws.maxReceiveCount(delivery.queueArn());
        } catch (RuntimeException failure) {
            log.warn("number of attempts not known", failure);
            return false;
        }
    }

    private boolean hasEnded() {
        return cancellation.endedAs() != null;
    }

    private JsonNode ended(String message) {
        log.info("%s: the task has ended as %s".formatted(message, cancellation.endedAs()));
        return NullNode.getInstance();
    }

    @Override
    public String taskId() {
        return delivery.taskId();
    }

    @Override
    public String type() {
        return delivery.type();
    }

    @Override
    public P payload() {
        return payload;
    }

    @Override
    public Optional<String> owner() {
        return Optional.ofNullable(delivery.task().path("owner").textValue());
    }

    @Override
    public Instant createdAt() {
        return Instant.parse(delivery.createdAt());
    }

    @Override
    public Instant deadlineAt() {
        return delivery.deadlineAt();
    }

    @Override
    public Optional<String> traceparent() {
        return Optional.ofNullable(delivery.traceparent());
    }

    @Override
    public Optional<String> tracestate() {
        return Optional.ofNullable(delivery.tracestate());
    }

    @Override
    public void progress(double percent) {
        progress.report(percent, null);
    }

    @Override
    public void progress(String message) {
        progress.report(null, message);
    }

    @Override
    public void progress(double percent, String message) {
        progress.report(percent, message);
    }

    @Override
    public boolean isCancelled() {
        return cancellation.isCancelled();
    }

    @Override
    public void throwIfCancelled() {
        cancellation.throwIfCancelled();
    }

    @Override
    public void upload(String contentType, String fileName, Content content) throws Exception {
        var bucket = delivery.resultBucketName();
        if (bucket == null) throw new IllegalStateException("the TaskManager has no bucket for results: set its prop resultBucket");
        throwIfCancelled();
        var key = "tasks/%s/%s/%s".formatted(type(), taskId(), UUID.randomUUID());
        var upload = aws.upload(bucket, key, contentType, this::throwIfCancelled);
        try {
            content.writeTo(upload);
            upload.complete();
        } catch (Exception | Error error) {
            abort(upload, error);
            throw error;
        }
        var uploaded = JsonNodeFactory.instance.objectNode().put("key", key).put("contentType", contentType);
        resultObject = fileName == null ? uploaded : uploaded.put("fileName", fileName);
    }

    private static void abort(S3Upload upload, Throwable reason) {
        try {
            upload.abort();
        } catch (RuntimeException failure) {
            // The bucket removes what is left. The error that caused the abort counts.
            reason.addSuppressed(failure);
        }
    }
}
