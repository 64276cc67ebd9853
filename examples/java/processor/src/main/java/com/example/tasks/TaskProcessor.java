package com.example.tasks;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Handles the tasks of one type in a Lambda function. A subclass does the work in {@link #process}, and this class reports for it: that the
 * task is running, its progress, and its end. The subclass needs a public constructor without parameters. Set the handler of the function
 * to its name.
 *
 * <p>The function can be started more than once for one task. Make the work idempotent by {@link Task#taskId}.
 *
 * @param <P> payload of the tasks: a record, a class that Jackson can read, or {@code JsonNode} for any JSON
 * @param <R> result of the tasks: anything that Jackson can write; {@code Void} if there is none
 */
public abstract class TaskProcessor<P, R> implements RequestStreamHandler {
    private final Class<P> payloadType;
    private final TaskOptions options;
    private final AwsCalls aws;
    private final Background background;

    /** Makes a processor with the default options. */
    protected TaskProcessor(Class<P> payloadType) {
        this(payloadType, TaskOptions.defaults());
    }

    protected TaskProcessor(Class<P> payloadType, TaskOptions options) {
        this(payloadType, options, AwsCalls.withDefaultClients(), Background.onDaemonThreads());
    }

    TaskProcessor(Class<P> payloadType, TaskOptions options, AwsCalls aws, Background background) {
        this.payloadType = payloadType;
        this.options = options;
        this.aws = aws;
        this.background = background;
    }

    /**
     * Does the work of a task. What it returns becomes the result of the task: at most 200 KiB as JSON.
     *
     * @throws TaskFailure if another attempt would not help: the task fails at once
     * @throws Exception any other exception: Lambda retries the task. When the last attempt has failed, the task fails
     */
    protected abstract R process(Task<P> task) throws Exception;

    /**
     * Handles a {@code TaskCreatedEvent} from EventBridge, or the event of a queue with one. Writes the result, or how the task failed, as
     * {@code completeOnReturn} needs it.
     */
    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        var delivery = Delivery.parse(Json.MAPPER.readTree(input));
        var attempt = new Attempt<>(delivery, payloadType, options, aws, background, context);
        try {
            Json.MAPPER.writeValue(output, attempt.run(this::process));
        } catch (Exception error) {
            throw unchanged(error);
        }
    }

    /** Throws a checked exception without a declaration, so that Lambda gets the one that the work threw. */
    @SuppressWarnings("unchecked")
    private static <E extends Exception> RuntimeException unchanged(Exception error) throws E {
        throw (E) error;
    }
}
