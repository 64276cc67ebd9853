package com.example.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvokeRequest;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesRequest;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesResponse;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** The SDK clients of a processor, without AWS. They answer as a conformance case says, and remember what they are asked. */
final class FakeAws {
    /** A report that EventBridge accepted. */
    record Report(String eventBusName, String source, String detailType, JsonNode detail) { }

    record StatusRequest(String functionName, JsonNode request) { }

    /** @param parts 0 for an object that was not uploaded in parts */
    record Upload(String bucket, String key, String contentType, byte[] body, int parts) { }

    private final List<Report> reports = new ArrayList<>();
    private final List<StatusRequest> statusRequests = new ArrayList<>();
    private final List<String> queueUrls = new ArrayList<>();
    private final List<Upload> uploads = new ArrayList<>();
    private final FakeS3 s3 = new FakeS3();
    private final JsonNode script;
    private final Map<JsonNode, Integer> refused = new HashMap<>();

    /** @param script a conformance case: its {@code eventBus}, {@code statusReader} and {@code queue} are used */
    FakeAws(JsonNode script) {
        this.script = script;
    }

    AwsCalls calls() {
        return new AwsCalls(FakeEventBridge::new, FakeLambda::new, () -> s3, FakeSqs::new);
    }

    List<Report> reports() {
        return reports;
    }

    List<StatusRequest> statusRequests() {
        return statusRequests;
    }

    List<String> queueUrls() {
        return queueUrls;
    }

    List<Upload> uploads() {
        return uploads;
    }

    /** Returns the number of uploads in parts that are neither complete nor aborted. */
    int incompleteUploads() {
        return s3.parts.size();
    }

    private final class FakeEventBridge implements EventBridgeClient {
        @Override
        public synchronized PutEventsResponse putEvents(PutEventsRequest request) {
            assertEquals(1, request.entries().size());
            var report = reportOf(request.entries().get(0));
            for (var refusal : script.path("eventBus")) {
                var count = refused.merge(refusal, 1, Integer::sum);
                var isOver = refusal.path("times").isNumber() && count > refusal.path("times").intValue();
                if (isOver || !refusal.path("status").equals(report.detail().path("status"))) refused.merge(refusal, -1, Integer::sum);
                else if (refusal.path("answer").asText().equals("throws")) throw failure();
                else return answer(1, PutEventsResultEntry.builder().errorCode("InternalFailure").build());
            }
            reports.add(report);
            return answer(0, PutEventsResultEntry.builder().eventId("id").build());
        }

        private static PutEventsResponse answer(int failedEntryCount, PutEventsResultEntry entry) {
            return PutEventsResponse.builder().failedEntryCount(failedEntryCount).entries(entry).build();
        }

        private Report reportOf(PutEventsRequestEntry entry) {
            return new Report(entry.eventBusName(), entry.source(), entry.detailType(), parse(entry.detail()));
        }

        @Override
        public String serviceName() {
            return SERVICE_NAME;
        }

        @Override
        public void close() { }
    }

    private final class FakeLambda implements LambdaClient {
        @Override
        public InvokeResponse invoke(InvokeRequest request) {
            assertTrue(request.overrideConfiguration().orElseThrow().apiCallTimeout().isPresent());
            var answers = script.path("statusReader");
            var answer = answers.path(Math.min(statusRequests.size(), answers.size() - 1));
            statusRequests.add(new StatusRequest(request.functionName(), parse(request.payload().asUtf8String())));
            if (answer.path("throws").asBoolean()) throw failure();
            if (answer.path("fails").asBoolean()) {
                return InvokeResponse.builder().functionError("Unhandled").payload(json("{\"errorMessage\":\"confidential\"}")).build();
            }
            return InvokeResponse.builder().payload(json("{\"status\":\"%s\"}".formatted(answer.asText("RUNNING")))).build();
        }

        private static SdkBytes json(String text) {
            return SdkBytes.fromUtf8String(text);
        }

        @Override
        public String serviceName() {
            return SERVICE_NAME;
        }

        @Override
        public void close() { }
    }

    private final class FakeSqs implements SqsClient {
        @Override
        public GetQueueAttributesResponse getQueueAttributes(GetQueueAttributesRequest request) {
            queueUrls.add(request.queueUrl());
            var queue = script.path("queue");
            if (queue.isMissingNode() || queue.path("fails").asBoolean()) throw failure();
            var policy = "{\"deadLetterTargetArn\":\"arn\",\"maxReceiveCount\":%d}".formatted(queue.path("maxReceiveCount").intValue());
            Map<QueueAttributeName, String> attributes = queue.isEmpty() ? Map.of() : Map.of(QueueAttributeName.REDRIVE_POLICY, policy);
            return GetQueueAttributesResponse.builder().attributes(attributes).build();
        }

        @Override
        public String serviceName() {
            return SERVICE_NAME;
        }

        @Override
        public void close() { }
    }

    private final class FakeS3 implements S3Client {
        private final Map<String, List<byte[]>> parts = new HashMap<>();
        private String contentType;

        @Override
        public PutObjectResponse putObject(PutObjectRequest request, RequestBody body) {
            uploads.add(new Upload(request.bucket(), request.key(), request.contentType(), bytesOf(body), 0));
            return PutObjectResponse.builder().build();
        }

        @Override
        public CreateMultipartUploadResponse createMultipartUpload(CreateMultipartUploadRequest request) {
            contentType = request.contentType();
            parts.put(request.key(), new ArrayList<>());
            return CreateMultipartUploadResponse.builder().uploadId(request.key()).build();
        }

        @Override
        public UploadPartResponse uploadPart(UploadPartRequest request, RequestBody body) {
            var uploaded = parts.get(request.uploadId());
            uploaded.add(bytesOf(body));
            assertEquals(uploaded.size(), request.partNumber());
            return UploadPartResponse.builder().eTag("etag" + uploaded.size()).checksumCRC32("checksum" + uploaded.size()).build();
        }

        @Override
        public CompleteMultipartUploadResponse completeMultipartUpload(CompleteMultipartUploadRequest request) {
            var uploaded = parts.remove(request.uploadId());
            var expected = new ArrayList<CompletedPart>();
            var body = new ByteArrayOutputStream();
            for (var part : uploaded) {
                var number = expected.size() + 1;
                expected.add(CompletedPart.builder().partNumber(number).eTag("etag" + number).checksumCRC32("checksum" + number).build());
                body.writeBytes(part);
            }
            assertEquals(expected, request.multipartUpload().parts());
            uploads.add(new Upload(request.bucket(), request.key(), contentType, body.toByteArray(), uploaded.size()));
            return CompleteMultipartUploadResponse.builder().build();
        }

        @Override
        public AbortMultipartUploadResponse abortMultipartUpload(AbortMultipartUploadRequest request) {
            parts.remove(request.uploadId());
            return AbortMultipartUploadResponse.builder().build();
        }

        private static byte[] bytesOf(RequestBody body) {
            try (var stream = body.contentStreamProvider().newStream()) {
                var bytes = stream.readAllBytes();
                assertEquals(bytes.length, body.optionalContentLength().orElseThrow());
                return bytes;
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }

        @Override
        public String serviceName() {
            return SERVICE_NAME;
        }

        @Override
        public void close() { }
    }

    private static JsonNode parse(String json) {
        try {
            return Json.MAPPER.readTree(json);
        } catch (JsonProcessingException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static SdkClientException failure() {
        return SdkClientException.create("confidential");
    }
}
