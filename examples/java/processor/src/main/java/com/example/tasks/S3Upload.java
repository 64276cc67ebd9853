package com.example.tasks;

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/** Uploads what is written to it, in parts. Closing it does nothing: the work may close it, and fail afterwards. */
final class S3Upload extends OutputStream {
    /** S3 accepts parts from 5 MiB, except the last one, and 10,000 of them: up to 78 GiB. */
    private static final int PART_BYTES = 8 * 1024 * 1024;

    private final S3Client s3;
    private final String bucket;
    private final String key;
    private final String contentType;
    private final Runnable check;
    private final byte[] part = new byte[PART_BYTES];
    private final List<CompletedPart> uploaded = new ArrayList<>();
    private int size;
    private String uploadId;

    S3Upload(S3Client s3, String bucket, String key, String contentType, Runnable check) {
        this.s3 = s3;
        this.bucket = bucket;
        this.key = key;
        this.contentType = contentType;
        this.check = check;
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        for (var written = 0; written < length;) {
            if (size == PART_BYTES) uploadPart();
            var count = Math.min(length - written, PART_BYTES - size);
            System.arraycopy(bytes, offset + written, part, size, count);
            size += count;
            written += count;
        }
    }

    /** Uploads the rest. */
    void complete() {
        check.run();
        if (uploadId == null) {
            s3.putObject(request -> request.bucket(bucket).key(key).contentType(contentType), body());
        } else {
            uploadPart();
            s3.completeMultipartUpload(request -> request
                .bucket(bucket).key(key).uploadId(uploadId).multipartUpload(parts -> parts.parts(uploaded)));
        }
    }

    /** Removes what has been uploaded. */
    void abort() {
        if (uploadId != null) s3.abortMultipartUpload(request -> request.bucket(bucket).key(key).uploadId(uploadId));
    }

    private void uploadPart() {
        check.run();
        if (uploadId == null) {
            uploadId = s3.createMultipartUpload(request -> request
                .bucket(bucket).key(key).contentType(contentType).checksumAlgorithm(ChecksumAlgorithm.CRC32)).uploadId();
        }
        var number = uploaded.size() + 1;
        var reply = s3.uploadPart(request -> request
            .bucket(bucket).key(key).uploadId(uploadId).partNumber(number).checksumAlgorithm(ChecksumAlgorithm.CRC32), body());
        uploaded.add(CompletedPart.builder().partNumber(number).eTag(reply.eTag()).checksumCRC32(reply.checksumCRC32()).build());
        size = 0;
    }

    /** Returns what has been written. The SDK reads it again for each attempt. */
    private RequestBody body() {
        return RequestBody.fromContentProvider(() -> new ByteArrayInputStream(part, 0, size), size, contentType);
    }
}
