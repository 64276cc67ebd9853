package com.example.tasks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Instant;
import java.util.List;

/**
 * A task, and how it came.
 *
 * @param task detail of its {@code TaskCreatedEvent}
 * @param sentAt when EventBridge got the event; null if the event does not say
 * @param receiveCount how often a queue has delivered it; 1 without a queue
 * @param queueArn null without a queue
 */
record Delivery(JsonNode task, Instant sentAt, int receiveCount, String queueArn) {
    private static final List<String> REQUIRED = List.of(
        "/taskId", "/type", "/createdAt", "/deadlineAt", "/reportTo/eventBusName", "/reportTo/source");

    /**
     * Parses what Lambda invokes the function with: a {@code TaskCreatedEvent}, or the event of a queue with one such event.
     *
     * @throws IllegalArgumentException if it is anything else. The message does not quote it
     */
    static Delivery parse(JsonNode event) {
        var records = event.path("Records");
        if (!records.isArray()) return parseCreated(event, 1, null);
        if (records.size() != 1) {
            throw new IllegalArgumentException(
                "expected one message of a queue, got %d: set the batch size of the event source mapping to 1".formatted(records.size()));
        }
        var message = records.path(0);
        var receiveCount = message.path("attributes").path("ApproximateReceiveCount").asInt(1);
        return parseCreated(parseBody(message.path("body").asText()), receiveCount, message.path("eventSourceARN").textValue());
    }

    private static Delivery parseCreated(JsonNode event, int receiveCount, String queueArn) {
        var detailType = event.path("detail-type").textValue();
        if (!Protocol.CREATED.equals(detailType)) {
            throw new IllegalArgumentException("expected a %s from EventBridge, or a message of a queue with one, got %s".formatted(
                Protocol.CREATED, detailType == null ? "something else" : "a " + detailType));
        }
        var task = event.path("detail");
        for (var path : REQUIRED) {
            if (!task.at(path).isTextual()) {
                throw new IllegalArgumentException(
                    "expected a %s with detail%s: do not transform the event".formatted(Protocol.CREATED, path.replace('/', '.')));
            }
        }
        var time = event.path("time").textValue();
        return new Delivery(task, time == null ? null : Instant.parse(time), receiveCount, queueArn);
    }

    private static JsonNode parseBody(String body) {
        try {
            return Json.MAPPER.readTree(body);
        } catch (JsonProcessingException error) {
            return MissingNode.getInstance();
        }
    }

    String taskId() {
        return task.path("taskId").textValue();
    }

    String type() {
        return task.path("type").textValue();
    }

    String createdAt() {
        return task.path("createdAt").textValue();
    }

    Instant deadlineAt() {
        return Instant.parse(task.path("deadlineAt").textValue());
    }

    /** Returns null if the task is of an earlier version of the TaskManager. */
    String traceparent() {
        return task.path("traceparent").textValue();
    }

    /** Returns null if there is none. */
    String tracestate() {
        return task.path("tracestate").textValue();
    }

    String eventBusName() {
        return task.at("/reportTo/eventBusName").textValue();
    }

    String source() {
        return task.at("/reportTo/source").textValue();
    }

    /** Returns null if the TaskManager has none, or its processor does not know it. */
    String statusReaderArn() {
        return task.at("/reportTo/statusReaderArn").textValue();
    }

    /** Returns null if the TaskManager has none, or its processor does not know it. */
    String resultBucketName() {
        return task.at("/reportTo/resultBucketName").textValue();
    }
}
