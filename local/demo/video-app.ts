import { App } from 'aws-cdk-lib';
import { chosenEndpoint } from './chosen-endpoint';
import { writeOpenApi } from './open-api';
import { VideoService } from '../../examples/workflow/video-service';

const app = new App();
new VideoService(app, 'VideoService', { endpoint: chosenEndpoint() });
writeOpenApi(app);
