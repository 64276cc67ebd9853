// Every export of these files is public.
export * from './errors';
export * from './options';
export * from './task';
export * from './task-client';
