import { CLIENT_SETTINGS } from '../aws-services';
import { loadS3 } from '../optional-packages';

/** Small objects in S3: payloads and ends of tasks. Their addresses are `s3://bucket/key`. */
export interface Objects {
  read(uri: string): Promise<string>;

  write(uri: string, json: string): Promise<void>;
}

/** @throws Error if the SDK's packages for S3 are not installed, or the region is not known */
export async function s3Objects(): Promise<Objects> {
  const [{ GetObjectCommand, PutObjectCommand, S3Client }] = await loadS3();
  const s3 = new S3Client(CLIENT_SETTINGS);
  await s3.config.region();
  return {
    async read(uri) {
      const { Body } = await s3.send(new GetObjectCommand(addressOf(uri)));
      return Body!.transformToString();
    },

    async write(uri, json) {
      await s3.send(new PutObjectCommand({ ...addressOf(uri), Body: json, ContentType: 'application/json' }));
    },
  };
}

function addressOf(uri: string) {
  const [, , Bucket, ...key] = uri.split('/');
  return { Bucket, Key: key.join('/') };
}
