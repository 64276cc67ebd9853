import { WorkKind } from './wrapper';
import { aContainerProcessor, aStateMachineProcessor, definitionOf } from '../support/wrapper';

/** Returns the definitions of the wrappers, as they are deployed. */
export function wrapperDefinitions(): Record<WorkKind, object> {
  return { machine: definitionOf(aStateMachineProcessor()), container: definitionOf(aContainerProcessor({ taskType: 'export' })) };
}
