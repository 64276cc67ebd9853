import { createServer, IncomingMessage } from 'node:http';
import { AddressInfo } from 'node:net';

/** A program that stands in for EventBridge and S3. It prints its port, and throws away what is uploaded. */
const server = createServer(async (request, response) => {
  for await (const _ of request); // The body.
  if (request.headers['x-amz-target']) response.end(JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: 'id' }] }));
  else response.setHeader('ETag', '"1"').end(answerOfS3(request));
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
function answerOfS3({ method, url = '' }: IncomingMessage): string {
  if (method !== 'POST') return '';
  return url.includes('uploadId')
    ? '<CompleteMultipartUploadResult><ETag>"1"</ETag></CompleteMultipartUploadResult>'
    : '<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>';
}

server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
// The parent process holds the other end. It closes when the parent ends.
process.stdin.resume().on('end', () => process.exit());
