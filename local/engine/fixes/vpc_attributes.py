from ministack.services import ec2
from ministack.services.cloudformation import provisioners


def give_vpcs_their_attributes():
    """Returns the attribute `CidrBlock` of a VPC in templates.

    AWS: a template can refer to it (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpc.html), as
    the security groups of CDK's interface endpoints do. MiniStack refuses such a stack.

    Not restored: attributes of further and IPv6 address ranges. Networks have no effect: MiniStack stores VPCs, subnets, security groups
    and endpoints, and a function in a VPC reaches everything that others reach.
    """
    handlers = provisioners._RESOURCE_HANDLERS["AWS::EC2::VPC"]
    for operation in ("create", "update"):
        handlers[operation] = _with_cidr_block(handlers[operation])


def _with_cidr_block(handler):
    def handle(*args, **kwargs):
        vpc_id, attributes = handler(*args, **kwargs)
        return vpc_id, {**attributes, "CidrBlock": ec2._vpcs[vpc_id]["CidrBlock"]}

    return handle
