package com.example.tasks;

/** Stops the work shortly before the time-out of the Lambda function. The task goes on: Lambda can retry it. */
public class OutOfTime extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public OutOfTime() {
        super("the function's time is nearly up");
    }
}
