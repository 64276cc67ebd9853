import { App } from 'aws-cdk-lib';
import { renderServiceWithoutImage } from './render-service';

renderServiceWithoutImage(new App());
