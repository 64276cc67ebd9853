import { App } from 'aws-cdk-lib';
import { VideoService } from './video-service';

new VideoService(new App(), 'VideoService');
