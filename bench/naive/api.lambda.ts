export { handler } from '../variants/document-client.lambda';
