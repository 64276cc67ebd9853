import { App } from 'aws-cdk-lib';
import { RenderService } from './render-service';

new RenderService(new App(), 'RenderService');
