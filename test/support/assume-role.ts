import { AwsClient } from 'aws4fetch';
import { Credentials } from './target';
import { Engine } from '../../local/engine/engine';

/** Returns credentials of a role on the local engine. */
export async function assumeRole(engine: Pick<Engine, 'url' | 'credentials' | 'region'>, roleArn: string): Promise<Credentials> {
  const sts = new AwsClient({ ...engine.credentials, region: engine.region, service: 'sts' });
  const query = new URLSearchParams({ Action: 'AssumeRole', Version: '2011-06-15', RoleArn: roleArn, RoleSessionName: 'test' });
  const response = await sts.fetch(engine.url, {
    method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: query.toString(),
  });
  const reply = await response.text();
  const value = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(reply)?.[1]
    ?? (() => { throw new Error(`AssumeRole returned ${response.status} without ${name}: ${reply}`); })();
  return { accessKeyId: value('AccessKeyId'), secretAccessKey: value('SecretAccessKey'), sessionToken: value('SessionToken') };
}
