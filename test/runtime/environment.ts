import { EVENT_SOURCE } from '../builders';

// Imported before a handler, which reads its configuration while it loads.
process.env.TABLE_NAME = 'TaskStatus';
process.env.EVENT_BUS_NAME = 'Bus';
process.env.EVENT_SOURCE = EVENT_SOURCE;
process.env.AWS_REGION = 'us-east-1';
