package com.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.example.tasks.FakeTask;
import com.example.tasks.TaskEnded;
import com.example.tasks.TaskFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExportOrdersTest {
    private final ExportOrders processor = new ExportOrders();

    @Test
    void exportsTheOrders() throws Exception {
        var task = new FakeTask<>(new ExportOrders.Request(2));
        assertEquals(new ExportOrders.Summary(2), processor.process(task));
        assertEquals("A-1,1999\nA-2,1999\n", new String(task.uploads().get(0), UTF_8));
        assertEquals(List.of("50.0% 1 orders", "100.0% 2 orders"), task.progress());
    }

    @Test
    void failsWithoutOrders() {
        var failure = assertThrows(TaskFailure.class, () -> processor.process(new FakeTask<>(new ExportOrders.Request(0))));
        assertEquals("NoOrders", failure.code());
    }

    @Test
    void stopsWhenTheTaskIsCancelled() {
        var task = new FakeTask<>(new ExportOrders.Request(2));
        task.cancel();
        assertThrows(TaskEnded.class, () -> processor.process(task));
        assertEquals(List.of(), task.uploads());
    }

    @Test
    void isTheSampleOfTheReadme() throws IOException {
        var source = Files.readString(Path.of("src/main/java/com/example/ExportOrders.java"));
        var sample = "```java\n%s```\n".formatted(source.substring(source.indexOf("public class")));
        assertTrue(Files.readString(Path.of("../README.md")).contains(sample), "README.md must contain:\n" + sample);
    }
}
