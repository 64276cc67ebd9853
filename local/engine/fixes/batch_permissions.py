from ministack.core import iam_actions

ACTIONS = {
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}


def authorize_batches_of_messages():
    """Lets the permission for an action of SQS cover its batches. Needs AUTH.

    AWS: `sqs:SendMessage` is also the permission for SendMessageBatch, and no policy can name the batch
    (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html). In MiniStack,
    each has an action of its own.
    """
    action_of = iam_actions.extract_iam_action

    def action_with_batches(*args):
        action = action_of(*args)
        return ACTIONS.get(action, action)

    iam_actions.extract_iam_action = action_with_batches
