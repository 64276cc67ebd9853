/** Draws docs/images/dashboard.svg. */
import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { examplePicture } from './example';
import { PROJECT } from '../shipped-bundles';

Object.assign(process.env, { JSII_DEPRECATED: 'quiet', CDK_VALIDATION: 'false' });
writeFileSync(path.join(PROJECT, 'docs', 'images', 'dashboard.svg'), examplePicture());
