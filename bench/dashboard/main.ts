/** Draws docs/images/dashboard.svg. */
import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { examplePicture } from './example';
import { quietLibraries } from '../../local/quiet-libraries';
import { PROJECT } from '../shipped-bundles';

quietLibraries();
writeFileSync(path.join(PROJECT, 'docs', 'images', 'dashboard.svg'), examplePicture());
