package com.example.tasks;

import java.util.Comparator;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/** A clock that stands still until it is advanced. All actions run on the thread of the test. */
final class FakeBackground implements Background {
    private final TreeSet<Timer> timers = new TreeSet<>(Comparator.comparing(Timer::at).thenComparing(Timer::number));
    private long now;
    private int made;

    private record Timer(long at, int number, long interval, Runnable action, Future<?> future) { }

    FakeBackground(long now) {
        this.now = now;
    }

    /** Runs the timers that are due meanwhile, each at its time. */
    void advance(long millis) {
        var end = now + millis;
        while (!timers.isEmpty() && timers.first().at() <= end) {
            var timer = timers.pollFirst();
            if (timer.future().isCancelled()) continue;
            now = timer.at();
            timer.action().run();
            if (timer.interval() > 0) add(timer.interval(), timer.interval(), timer.action(), timer.future());
        }
        now = end;
    }

    /** Returns the number of timers that wait. */
    long waiting() {
        return timers.stream().filter(timer -> !timer.future().isCancelled()).count();
    }

    @Override
    public long millis() {
        return now;
    }

    @Override
    public void pause(long millis) {
        advance(millis);
    }

    @Override
    public void start(Runnable action) {
        action.run();
    }

    @Override
    public Future<?> after(long millis, Runnable action) {
        return add(millis, 0, action, new CompletableFuture<Void>());
    }

    @Override
    public Future<?> every(long millis, Runnable action) {
        return add(millis, millis, action, new CompletableFuture<Void>());
    }

    private Future<?> add(long millis, long interval, Runnable action, Future<?> future) {
        timers.add(new Timer(now + millis, made++, interval, action, future));
        return future;
    }
}
