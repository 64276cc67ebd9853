import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;

/**
 * Matches events with AWS's rule engine.
 *
 * Usage: MatchPatterns.java input output. The input is {"patterns": {name: pattern}, "events": [event]}. The output is {"problems": {name:
 * problem of a pattern}, "matches": [names of the patterns that match an event]}.
 */
public class MatchPatterns {
    public static void main(String[] arguments) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        JsonNode input = mapper.readTree(new File(arguments[0]));
        Map<String, String> problems = new LinkedHashMap<>();
        // One machine for all patterns, like the rules of a bus.
        Machine machine = new Machine();
        for (Map.Entry<String, JsonNode> pattern : input.get("patterns").properties()) {
            String text = mapper.writeValueAsString(pattern.getValue());
            String problem = JsonRuleCompiler.check(text);
            if (problem == null) {
                machine.addRule(pattern.getKey(), text);
            } else {
                problems.put(pattern.getKey(), problem);
            }
        }
        List<List<String>> matches = new ArrayList<>();
        for (JsonNode event : input.get("events")) {
            matches.add(machine.rulesForJSONEvent(mapper.writeValueAsString(event)));
        }
        mapper.writeValue(new File(arguments[1]), Map.of("problems", problems, "matches", matches));
    }
}
