import {
  ApiGatewayManagementApiClient, DeleteConnectionCommand, GoneException, LimitExceededException, PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { LiveState } from '../../protocol/live';
import { environmentVariable } from '../support/configuration';
import { SdkClientTime, sdkClientSettings } from '../support/sdk-client-settings';

/**
 * What happened to a message. `refused`: API Gateway has no room for it, because the client does not read, or because there are too many
 * calls.
 */
export type PostOutcome = 'sent' | 'gone' | 'refused';

/** Sends messages to connections, and ends connections. */
export class Sockets {
  /** Makes the sockets of a Lambda function from the environment that the constructs set. */
  public static fromEnvironment(time: SdkClientTime): Sockets {
    return new Sockets(new ApiGatewayManagementApiClient({
      ...sdkClientSettings(time),
      // A later message has a newer state. So it is not worth repeating an old one for long.
      maxAttempts: 2,
      endpoint: environmentVariable('CALLBACK_URL'),
    }));
  }

  constructor(private readonly client: ApiGatewayManagementApiClient) {}

  /** Throws if API Gateway fails, or if the invocation has no time left. */
  public async post(connectionId: string, state: LiveState): Promise<PostOutcome> {
    try {
      await this.client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: Buffer.from(JSON.stringify(state)) }));
      return 'sent';
    } catch (error) {
      if (error instanceof GoneException) return 'gone';
      if (error instanceof LimitExceededException || (error as Error).name === 'TimeoutError') return 'refused';
      throw error;
    }
  }

  /** Ends a connection. One that is gone needs no end. */
  public async end(connectionId: string): Promise<void> {
    try {
      await this.client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
    } catch (error) {
      if (!(error instanceof GoneException)) throw error;
    }
  }
}
