import { EVENT_SOURCE, STATUS_READER_ARN, UNDELIVERED_QUEUE_ARN } from './builders';
import { formatOwnerPlace } from '../../src/protocol/environment';

// Import this before a handler, because a handler reads its configuration when it is loaded.
process.env.TABLE_NAME = 'TaskStatus';
process.env.EVENT_BUS_NAME = 'Bus';
process.env.EVENT_SOURCE = EVENT_SOURCE;
process.env.STATUS_READER_ARN = STATUS_READER_ARN;
process.env.UNDELIVERED_QUEUE_ARN = UNDELIVERED_QUEUE_ARN;
process.env.DEAD_LETTER_QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/111111111111/DeadLetterQueue';
process.env.TASK_TIMEOUT_SECONDS = '86400';
process.env.RETENTION_SECONDS = '604800';
process.env.MAX_REQUEST_BYTES = '65536';
process.env.MAX_WAIT_SECONDS = '20';
process.env.OWNER = formatOwnerPlace('header', 'X-Owner');
process.env.ALLOW_ORIGINS = 'https://app.example,https://other.example';
process.env.AWS_REGION = 'us-east-1';
process.env.AWS_ACCESS_KEY_ID = 'test';
process.env.AWS_SECRET_ACCESS_KEY = 'test';
process.env.WRAPPER_ARN = 'arn:aws:states:us-east-1:111111111111:stateMachine:Wrapper';
process.env.WORK_STATE_MACHINE_ARN = 'arn:aws:states:us-east-1:111111111111:stateMachine:Machine';
process.env.LIVE_TABLE_NAME = 'Live';
process.env.LIVE_QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/111111111111/Live';
process.env.CALLBACK_URL = 'https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/live';
process.env.POSTS_PER_SECOND = '250';
