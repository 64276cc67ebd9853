import {
  DeleteConnectionCommand, GoneException, LimitExceededException, PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { Environment, Invocation, ServiceError } from './invocation';
import { LiveRequest } from '../../src/protocol/live';

/** The end of a connection that the client has. */
export interface Peer {
  onMessage(message: object): void;
  onClose(): void;
}

export interface ConnectionRequest {
  readonly owner: string;
  /** When the token ends, in seconds since the epoch. */
  readonly endsAt: number;
  /** The origin of the page. Missing if the client is no browser. */
  readonly origin?: string;
}

/** A connection. API Gateway and the client can differ about whether it is open. */
export interface Connection extends ConnectionRequest {
  readonly id: string;
  readonly peer: Peer;
  /** Whether API Gateway accepts posts. */
  isOpen: boolean;
  /** Whether messages get to the client, and those of the client to API Gateway. */
  isConnected: boolean;
  /** Whether the client does not read. */
  readonly isSlow: boolean;
}

export interface WebSocketApiOptions {
  readonly environment: Environment;
  readonly isFaulty: boolean;
  /** Handles the requests to `$connect`. */
  readonly connect: (invocation: Invocation, event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;
  /** Handles messages. */
  readonly answer: (invocation: Invocation, event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;
  readonly onOpen: (connection: Connection) => void;
  /** Called with each answer, before it is sent, and the time of its request. */
  readonly onAnswer: (connection: Connection, request: LiveRequest, answer: object, askedAt: number) => void;
}

/** Time after which API Gateway notices that a connection is broken. */
const NOTICE_SECONDS = 120;

/** A WebSocket API: messages are lost, doubled, late and in any order. */
export class WebSocketApi {
  private readonly connections = new Map<string, Connection>();
  /** What each post takes in addition. */
  public readonly latencyMs: number;

  constructor(private readonly options: WebSocketApiOptions) {
    this.latencyMs = options.isFaulty ? options.environment.random.pick([0, 1_000]) : 0;
  }

  /** Opens a connection. Returns undefined if the client gets none. */
  public async open(peer: Peer, request: ConnectionRequest): Promise<Connection | undefined> {
    const { environment: { clock, random, faults }, connect } = this.options;
    const { owner, endsAt, origin } = request;
    // Some are before, some after those that are open: the pages of connections are in the order of their ids.
    const id = `${random.int(0, 999_999)}-${this.connections.size}`;
    const event = {
      headers: { ...(origin !== undefined && { Origin: origin }) },
      requestContext: { connectionId: id, eventType: 'CONNECT', authorizer: { owner, expiresAt: String(endsAt) } },
    } as unknown as APIGatewayProxyEvent;
    const answer = await this.invoke((invocation) => connect(invocation, event));
    if (answer?.statusCode !== 200) return undefined;
    const connection: Connection = { ...request, id, peer, isOpen: true, isConnected: true, isSlow: random.chance(faults.throttle) };
    this.connections.set(id, connection);
    this.options.onOpen(connection);
    await clock.sleep(random.int(1, 20));
    if (!random.chance(faults.lostAnswer)) return connection;
    this.breakOff(connection);
    return undefined;
  }

  /** Sends a message of a client. */
  public async send(connection: Connection, request: LiveRequest): Promise<void> {
    const { environment: { clock, random, faults }, answer, onAnswer } = this.options;
    await clock.sleep(random.int(1, 50));
    if (!connection.isOpen || !connection.isConnected || random.chance(faults.lostAnswer)) return;
    const event = { body: JSON.stringify(request), isBase64Encoded: false, requestContext: { connectionId: connection.id } };
    const askedAt = clock.now;
    const response = await this.invoke((invocation) => answer(invocation, event as APIGatewayProxyEvent));
    const reply = response ? JSON.parse(response.body) : { message: 'Internal server error', connectionId: connection.id, requestId: '1' };
    if (response) onAnswer(connection, request, reply, askedAt);
    this.deliver(connection, reply, random.int(1, 100));
  }

  /** The client closes a connection. */
  public close(connection: Connection): void {
    connection.isConnected = false;
    connection.isOpen = false;
  }

  /** A connection breaks without a word. API Gateway notices that later, and the client only if it asks. */
  public breakOff(connection: Connection): void {
    const { clock, random } = this.options.environment;
    connection.isConnected = false;
    clock.after(1000 * random.int(0, NOTICE_SECONDS), () => { connection.isOpen = false; });
  }

  public find(id: string): Connection | undefined {
    return this.connections.get(id);
  }

  /** Makes a call of the management API. */
  public execute(command: { readonly input: object }): object {
    const { random, faults } = this.options.environment;
    if (random.chance(faults.throttle)) throw new LimitExceededException({ message: 'too many requests', $metadata: {} });
    if (random.chance(faults.throttle)) throw new ServiceError('InternalServerError');
    if (command instanceof PostToConnectionCommand) {
      const { ConnectionId, Data } = command.input as { ConnectionId: string; Data: Uint8Array };
      return this.post(this.openConnection(ConnectionId), JSON.parse(Data.toString()));
    }
    if (command instanceof DeleteConnectionCommand) return this.end(this.openConnection(command.input.ConnectionId!));
    throw new Error('the simulated WebSocket API does not support a command');
  }

  private post(connection: Connection, message: object): object {
    const { random, faults } = this.options.environment;
    if (random.chance(faults.crash)) this.breakOff(connection);
    else if (!random.chance(faults.lostAnswer)) this.deliver(connection, message, this.delayMs());
    return {};
  }

  private delayMs(): number {
    const { random, faults } = this.options.environment;
    return random.chance(faults.heldBack) ? 1000 * random.int(1, 300) : random.int(1, 100);
  }

  private end(connection: Connection): object {
    const { clock, random } = this.options.environment;
    connection.isOpen = false;
    clock.after(random.int(1, 50), () => {
      if (!connection.isConnected) return;
      connection.isConnected = false;
      connection.peer.onClose();
    });
    return {};
  }

  private deliver(connection: Connection, message: object, delayMs: number): void {
    const { clock, random, faults } = this.options.environment;
    const arrive = () => {
      if (connection.isConnected) connection.peer.onMessage(message);
    };
    clock.after(delayMs, arrive);
    if (random.chance(faults.duplicate)) clock.after(delayMs + random.int(0, 1_000), arrive);
  }

  private openConnection(id: string): Connection {
    const connection = this.connections.get(id);
    if (!connection?.isOpen) throw new GoneException({ message: 'gone', $metadata: {} });
    return connection;
  }

  private async invoke(handler: (invocation: Invocation) => Promise<APIGatewayProxyResult>): Promise<APIGatewayProxyResult | undefined> {
    return new Invocation(this.options.environment).run(handler).catch(() => undefined);
  }
}
