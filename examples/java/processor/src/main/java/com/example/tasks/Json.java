package com.example.tasks;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Reads and writes JSON, and defines which JSON a task can have. */
final class Json {
    /** Uses the modules on the class path, such as {@code jackson-datatype-jsr310} for times. */
    static final ObjectMapper MAPPER = JsonMapper.builder()
        .findAndAddModules()
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
        .build();

    private Json() { }

    /** Returns the defect of a value, without its subject: {@code contains …}; null if it has none. */
    static String defectOf(JsonNode value) {
        return defectAt(value, 1);
    }

    private static String defectAt(JsonNode value, int depth) {
        if (value.isTextual()) return defectOf(value.textValue());
        if (value.isNumber()) return Double.isFinite(value.doubleValue()) ? null : "contains a number that is too large";
        if (value.isContainerNode() && depth > Protocol.MAX_DEPTH) return "is nested deeper than " + Protocol.MAX_DEPTH + " levels";
        for (var names = value.fieldNames(); names.hasNext();) {
            var defect = defectOf(names.next());
            if (defect != null) return defect;
        }
        for (var member : value) {
            var defect = defectAt(member, depth + 1);
            if (defect != null) return defect;
        }
        return null;
    }

    private static String defectOf(String text) {
        return text.codePoints().noneMatch(Json::isHalf) ? null : "contains a string that is not valid Unicode";
    }

    /**
     * Cuts a text after a number of characters, and replaces halves of surrogate pairs. A report must not get lost because of its texts.
     */
    static String storableText(String text, int maxCharacters) {
        var characters = text.codePoints().limit(maxCharacters).map(character -> isHalf(character) ? 0xfffd : character).toArray();
        return new String(characters, 0, characters.length);
    }

    /** Returns whether a character is half of a surrogate pair: UTF-8 can't encode one, and EventBridge accepts no event with one. */
    private static boolean isHalf(int character) {
        return character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE;
    }
}
