// An app that a user writes in Go. The test adds go.mod with the built module.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-task-manager/cdk-task-manager-go/cdktaskmanager"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("GoApp"), nil)
	tasks := cdktaskmanager.NewTaskManager(stack, jsii.String("Tasks"), &cdktaskmanager.TaskManagerProps{
		TaskTimeout: awscdk.Duration_Hours(jsii.Number(2)),
	})
	cdktaskmanager.NewTaskProcessor(stack, jsii.String("Export"), &cdktaskmanager.TaskProcessorProps{
		TaskManager: tasks,
		TaskType:    jsii.String("export"),
		Handler: awslambda.NewFunction(stack, jsii.String("Exporter"), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_LATEST(),
			Handler: jsii.String("index.handler"),
			Code:    awslambda.Code_FromInline(jsii.String("exports.handler = async () => {};")),
		}),
	})
	app.Synth(nil)
}
