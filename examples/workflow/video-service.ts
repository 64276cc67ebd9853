import { CfnOutput, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { StateMachineTaskProcessor, TaskEndpoint, TaskLiveUpdates, TaskManager, TaskReports } from 'cdk-task-manager';
import { Construct } from 'constructs';

/** Configures a `VideoService`. */
export interface VideoServiceProps extends StackProps {
  /** Where the API is: by default, in a REST API. */
  readonly endpoint?: TaskEndpoint;
}

/** Encodes videos with a workflow: `POST /tasks` starts one, `GET /tasks/{taskId}` returns its progress and its result. */
export class VideoService extends Stack {
  constructor(scope: Construct, id: string, props: VideoServiceProps = {}) {
    super(scope, id, props);

    const tasks = new TaskManager(this, 'Tasks', {
      endpoint: props.endpoint,
      taskTimeout: Duration.days(2),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new StateMachineTaskProcessor(this, 'Video', { taskManager: tasks, taskType: 'video', stateMachine: this.workflow() });
    const live = new TaskLiveUpdates(this, 'Live', { taskManager: tasks });
    tasks.createOutputs({ liveUpdates: live });

    new CfnOutput(this, 'ApiUrl', { value: tasks.apiUrl });
    new CfnOutput(this, 'LiveUrl', { value: live.url });
  }

  /** Its input is the task, and its output the result. */
  private workflow(): sfn.StateMachine {
    const unknown = new sfn.Fail(this, 'Not a video', { error: 'UnknownVideo', cause: 'the payload must have the title of a video' });
    const split = TaskReports.progress(this, 'Split', { percent: 10, message: 'split into scenes' });
    const join = TaskReports.progress(this, 'Join', { percent: 80, message: 'all scenes encoded' });
    const done = sfn.Pass.jsonata(this, 'Done', {
      outputs: { title: '{% $title %}', scenes: '{% $states.input %}' },
    });
    // Each scene waits. A real workflow has a job here: of MediaConvert, Batch, Glue, CodeBuild or anything that Step Functions waits for.
    const encode = sfn.Map.jsonata(this, 'Encode all scenes', { items: sfn.ProvideItems.jsonata('{% [1..4] %}'), maxConcurrency: 2 })
      .itemProcessor(sfn.Wait.jsonata(this, 'Encode a scene', { time: sfn.WaitTime.seconds('{% $seconds %}') }));

    const isVideo = sfn.Condition.jsonata("{% $type($states.input.payload.title) = 'string' %}");
    const start = sfn.Choice.jsonata(this, 'Is it a video?').when(isVideo, split, {
      assign: {
        title: '{% $states.input.payload.title %}',
        seconds: '{% $exists($states.input.payload.seconds) ? $floor($states.input.payload.seconds / 2) : 0 %}',
      },
    }).otherwise(unknown);
    split.next(encode).next(join).next(done);

    return new sfn.StateMachine(this, 'Workflow', {
      queryLanguage: sfn.QueryLanguage.JSONATA, definitionBody: sfn.DefinitionBody.fromChainable(start),
    });
  }
}
