import { App } from 'aws-cdk-lib';
import { chosenEndpoint } from './chosen-endpoint';
import { VideoService } from '../../examples/workflow/video-service';

new VideoService(new App(), 'VideoService', { endpoint: chosenEndpoint() });
