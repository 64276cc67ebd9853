package com.example.tasks;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A task for tests of processors: pass it to {@code process}, and look at what it got. */
public final class FakeTask<P> implements Task<P> {
    private final P payload;
    private final Instant createdAt = Instant.now();
    private final List<String> progress = new ArrayList<>();
    private final List<byte[]> uploads = new ArrayList<>();
    private boolean isCancelled;

    public FakeTask(P payload) {
        this.payload = payload;
    }

    /** Cancels the task. */
    public void cancel() {
        isCancelled = true;
    }

    /** Returns all progress that was reported, such as {@code 50.0% 10 rows}. */
    public List<String> progress() {
        return progress;
    }

    /** Returns the contents of all uploads. */
    public List<byte[]> uploads() {
        return uploads;
    }

    @Override
    public String taskId() {
        return "fake";
    }

    @Override
    public String type() {
        return "fake";
    }

    @Override
    public P payload() {
        return payload;
    }

    @Override
    public Optional<String> owner() {
        return Optional.empty();
    }

    @Override
    public Instant createdAt() {
        return createdAt;
    }

    @Override
    public Instant deadlineAt() {
        return createdAt.plus(Duration.ofDays(1));
    }

    @Override
    public Optional<String> traceparent() {
        return Optional.of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    }

    @Override
    public Optional<String> tracestate() {
        return Optional.empty();
    }

    @Override
    public void progress(double percent) {
        progress.add(percent + "%");
    }

    @Override
    public void progress(String message) {
        progress.add(message);
    }

    @Override
    public void progress(double percent, String message) {
        progress.add(percent + "% " + message);
    }

    @Override
    public boolean isCancelled() {
        return isCancelled;
    }

    @Override
    public void throwIfCancelled() {
        if (isCancelled) throw new TaskEnded("CANCELLED");
    }

    @Override
    public void upload(String contentType, String fileName, Content content) throws Exception {
        var bytes = new ByteArrayOutputStream();
        content.writeTo(bytes);
        uploads.add(bytes.toByteArray());
    }
}
