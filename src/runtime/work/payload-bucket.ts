import { HttpRequest } from '@smithy/core/protocols';
import type { SignatureV4 } from '@smithy/signature-v4';
import { objectRequest, objectSigner, resultBucketUrl } from '../support/bucket-url';
import { environmentVariable } from '../support/configuration';
import { sdkClientSettings, SdkClientTime } from '../support/sdk-client-settings';

/**
 * The result bucket, as the place of payloads that are too long to be handed over. It signs its requests itself: the whole client of S3
 * would double the code of the function.
 */
export class PayloadBucket {
  /** Makes it from the environment that the constructs set; undefined without a result bucket. */
  public static fromEnvironment(time: SdkClientTime): PayloadBucket | undefined {
    const url = resultBucketUrl();
    return url && new PayloadBucket(environmentVariable('RESULT_BUCKET_NAME'), process.env.AWS_REGION!, url, time);
  }

  private readonly signer: SignatureV4;
  private readonly handler;

  private constructor(public readonly name: string, region: string, private readonly url: URL, time: SdkClientTime) {
    this.signer = objectSigner(region);
    this.handler = sdkClientSettings(time).requestHandler;
  }

  /** Stores JSON. Throws if S3 refuses it. */
  public async put(key: string, json: string): Promise<void> {
    const { headers, ...request } = objectRequest(this.url, key);
    const signed = await this.signer.sign(new HttpRequest({
      ...request,
      method: 'PUT',
      headers: { ...headers, 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(json)) },
      body: json,
    }));
    const { response } = await this.handler.handle(new HttpRequest(signed));
    response.body?.resume();
    if (response.statusCode !== 200) throw new Error(`S3 answered ${response.statusCode} to the payload`);
  }
}
