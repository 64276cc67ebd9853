package com.example.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;

/** What the conformance cases leave open: what is of Java, of threads, and of large uploads. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TaskProcessorTest {
    private static final int MEBIBYTE = 1024 * 1024;

    private final FakeAws aws = new FakeAws(JsonNodeFactory.instance.objectNode());

    public record Request(List<Row> rows, Optional<String> note) { }

    public record Row(int id) { }

    @Test
    void readsThePayloadAsItsClass() throws IOException {
        var payload = "{\"rows\": [{\"id\": 1, \"other\": true}]}";
        assertEquals("[Row[id=1]]", run(Request.class, payload, task -> task.payload().rows().toString()).textValue());
    }

    @Test
    void passesNullIfThereIsNoPayload() throws IOException {
        assertEquals("none", run(Request.class, "null", task -> task.payload() == null ? "none" : "one").textValue());
        assertEquals("none", run(Request.class, null, task -> task.payload() == null ? "none" : "one").textValue());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"rows\": [{\"id\": 1}, {\"id\": \"confidential\"}]} | rows.1.id: not a valid value",
        "\"confidential\" | payload is not valid",
    })
    void failsATaskWhosePayloadDoesNotFitItsClass(String payload, String message) throws IOException {
        var end = run(Request.class, payload, task -> "done").path(Protocol.END);
        assertEquals("InvalidPayload", end.at("/error/code").textValue());
        assertEquals(message, end.at("/error/message").textValue());
        assertEquals(List.of("FAILED"), statuses());
    }

    @Test
    void describesTheTask() throws IOException {
        var description = run(JsonNode.class, null,
            task -> "%s %s %s %s".formatted(task.type(), task.createdAt(), task.deadlineAt(), task.owner()));
        assertEquals("export 2026-11-26T09:59:59.500Z 2026-11-27T09:59:59.500Z Optional.empty", description.textValue());
    }

    @Test
    void throwsTheErrorsOfTheVirtualMachineOn() {
        var error = new StackOverflowError();
        assertSame(error, assertThrows(StackOverflowError.class, () -> run(JsonNode.class, null, task -> {
            throw error;
        })));
    }

    @Test
    void acceptsResultsThatJacksonCanWrite() throws IOException {
        assertEquals("{\"rows\":[{\"id\":1}],\"note\":null}",
            run(JsonNode.class, null, task -> new Request(List.of(new Row(1)), null)).toString());
        assertEquals("1.5", run(JsonNode.class, null, task -> new BigDecimal("1.5")).toString());
    }

    @Test
    void failsATaskWhoseResultIsNotJson() throws IOException {
        var cycle = new ArrayList<Object>();
        cycle.add(cycle);
        for (var result : List.of(cycle, Instant.now(), new Object())) {
            var error = run(JsonNode.class, null, task -> result).path(Protocol.END).path("error");
            assertEquals("InvalidResult", error.path("code").textValue());
            assertEquals("the result is not JSON", error.path("message").textValue());
        }
    }

    @Test
    void acceptsAResultOf128Levels() throws IOException {
        Object result = true;
        for (var level = 0; level < 128; level++) result = List.of(result);
        var nested = result;
        assertEquals("[".repeat(128) + "true" + "]".repeat(128), run(JsonNode.class, null, task -> nested).toString());
    }

    @Test
    void failsATaskWhoseResultHasANumberThatOthersCantRead() throws IOException {
        for (var result : List.of(Double.MAX_VALUE, new BigDecimal("-1e308"))) {
            assertTrue(run(JsonNode.class, null, task -> result).isNumber());
        }
        for (var result : List.of(new BigDecimal("1e400"), new BigDecimal("-1e400"))) {
            var error = run(JsonNode.class, null, task -> result).path(Protocol.END).path("error");
            assertEquals("the result contains a number that is too large", error.path("message").textValue());
        }
    }

    @Test
    void uploadsALargeResultInParts() throws IOException {
        var content = new byte[17 * MEBIBYTE];
        for (var index = 0; index < content.length; index++) content[index] = (byte) (index * 31 >> 7);
        run(JsonNode.class, null, task -> {
            // A stream that the work closes itself, after writes of odd sizes.
            task.upload("application/octet-stream", null, output -> {
                try (var buffered = new BufferedOutputStream(output, 100_003)) {
                    buffered.write(content[0]);
                    for (var from = 1; from < content.length; from += 9_973) {
                        buffered.write(content, from, Math.min(9_973, content.length - from));
                    }
                }
            });
            return null;
        });
        var upload = aws.uploads().get(0);
        assertEquals(3, upload.parts());
        assertEquals("application/octet-stream", upload.contentType());
        assertArrayEquals(content, upload.body());
        assertEquals(upload.key(), aws.reports().get(1).detail().at("/resultObject/key").textValue());
    }

    @Test
    void uploadsNothingIfTheContentFails() throws IOException {
        var failure = new IOException("no more rows");
        run(JsonNode.class, null, task -> {
            assertSame(failure, assertThrows(IOException.class, () -> task.upload("text/csv", "rows.csv", output -> {
                output.write(new byte[9 * MEBIBYTE]);
                throw failure;
            })));
            return "done";
        });
        assertEquals(List.of(), aws.uploads());
        assertEquals(0, aws.incompleteUploads());
        assertFalse(aws.reports().get(1).detail().has("resultObject"));
    }

    @Test
    void stopsAnUploadWhenTheTimeIsUp() {
        var background = new FakeBackground(Conformance.START);
        assertThrows(OutOfTime.class, () -> run(JsonNode.class, null, background, aws.calls(), task -> {
            task.upload("text/csv", "rows.csv", output -> {
                output.write(new byte[9 * MEBIBYTE]);
                background.advance(895_000);
                output.write(new byte[9 * MEBIBYTE]);
                fail("must stop before the next part");
            });
            return "done";
        }));
        assertEquals(List.of(), aws.uploads());
        assertEquals(0, aws.incompleteUploads());
    }

    @Test
    void startsNoUploadWhenTheTimeIsUp() throws IOException {
        var background = new FakeBackground(Conformance.START);
        var result = run(JsonNode.class, null, background, aws.calls(), task -> {
            background.advance(895_000);
            assertThrows(OutOfTime.class, () -> task.upload("text/csv", "rows.csv", output -> fail("must not be called")));
            return "done";
        });
        assertEquals("done", result.textValue());
    }

    @Test
    void startsTheWorkWhileRunningIsOnItsWay() throws IOException {
        var eventBridge = new SlowEventBridge();
        var result = run(JsonNode.class, null, Background.onDaemonThreads(), eventBridge.calls(), task -> {
            eventBridge.mayAcceptRunning.countDown();
            return "done";
        });
        assertEquals("done", result.textValue());
    }

    @Test
    void returnsWhenAllReportsHaveBeenSent() throws Exception {
        var eventBridge = new SlowEventBridge();
        var handler = CompletableFuture.supplyAsync(() -> {
            try {
                return run(JsonNode.class, null, Background.onDaemonThreads(), eventBridge.calls(), task -> "done");
            } catch (IOException error) {
                throw new AssertionError(error);
            }
        });
        eventBridge.hasAcceptedEnd.await();
        assertFalse(handler.isDone());
        eventBridge.mayAcceptRunning.countDown();
        assertEquals("done", handler.get().textValue());
    }

    @Test
    void takesAHeartbeatBackAfterTheReportThatArmsIt() {
        var handler = new AtomicReference<Thread>();
        var accepted = new CopyOnWriteArrayList<Integer>();
        var eventBridge = new FakeEventBridge() {
            @Override
            public PutEventsResponse putEvents(PutEventsRequest request) {
                var heartbeatSeconds = detailOf(request).path("heartbeatSeconds").intValue();
                while (heartbeatSeconds > 0 && !isWaiting(handler.get())) Thread.onSpinWait();
                accepted.add(heartbeatSeconds);
                return super.putEvents(request);
            }

            private static boolean isWaiting(Thread thread) {
                return thread != null && thread.getState() == Thread.State.WAITING;
            }
        };
        var options = TaskOptions.defaults().withHeartbeat(Duration.ofMinutes(1));
        var background = Background.onDaemonThreads();
        assertThrows(IOException.class, () -> run(JsonNode.class, null, options, background, eventBridge.calls(), task -> {
            handler.set(Thread.currentThread());
            throw new IOException("confidential");
        }));
        assertEquals(List.of(60, 0), accepted);
    }

    @Test
    void asksForTheStatusWhileTheWorkIsBusy() throws IOException {
        var cancelled = new FakeAws(JsonNodeFactory.instance.objectNode()
            .set("statusReader", JsonNodeFactory.instance.arrayNode().add("CANCELLED")));
        var reason = new AtomicReference<TaskEnded>();
        var result = run(JsonNode.class, null, Background.onDaemonThreads(), cancelled.calls(), task -> {
            while (!task.isCancelled()) Thread.onSpinWait();
            reason.set(assertThrows(TaskEnded.class, task::throwIfCancelled));
            return "done";
        });
        assertEquals("CANCELLED", reason.get().status());
        assertEquals(NullNode.getInstance(), result);
    }

    @Test
    void sendsProgressWhileTheWorkIsBusy() throws IOException {
        var latest = new CountDownLatch(3);
        var eventBridge = new FakeEventBridge() {
            @Override
            public PutEventsResponse putEvents(PutEventsRequest request) {
                latest.countDown();
                return super.putEvents(request);
            }
        };
        run(JsonNode.class, null, Background.onDaemonThreads(), eventBridge.calls(), task -> {
            task.progress(1);
            task.progress(2);
            assertTrue(latest.await(30, TimeUnit.SECONDS));
            return "done";
        });
    }

    @Test
    void refusesOptionsThatAreNotValid() {
        var options = TaskOptions.defaults();
        assertEquals("heartbeat must be whole seconds from PT1S to PT24H, got PT1.5S",
            assertThrows(IllegalArgumentException.class, () -> options.withHeartbeat(Duration.ofMillis(1500))).getMessage());
        assertEquals("heartbeat must be whole seconds from PT1S to PT24H, got PT24H1S",
            assertThrows(IllegalArgumentException.class, () -> options.withHeartbeat(Duration.ofSeconds(86_401))).getMessage());
        assertEquals("progressInterval must be PT0S or more, got PT-1S",
            assertThrows(IllegalArgumentException.class, () -> options.withProgressInterval(Duration.ofSeconds(-1))).getMessage());
        assertEquals("statusInterval must be PT1S or more, got PT0.999S",
            assertThrows(IllegalArgumentException.class, () -> options.withStatusInterval(Duration.ofMillis(999))).getMessage());
    }

    private <P> JsonNode run(Class<P> payloadType, String payload, Attempt.Work<P> work) throws IOException {
        return run(payloadType, payload, new FakeBackground(Conformance.START), aws.calls(), work);
    }

    private static <P> JsonNode run(Class<P> payloadType, String payload, Background background, AwsCalls aws, Attempt.Work<P> work)
        throws IOException {
        return run(payloadType, payload, TaskOptions.defaults().withStatusInterval(Duration.ofSeconds(1)), background, aws, work);
    }

    /** Returns what the handler writes. */
    private static <P> JsonNode run(
        Class<P> payloadType, String payload, TaskOptions options, Background background, AwsCalls aws, Attempt.Work<P> work)
        throws IOException {
        var event = (ObjectNode) Conformance.eventOf(JsonNodeFactory.instance.objectNode()).deepCopy();
        var detail = (ObjectNode) event.path("detail");
        detail.remove("payload");
        if (payload != null) detail.set("payload", Json.MAPPER.readTree(payload));
        // Tests that use the clock of the machine need a task that is fresh.
        var now = Instant.ofEpochMilli(background.millis());
        event.put("time", now.toString());
        if (background.millis() != Conformance.START) detail.put("deadlineAt", now.plusSeconds(60).toString());
        var processor = new TaskProcessor<P, Object>(payloadType, options, aws, background) {
            @Override
            protected Object process(Task<P> task) throws Exception {
                return work.process(task);
            }
        };
        var output = new ByteArrayOutputStream();
        var input = new ByteArrayInputStream(event.toString().getBytes(StandardCharsets.UTF_8));
        processor.handleRequest(input, output, new FakeContext(background, 900_000));
        return Json.MAPPER.readTree(output.toByteArray());
    }

    private List<String> statuses() {
        return aws.reports().stream().map(report -> report.detail().path("status").textValue()).toList();
    }

    /** Accepts all reports. */
    private static class FakeEventBridge implements EventBridgeClient {
        AwsCalls calls() {
            return new AwsCalls(() -> this, () -> null, () -> null, () -> null);
        }

        @Override
        public PutEventsResponse putEvents(PutEventsRequest request) {
            return PutEventsResponse.builder().failedEntryCount(0).build();
        }

        static JsonNode detailOf(PutEventsRequest request) {
            try {
                return Json.MAPPER.readTree(request.entries().get(0).detail());
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }

        @Override
        public String serviceName() {
            return SERVICE_NAME;
        }

        @Override
        public void close() { }
    }

    /** Accepts reports of RUNNING when it may, and others at once. */
    private static final class SlowEventBridge extends FakeEventBridge {
        final CountDownLatch mayAcceptRunning = new CountDownLatch(1);
        final CountDownLatch hasAcceptedEnd = new CountDownLatch(1);

        @Override
        public PutEventsResponse putEvents(PutEventsRequest request) {
            if (detailOf(request).path("status").asText().equals("RUNNING")) await(mayAcceptRunning);
            else hasAcceptedEnd.countDown();
            return super.putEvents(request);
        }

        private static void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException error) {
                throw new AssertionError(error);
            }
        }
    }
}
