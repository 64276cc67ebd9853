package com.example.tasks;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The clock, and what happens beside the work. Tests replace it. */
interface Background {
    /** Makes the one of a function. Its threads don't keep the process alive. */
    static Background onDaemonThreads() {
        return new DaemonThreads();
    }

    /** Returns the milliseconds since 1970. */
    long millis();

    /** Lets the calling thread sleep. */
    void pause(long millis) throws InterruptedException;

    /** Runs an action at once, on another thread. */
    void start(Runnable action);

    /** Runs an action later, unless the future is cancelled. */
    Future<?> after(long millis, Runnable action);

    /** Runs an action again and again until the future is cancelled, the first time after the interval. */
    Future<?> every(long millis, Runnable action);

    /** The clock and threads of the machine. */
    final class DaemonThreads implements Background {
        /** Reports and questions that can be under way at once. */
        private static final int THREADS = 4;

        private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(THREADS, action -> {
            var thread = new Thread(action, "task-processor");
            thread.setDaemon(true);
            return thread;
        });

        DaemonThreads() {
            executor.setRemoveOnCancelPolicy(true);
        }

        @Override
        public long millis() {
            return System.currentTimeMillis();
        }

        @Override
        public void pause(long millis) throws InterruptedException {
            Thread.sleep(millis);
        }

        @Override
        public void start(Runnable action) {
            executor.execute(action);
        }

        @Override
        public Future<?> after(long millis, Runnable action) {
            return executor.schedule(action, millis, TimeUnit.MILLISECONDS);
        }

        @Override
        public Future<?> every(long millis, Runnable action) {
            return executor.scheduleAtFixedRate(action, millis, millis, TimeUnit.MILLISECONDS);
        }
    }
}
