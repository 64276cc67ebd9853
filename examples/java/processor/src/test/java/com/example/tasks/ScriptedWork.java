package com.example.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.function.Executable;

/** Does what the script of a conformance case says. */
final class ScriptedWork {
    private final JsonNode steps;
    private final FakeBackground background;
    private boolean hasStarted;
    private Throwable failure;
    private RuntimeException reason;

    static final class ImportFailed extends Exception {
        private static final long serialVersionUID = 1L;

        ImportFailed(String message) {
            super(message);
        }
    }

    ScriptedWork(JsonNode steps, FakeBackground background) {
        this.steps = steps;
        this.background = background;
    }

    boolean hasStarted() {
        return hasStarted;
    }

    /** Returns why the helper did not do what a step expects; null if it did. */
    Throwable failure() {
        return failure;
    }

    Object run(Task<JsonNode> task) throws Exception {
        hasStarted = true;
        try {
            for (var step = 0; step < steps.size() - 1; step++) take(steps.get(step), task);
        } catch (Throwable error) {
            failure = error;
        }
        return end(steps.get(steps.size() - 1));
    }

    private void take(JsonNode step, Task<JsonNode> task) throws Throwable {
        if (step.has("expectPayload")) {
            assertEquals(step.path("expectPayload"), task.payload());
        } else if (step.has("expectTrace")) {
            assertEquals(step.at("/expectTrace/traceparent").textValue(), task.traceparent().orElse(null));
            assertEquals(step.at("/expectTrace/tracestate").textValue(), task.tracestate().orElse(null));
        } else if (step.has("advanceMs")) {
            background.advance(step.path("advanceMs").longValue());
        } else if (step.has("progress")) {
            settle(step, () -> progress(step.path("progress"), task));
        } else if (step.has("upload")) {
            settle(step, () -> upload(step.path("upload"), task));
        } else if (step.has("waitUntilCancelled")) {
            waitUntilCancelled(step.path("waitUntilCancelled"), task);
        } else {
            throw new AssertionError("only the last step can be " + step);
        }
    }

    private static void progress(JsonNode progress, Task<JsonNode> task) {
        var message = progress.path("message").textValue();
        if (!progress.has("percent")) task.progress(message);
        else if (message == null) task.progress(progress.path("percent").doubleValue());
        else task.progress(progress.path("percent").doubleValue(), message);
    }

    private static void upload(JsonNode upload, Task<JsonNode> task) throws Exception {
        task.upload(upload.path("contentType").textValue(), upload.path("fileName").textValue(),
            output -> output.write(upload.path("body").textValue().getBytes(StandardCharsets.UTF_8)));
    }

    /** Checks that a call of the work fails as expected, or else that it does not. */
    private static void settle(JsonNode step, Executable call) throws Throwable {
        if (!step.has("rejects")) {
            call.execute();
            return;
        }
        var message = assertThrows(Exception.class, call).getMessage();
        assertTrue(message.contains(step.path("rejects").path("$contains").textValue()), message);
    }

    private void waitUntilCancelled(JsonNode expected, Task<JsonNode> task) {
        var at = Conformance.START + expected.path("atMs").longValue();
        while (!task.isCancelled() && background.millis() < at) background.advance(1000);
        assertEquals(at, background.millis());
        reason = assertThrows(RuntimeException.class, task::throwIfCancelled);
        assertEquals(expected.path("reason").textValue(), reason.getClass().getSimpleName());
        if (expected.has("status")) assertEquals(expected.path("status").textValue(), ((TaskEnded) reason).status());
    }

    private Object end(JsonNode step) throws Exception {
        if (step.has("return")) return step.path("return");
        if (step.has("returnNothing")) return null;
        if (step.has("returnUnserializable")) return new Object();
        if (step.has("fail")) throw new TaskFailure(step.at("/fail/code").textValue(), step.at("/fail/message").textValue());
        if (step.has("throwReason")) throw reason;
        if (step.at("/throw/name").asText().equals("ImportFailed")) throw new ImportFailed(step.at("/throw/message").textValue());
        throw new AssertionError("the last step can't be " + step);
    }
}
