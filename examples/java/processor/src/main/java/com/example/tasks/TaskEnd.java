package com.example.tasks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/**
 * How a task ends.
 *
 * @param report the report of it, without the task
 */
record TaskEnd(ObjectNode report) {
    /**
     * Makes the end of a task whose work has returned.
     *
     * @param resultObject the object that the work has uploaded; null if it has uploaded none
     * @param canUpload whether the work could have uploaded one
     */
    static TaskEnd ofReturned(Object value, ObjectNode resultObject, boolean canUpload) {
        JsonNode result;
        try {
            var json = Json.MAPPER.writeValueAsString(value);
            var bytes = json.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > Protocol.MAX_RESULT_BYTES) return tooLarge(bytes, canUpload);
            result = Json.MAPPER.readTree(json);
        } catch (JsonProcessingException error) {
            return failed("InvalidResult", "the result is not JSON");
        }
        var defect = Json.defectOf(result);
        if (defect != null) return failed("InvalidResult", "the result " + defect);
        if (result.has(Protocol.END)) return failed("InvalidResult", "the result must not have a member '" + Protocol.END + "'");
        var report = status("SUCCESSFUL");
        if (resultObject == null || !result.isNull()) report.set("result", result);
        if (resultObject != null) report.set("resultObject", resultObject);
        return new TaskEnd(report);
    }

    /** Makes the end of a task that failed. */
    static TaskEnd failed(String code, String message) {
        var report = status("FAILED");
        report.putObject("error")
            .put("code", Json.storableText(code, Protocol.MAX_ERROR_CODE))
            .put("message", Json.storableText(message == null ? "" : message, Protocol.MAX_ERROR_MESSAGE));
        return new TaskEnd(report);
    }

    /** Makes the end of a task whose work threw an error and is not retried. */
    static TaskEnd ofThrown(Throwable error) {
        if (error instanceof TaskFailure failure) return failed(failure.code(), failure.getMessage());
        var name = error.getClass().getSimpleName();
        return failed("ProcessorFailed", error.getMessage() == null ? name : name + ": " + error.getMessage());
    }

    /** Returns what the function returns after the end, so that the reporter of {@code completeOnReturn} reports the same. */
    JsonNode returnValue() {
        if (report.path("status").asText().equals("SUCCESSFUL") && !report.has("resultObject")) return report.path("result");
        return JsonNodeFactory.instance.objectNode().set(Protocol.END, report);
    }

    private static TaskEnd tooLarge(int bytes, boolean canUpload) {
        return failed("ResultTooLarge", "the result has %d bytes; the maximum is %d: %s".formatted(bytes, Protocol.MAX_RESULT_BYTES,
            canUpload ? "upload it with task.upload()" : "set resultBucket of the TaskManager, and upload it with task.upload()"));
    }

    private static ObjectNode status(String status) {
        return JsonNodeFactory.instance.objectNode().put("status", status);
    }
}
