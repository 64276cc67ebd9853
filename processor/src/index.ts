// Every export of these files is public.
export * from './errors';
export { type TaskLogger, type TaskProcessorOptions } from './options';
export { type SchemaOutput, type StandardSchema } from './schema';
export { type UploadBody } from './services';
export { type LambdaContext } from './out-of-time';
export * from './task';
export { type TaskHandler, taskProcessor } from './task-processor';
