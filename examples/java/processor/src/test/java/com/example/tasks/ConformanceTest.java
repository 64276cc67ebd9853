package com.example.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Runs the conformance cases with {@link TaskProcessor}. */
class ConformanceTest {
    /**
     * What {@link TaskProcessor} lacks: it works in functions only, and checks a payload by its class. Cases that need a feature of these are
     * not applicable.
     */
    private static final Set<String> LACKS = Set.of("container", "schema");

    /** What {@link TaskProcessor} has, of all that a case can need. */
    private static final Set<String> HAS = Set.of("upload");

    @TestFactory
    Stream<DynamicTest> doesAsTheHelpersOfOtherLanguages() {
        return Conformance.cases().stream().filter(ConformanceTest::isApplicable)
            .map(one -> dynamicTest(one.path("name").textValue(), () -> run(Conformance.expanded(one))));
    }

    @Test
    void namesEachFeatureThatSomeCaseNeeds() {
        var needed = new TreeSet<String>();
        for (var one : Conformance.cases()) one.path("features").forEach(feature -> needed.add(feature.textValue()));
        var named = new TreeSet<>(HAS);
        named.addAll(LACKS);
        assertEquals(named, needed);
    }

    private static boolean isApplicable(JsonNode one) {
        for (var feature : one.path("features")) if (LACKS.contains(feature.textValue())) return false;
        return true;
    }

    private static void run(JsonNode one) throws Exception {
        var background = new FakeBackground(Conformance.START);
        var context = new FakeContext(background, one.path("remainingMs").asInt(900_000));
        var aws = new FakeAws(one);
        var work = new ScriptedWork(one.path("work"), background);
        var processor = new TaskProcessor<JsonNode, Object>(JsonNode.class, optionsOf(one.path("options")), aws.calls(), background) {
            @Override
            protected Object process(Task<JsonNode> task) throws Exception {
                return work.run(task);
            }
        };

        var outcome = outcomeOf(processor, Conformance.eventOf(one.path("event")), context);

        var keys = aws.uploads().stream().map(FakeAws.Upload::key).toList();
        var expected = Conformance.withKeys(one.path("expected"), keys);
        assertNull(work.failure());
        assertMatches(expected.path("outcome"), outcome);
        assertMatches(expectedReports(expected.path("reports")), reportsOf(aws));
        assertEquals(expected.path("workStarts").asBoolean(true), work.hasStarted());
        checkStatusRequests(expected, aws);
        if (expected.has("uploads")) assertMatches(expected.path("uploads"), uploadsOf(aws));
        for (var key : keys) assertTrue(key.matches("tasks/%s/%s/[0-9a-f-]{36}".formatted(taskText("type"), taskText("taskId"))), key);
        for (var url : aws.queueUrls()) assertTrue(url.endsWith("/111122223333/shop-export-queue"), url);
        var warnings = context.log().stream().filter(entry -> entry.startsWith("WARN ")).count();
        if (expected.has("warnings")) assertEquals(expected.path("warnings").longValue(), warnings);
        checkIds(one, context.log());
        assertFalse(context.log().toString().contains("confidential"), () -> context.log().toString());
        assertEquals(0, background.waiting());
    }

    private static TaskOptions optionsOf(JsonNode script) {
        var options = TaskOptions.defaults();
        if (script.has("heartbeatSeconds")) options = options.withHeartbeat(seconds(script, "heartbeatSeconds"));
        if (script.has("progressIntervalSeconds")) options = options.withProgressInterval(seconds(script, "progressIntervalSeconds"));
        if (script.has("statusIntervalSeconds")) options = options.withStatusInterval(seconds(script, "statusIntervalSeconds"));
        return options;
    }

    private static Duration seconds(JsonNode script, String name) {
        return Duration.ofSeconds(script.path(name).longValue());
    }

    private static JsonNode outcomeOf(TaskProcessor<?, ?> processor, JsonNode event, FakeContext context) {
        var outcome = JsonNodeFactory.instance.objectNode();
        var output = new ByteArrayOutputStream();
        try {
            processor.handleRequest(new ByteArrayInputStream(event.toString().getBytes(StandardCharsets.UTF_8)), output, context);
            outcome.set("returns", Json.MAPPER.readTree(output.toByteArray()));
        } catch (Exception error) {
            outcome.putObject("throws").put("name", error.getClass().getSimpleName()).put("message", error.getMessage());
        }
        return outcome;
    }

    private static JsonNode reportsOf(FakeAws aws) {
        var reports = JsonNodeFactory.instance.arrayNode();
        for (var report : aws.reports()) {
            assertEquals(Conformance.TASK.at("/reportTo/eventBusName").textValue(), report.eventBusName());
            assertEquals(Conformance.TASK.at("/reportTo/source").textValue(), report.source());
            assertEquals("TaskUpdatedEvent", report.detailType());
            reports.add(report.detail());
        }
        return reports;
    }

    private static JsonNode expectedReports(JsonNode reports) {
        for (var report : reports) {
            var detail = ((ObjectNode) report).put("taskId", taskText("taskId")).put("taskCreatedAt", taskText("createdAt"));
            if (detail.has("sequence")) detail.put("sequence", Conformance.START + detail.path("sequence").longValue());
        }
        return reports;
    }

    private static void checkStatusRequests(JsonNode expected, FakeAws aws) {
        if (expected.has("statusRequests")) assertEquals(expected.path("statusRequests").intValue(), aws.statusRequests().size());
        var request = JsonNodeFactory.instance.objectNode()
            .put("taskId", taskText("taskId")).put("taskType", taskText("type")).put("createdAt", taskText("createdAt"));
        var statusReader = Conformance.TASK.at("/reportTo/statusReaderArn").textValue();
        for (var one : aws.statusRequests()) assertEquals(new FakeAws.StatusRequest(statusReader, request), one);
    }

    /** Checks that each entry of the log says which task, and which trace, it is about. */
    private static void checkIds(JsonNode one, List<String> log) {
        var hasTrace = !one.at("/event/patch/detail/traceparent").isNull();
        var ids = "taskId=" + taskText("taskId") + (hasTrace ? " traceId=" + taskText("traceparent").split("-")[1] : "");
        for (var entry : log) {
            assertTrue(entry.contains(ids), entry);
            assertEquals(hasTrace, entry.contains("traceId"), entry);
        }
    }

    private static JsonNode uploadsOf(FakeAws aws) {
        var uploads = JsonNodeFactory.instance.arrayNode();
        for (var upload : aws.uploads()) {
            uploads.addObject().put("bucket", upload.bucket()).put("body", new String(upload.body(), StandardCharsets.UTF_8))
                .put("contentType", upload.contentType());
        }
        return uploads;
    }

    private static String taskText(String name) {
        return Conformance.TASK.path(name).textValue();
    }

    /** An outcome that throws may have a name and a message, of which some are expected. */
    private static void assertMatches(JsonNode expected, JsonNode actual) {
        var thrown = actual.path("throws");
        if (thrown.isObject()) ((ObjectNode) thrown).retain(namesOf(expected.path("throws")));
        if (!Conformance.matches(expected, actual)) assertEquals(expected.toPrettyString(), actual.toPrettyString());
    }

    private static Set<String> namesOf(JsonNode object) {
        var names = new TreeSet<String>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
