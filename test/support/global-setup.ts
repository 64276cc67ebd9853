// Before all tests.
export { quietLibraries as default } from '../../local/quiet-libraries';
