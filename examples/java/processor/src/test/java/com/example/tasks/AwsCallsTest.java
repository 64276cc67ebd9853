package com.example.tasks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sends real requests to a server that answers as AWS does. */
class AwsCallsTest {
    private static final Map<String, String> SETTINGS = Map.of(
        "aws.region", "eu-central-1", "aws.accessKeyId", "key", "aws.secretAccessKey", "secret");

    /** The requests of a test, as they come: method, path and body. */
    private static final List<String> REQUESTS = new CopyOnWriteArrayList<>();

    /** Bodies of the answers to requests with a method, a path and, where there is one, an operation. */
    private static final Map<String, String> ANSWERS = new ConcurrentHashMap<>();

    /** For all tests, because the first call of each client takes long. */
    private static final AwsCalls CALLS = AwsCalls.withDefaultClients();

    private static HttpServer server;

    @BeforeAll
    static void startServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", AwsCallsTest::answer);
        server.start();
        SETTINGS.forEach(System::setProperty);
        System.setProperty("aws.endpointUrl", "http://127.0.0.1:" + server.getAddress().getPort());
    }

    @AfterAll
    static void stopServer() {
        server.stop(0);
        SETTINGS.keySet().forEach(System::clearProperty);
        System.clearProperty("aws.endpointUrl");
    }

    @BeforeEach
    void forget() {
        REQUESTS.clear();
        ANSWERS.clear();
    }

    @Test
    void sendsReports() {
        ANSWERS.put("POST / AWSEvents.PutEvents", "{\"FailedEntryCount\": 0, \"Entries\": [{\"EventId\": \"id\"}]}");
        CALLS.send("bus", "source", JsonNodeFactory.instance.objectNode().put("taskId", "7"));
        assertTrue(REQUESTS.get(0).contains("\"Detail\":\"{\\\"taskId\\\":\\\"7\\\"}\""), REQUESTS.get(0));
    }

    @Test
    void throwsIfEventBridgeRefusesAReport() {
        ANSWERS.put("POST / AWSEvents.PutEvents", "{\"FailedEntryCount\": 1, \"Entries\": [{\"ErrorCode\": \"ThrottlingException\"}]}");
        var error = assertThrows(RuntimeException.class, () -> CALLS.send("bus", "source", JsonNodeFactory.instance.objectNode()));
        assertTrue(error.getMessage().startsWith("EventBridge refused the event"), error.getMessage());
    }

    @Test
    void asksTheStatusReader() {
        ANSWERS.put("POST /2015-03-31/functions/status-reader/invocations", "{\"status\": \"CANCELLED\"}");
        assertEquals("CANCELLED", CALLS.status("status-reader", JsonNodeFactory.instance.objectNode().put("taskId", "7")));
        assertTrue(REQUESTS.get(0).endsWith("{\"taskId\":\"7\"}"), REQUESTS.get(0));
    }

    @Test
    void readsHowOftenAQueueDelivers() {
        ANSWERS.put("POST / AmazonSQS.GetQueueAttributes", "{\"Attributes\": {\"RedrivePolicy\": \"{\\\"maxReceiveCount\\\":3}\"}}");
        assertEquals(3, CALLS.maxReceiveCount("arn:aws:sqs:eu-central-1:111122223333:work"));
        assertTrue(REQUESTS.get(0).contains("https://sqs.eu-central-1.amazonaws.com/111122223333/work"), REQUESTS.get(0));
    }

    @Test
    void readsThatAQueueDeliversWithoutALimit() {
        ANSWERS.put("POST / AmazonSQS.GetQueueAttributes", "{\"Attributes\": {}}");
        assertEquals(Integer.MAX_VALUE, CALLS.maxReceiveCount("arn:aws:sqs:eu-central-1:111122223333:work"));
    }

    @Test
    void uploads() {
        ANSWERS.put("PUT /bucket/key", "");
        var upload = CALLS.upload("bucket", "key", "text/csv", () -> { });
        upload.write("a,b\n".getBytes(UTF_8), 0, 4);
        upload.complete();
        assertTrue(REQUESTS.get(0).contains("a,b\n"), REQUESTS.get(0));
    }

    @Test
    void uploadsInParts() {
        ANSWERS.put("POST /bucket/key?uploads", "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>");
        ANSWERS.put("PUT /bucket/key?partNumber=1&uploadId=id", "");
        ANSWERS.put("PUT /bucket/key?partNumber=2&uploadId=id", "");
        ANSWERS.put("POST /bucket/key?uploadId=id", "<CompleteMultipartUploadResult/>");
        var upload = CALLS.upload("bucket", "key", "text/csv", () -> { });
        upload.write(new byte[9 * 1024 * 1024], 0, 9 * 1024 * 1024);
        upload.complete();
        assertEquals(4, REQUESTS.size());
        var part = "<ETag>tag</ETag><ChecksumCRC32>checksum</ChecksumCRC32><PartNumber>2</PartNumber>";
        assertTrue(REQUESTS.get(3).contains(part), REQUESTS.get(3));
    }

    @Test
    void removesTheParts() {
        ANSWERS.put("POST /bucket/key?uploads", "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>");
        ANSWERS.put("PUT /bucket/key?partNumber=1&uploadId=id", "");
        ANSWERS.put("DELETE /bucket/key?uploadId=id", "");
        var upload = CALLS.upload("bucket", "key", "text/csv", () -> { });
        upload.write(new byte[9 * 1024 * 1024], 0, 9 * 1024 * 1024);
        upload.abort();
        assertEquals(3, REQUESTS.size());
    }

    private static void answer(HttpExchange exchange) throws IOException {
        var target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
        var name = exchange.getRequestMethod() + " " + exchange.getRequestURI() + (target == null ? "" : " " + target);
        REQUESTS.add(name + "\n" + new String(exchange.getRequestBody().readAllBytes(), UTF_8));
        var answer = ANSWERS.get(name);
        exchange.getResponseHeaders().add("ETag", "tag");
        exchange.getResponseHeaders().add("x-amz-checksum-crc32", "checksum");
        var body = answer == null ? new byte[0] : answer.getBytes(UTF_8);
        exchange.sendResponseHeaders(answer == null ? 400 : 200, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
