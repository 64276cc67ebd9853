import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { TaskManager } from '../../src';

const FILE = 'openapi.json';

/** Writes the OpenAPI document of the app's TaskManager beside its templates. */
export function writeOpenApi(app: App): void {
  const tasks = app.node.findAll().find((construct) => construct instanceof TaskManager) as TaskManager;
  writeFileSync(openApiFile(app.outdir), JSON.stringify(tasks.openApiDocument()));
}

/** Returns the file with the document, in the folder of an app's templates. */
export function openApiFile(assembly: string): string {
  return path.join(assembly, FILE);
}
