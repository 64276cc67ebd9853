// Every export of these files is public; the build makes the type declarations of the package from the same four.
export * from './errors';
export * from './options';
export * from './task';
export * from './task-client';
