import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { AssetImage, CfnTaskDefinition, ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { RenderService, RenderServiceProps } from '../../examples/container/render-service';

const PROJECT = path.join(__dirname, '..', '..');

/**
 * Defines the app of examples/container for the local engine, which builds no images: it runs the command that is in the image, with the
 * package that is installed there.
 */
export function renderServiceWithoutImage(app: App, props?: RenderServiceProps): RenderService {
  const { fromAsset } = ContainerImage;
  ContainerImage.fromAsset = () => ContainerImage.fromRegistry('ignored') as unknown as AssetImage;
  try {
    const service = new RenderService(app, 'RenderService', props);
    const definition = (service.node.findChild('Renderer') as FargateTaskDefinition).node.defaultChild as CfnTaskDefinition;
    const program = path.join(PROJECT, 'examples', 'container', 'renderer', 'render.py');
    definition.addPropertyOverride('ContainerDefinitions.0.Command', ['python', program]);
    definition.addPropertyOverride('ContainerDefinitions.0.Environment', [
      { Name: 'PYTHONPATH', Value: path.join(PROJECT, 'processor-python', 'src') }, { Name: 'PYTHONDONTWRITEBYTECODE', Value: '1' },
    ]);
    return service;
  } finally {
    ContainerImage.fromAsset = fromAsset;
  }
}
