package com.example.tasks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Calls AWS. Each client is made when it is first used. */
final class AwsCalls {
    private static final Duration CONNECTION_TIME = Duration.ofSeconds(2);

    /** By default, the SDK would wait for an answer for half a minute. */
    private static final Duration ANSWER_TIME = Duration.ofSeconds(5);

    /** Maximum time to ask for a status. Meanwhile, the retry of a task waits. */
    private static final Duration STATUS_TIME = Duration.ofSeconds(3);

    /** A part of an upload takes as long as it takes. */
    private static final Duration UPLOAD_TIME = Duration.ofMinutes(5);

    private final Supplier<EventBridgeClient> eventBridge;
    private final Supplier<LambdaClient> lambda;
    private final Supplier<S3Client> s3;
    private final Supplier<SqsClient> sqs;

    AwsCalls(
        Supplier<EventBridgeClient> eventBridge, Supplier<LambdaClient> lambda, Supplier<S3Client> s3, Supplier<SqsClient> sqs) {
        this.eventBridge = new Once<>(eventBridge);
        this.lambda = new Once<>(lambda);
        this.s3 = new Once<>(s3);
        this.sqs = new Once<>(sqs);
    }

    static AwsCalls withDefaultClients() {
        var calls = new AwsCalls(
            () -> EventBridgeClient.builder().httpClientBuilder(http(ANSWER_TIME)).build(),
            () -> LambdaClient.builder().httpClientBuilder(http(ANSWER_TIME)).build(),
            () -> S3Client.builder().httpClientBuilder(http(UPLOAD_TIME)).build(),
            () -> SqsClient.builder().httpClientBuilder(http(ANSWER_TIME)).build());
        // A function has more CPU while it initializes. Unit tests of processors need no client.
        if (System.getenv("AWS_LAMBDA_FUNCTION_NAME") != null) calls.eventBridge.get();
        return calls;
    }

    /** @throws RuntimeException if EventBridge does not accept the report */
    void send(String eventBusName, String source, ObjectNode report) {
        var entry = PutEventsRequestEntry.builder()
            .eventBusName(eventBusName).source(source).detailType(Protocol.UPDATED).detail(report.toString()).build();
        var reply = eventBridge.get().putEvents(request -> request.entries(entry));
        // PutEvents answers 200 even if it refuses the event.
        if (reply.failedEntryCount() > 0) throw failure(reply.entries().get(0).errorCode(), "EventBridge refused the event");
    }

    /**
     * Asks a StatusReader. Returns null if its answer has no status.
     *
     * @throws RuntimeException if it does not answer
     */
    String status(String statusReaderArn, ObjectNode question) {
        var reply = lambda.get().invoke(request -> request
            .functionName(statusReaderArn)
            .payload(SdkBytes.fromUtf8String(question.toString()))
            .overrideConfiguration(call -> call.apiCallTimeout(STATUS_TIME)));
        if (reply.functionError() != null) throw failure(reply.functionError(), "the StatusReader failed");
        return parse(reply.payload().asUtf8String()).path("status").textValue();
    }

    /** Returns how often a queue delivers a message at most. */
    int maxReceiveCount(String queueArn) {
        var arn = queueArn.split(":");
        // The URL only names the queue. The request goes where the client sends all requests.
        var url = "https://sqs.%s.amazonaws.com/%s/%s".formatted(arn[3], arn[4], arn[5]);
        var reply = sqs.get().getQueueAttributes(request -> request.queueUrl(url).attributeNames(QueueAttributeName.REDRIVE_POLICY));
        var policy = reply.attributes().get(QueueAttributeName.REDRIVE_POLICY);
        return policy == null ? Integer.MAX_VALUE : parse(policy).path("maxReceiveCount").asInt(Integer.MAX_VALUE);
    }

    /** @param check throws if the upload is to stop */
    S3Upload upload(String bucket, String key, String contentType, Runnable check) {
        return new S3Upload(s3.get(), bucket, key, contentType, check);
    }

    private static JsonNode parse(String json) {
        try {
            return Json.MAPPER.readTree(json);
        } catch (JsonProcessingException error) {
            throw new IllegalArgumentException("AWS answered something that is not JSON", error);
        }
    }

    private static AwsServiceException failure(String code, String message) {
        return AwsServiceException.builder().message(message).awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build()).build();
    }

    private static UrlConnectionHttpClient.Builder http(Duration answerTime) {
        return UrlConnectionHttpClient.builder().connectionTimeout(CONNECTION_TIME).socketTimeout(answerTime);
    }

    /** Makes a client once. */
    private static final class Once<T> implements Supplier<T> {
        private final Supplier<T> maker;
        private T made;

        Once(Supplier<T> maker) {
            this.maker = maker;
        }

        @Override
        public synchronized T get() {
            if (made == null) made = maker.get();
            return made;
        }
    }
}
