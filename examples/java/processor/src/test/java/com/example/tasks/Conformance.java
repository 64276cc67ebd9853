package com.example.tasks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The cases that the helpers of all languages pass. {@code test/conformance/README.md} describes their format. */
final class Conformance {
    private static final JsonNode FILE = read(Path.of("../../../test/conformance/cases.json"));

    static final long START = Instant.parse(FILE.path("startAt").textValue()).toEpochMilli();

    /** Detail of the event of each case, before its patch. */
    static final JsonNode TASK = FILE.at("/createdEvent/detail");

    private Conformance() { }

    static List<JsonNode> cases() {
        var cases = new ArrayList<JsonNode>();
        FILE.path("cases").forEach(cases::add);
        return cases;
    }

    /** Makes the event that the handler of a case gets. */
    static JsonNode eventOf(JsonNode event) {
        if (event.has("raw")) return event.path("raw");
        var created = merge(FILE.path("createdEvent"), event.path("patch"));
        if (!event.has("queue")) return created;
        var queue = event.path("queue");
        var message = (ObjectNode) FILE.path("queueRecord").deepCopy();
        message.put("body", queue.path("body").asText(created.toString()));
        ((ObjectNode) message.path("attributes")).put("ApproximateReceiveCount", queue.path("receiveCount").asText("1"));
        var records = JsonNodeFactory.instance.arrayNode();
        for (var count = queue.path("records").asInt(1); count > 0; count--) records.add(message);
        return JsonNodeFactory.instance.objectNode().set("Records", records);
    }

    /** Replaces the objects that stand for long values, at any depth. */
    static JsonNode expanded(JsonNode value) {
        return mapped(value, one -> {
            if (one.has("$repeat")) return text(one.path("$repeat").textValue().repeat(one.path("times").intValue()));
            if (one.has("$nested")) return nested(one.path("$nested").intValue());
            return one;
        });
    }

    /** Replaces the names of uploaded objects by their keys. */
    static JsonNode withKeys(JsonNode value, List<String> keys) {
        return mapped(value, one -> one.asText().startsWith("$upload")
            ? text(keys.get(Integer.parseInt(one.asText().substring("$upload".length())))) : one);
    }

    /** Returns whether a value is as expected. Compares numbers by value. {@code $contains} stands for all texts that contain a text. */
    static boolean matches(JsonNode expected, JsonNode actual) {
        if (expected.has("$contains")) return actual.isTextual() && actual.textValue().contains(expected.path("$contains").textValue());
        if (expected.isNumber() && actual.isNumber()) return expected.decimalValue().compareTo(actual.decimalValue()) == 0;
        if (!expected.isContainerNode()) return expected.equals(actual);
        if (expected.getNodeType() != actual.getNodeType() || expected.size() != actual.size()) return false;
        if (expected.isArray()) {
            for (var index = 0; index < expected.size(); index++) if (!matches(expected.get(index), actual.get(index))) return false;
            return true;
        }
        return expected.properties().stream().allMatch(member -> matches(member.getValue(), actual.path(member.getKey())));
    }

    private static JsonNode text(String text) {
        return JsonNodeFactory.instance.textNode(text);
    }

    private static JsonNode nested(int levels) {
        var value = JsonNodeFactory.instance.arrayNode();
        for (var level = 1; level < levels; level++) value = JsonNodeFactory.instance.arrayNode().add(value);
        return value;
    }

    private static JsonNode mapped(JsonNode value, UnaryOperator<JsonNode> map) {
        var replaced = map.apply(value);
        if (replaced != value || !value.isContainerNode()) return replaced;
        if (value.isArray()) {
            var array = JsonNodeFactory.instance.arrayNode();
            value.forEach(member -> array.add(mapped(member, map)));
            return array;
        }
        var object = JsonNodeFactory.instance.objectNode();
        value.properties().forEach(member -> object.set(member.getKey(), mapped(member.getValue(), map)));
        return object;
    }

    /** RFC 7386. */
    private static JsonNode merge(JsonNode target, JsonNode patch) {
        if (patch.isMissingNode()) return target;
        if (!patch.isObject()) return patch;
        var merged = target.isObject() ? (ObjectNode) target.deepCopy() : JsonNodeFactory.instance.objectNode();
        patch.properties().forEach(member -> {
            if (member.getValue().isNull()) merged.remove(member.getKey());
            else merged.set(member.getKey(), merge(merged.path(member.getKey()), member.getValue()));
        });
        return merged;
    }

    private static JsonNode read(Path path) {
        try {
            return Json.MAPPER.readTree(path.toFile());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
