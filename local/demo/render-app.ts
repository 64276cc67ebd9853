import { App } from 'aws-cdk-lib';
import { chosenEndpoint } from './chosen-endpoint';
import { renderServiceWithoutImage } from './render-service';

renderServiceWithoutImage(new App(), { endpoint: chosenEndpoint() });
