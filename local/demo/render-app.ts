import { App } from 'aws-cdk-lib';
import { chosenEndpoint } from './chosen-endpoint';
import { writeOpenApi } from './open-api';
import { renderServiceWithoutImage } from './render-service';

const app = new App();
renderServiceWithoutImage(app, { endpoint: chosenEndpoint() });
writeOpenApi(app);
