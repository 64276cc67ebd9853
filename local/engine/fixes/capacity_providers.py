from ministack.services import ecs
from ministack.services.cloudformation import provisioners

TYPE = "AWS::ECS::ClusterCapacityProviderAssociations"
NOT_ASSOCIATED = (
    "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. "
    "Associate the capacity provider with the cluster and try again."
)


def associate_capacity_providers():
    """Creates resources of the type AWS::ECS::ClusterCapacityProviderAssociations, and checks the capacity providers of RunTask.

    AWS: the resource gives a cluster its capacity providers
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-clustercapacityproviderassociations.html).
    CDK uses it for Fargate Spot. The strategy of RunTask can contain only those (…/AmazonECS/latest/APIReference/API_RunTask.html).
    MiniStack refuses the stack, and takes all strategies.
    """
    choose = ecs._launch_choice

    def choose_associated(data, cluster):
        for item in data.get("capacityProviderStrategy") or []:
            if item["capacityProvider"] not in cluster["capacityProviders"]:
                return None, None, ecs.error_response_json("InvalidParameterException", NOT_ASSOCIATED, 400)
        return choose(data, cluster)

    ecs._launch_choice = choose_associated
    provisioners._RESOURCE_HANDLERS[TYPE] = {"create": _create, "update": _update, "delete": _delete}


def _create(logical_id, props, stack_name):
    _put(props["Cluster"], props.get("CapacityProviders", []), props.get("DefaultCapacityProviderStrategy", []))
    return props["Cluster"], {}


def _update(physical_id, old_props, new_props, stack_name):
    return _create(physical_id, new_props, stack_name)


def _delete(physical_id, props):
    _put(physical_id, [], [])


def _put(cluster, providers, strategy):
    strategy = [{name[0].lower() + name[1:]: value for name, value in item.items()} for item in strategy]
    ecs._put_cluster_capacity_providers({"cluster": cluster, "capacityProviders": providers, "defaultCapacityProviderStrategy": strategy})
