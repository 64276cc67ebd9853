from xml.etree import ElementTree

from ministack.services import s3, stepfunctions

from fixes.executions import denial_of_machine, track_executions

ACCESS_DENIED = "Access Denied (Service: S3, Status Code: 403)"
MODELLED_ERRORS = ("InvalidObjectState", "NoSuchBucket", "NoSuchKey")
HEADERS = {
    "accept-ranges": "AcceptRanges",
    "content-encoding": "ContentEncoding",
    "content-length": "ContentLength",
    "content-type": "ContentType",
    "etag": "ETag",
    "last-modified": "LastModified",
    "x-amz-version-id": "VersionId",
}


def call_sdks_as_aws_does():
    """Adds `aws-sdk:s3:getObject`, and names errors of `aws-sdk` tasks as AWS does.

    AWS: tasks can call all actions of the AWS SDK. Names of errors have the suffix Exception, as in Sfn.ExecutionDoesNotExistException
    (https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html). The Body of an object is text, and longer
    ones than 256 KiB fail the state. S3 answers for a missing object with NoSuchKey if the role may list the bucket, and otherwise with
    403 (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html), which is S3.S3Exception. MiniStack has no getObject, and
    gives some errors no suffix.

    Of getObject, only Bucket, Key and VersionId have an effect. Bytes that are not UTF-8 are replaced.
    """
    track_executions()
    name_error, call = stepfunctions._prefix_sdk_error, stepfunctions._dispatch_aws_sdk_rest_xml

    def name_exception(service, code):
        name = name_error(service, code.rpartition("#")[2])
        return name if name.startswith("States.") or name.endswith(("Exception", "Fault")) else f"{name}Exception"

    def call_or_get_object(info, service, action, data):
        return _get_object(data) if (service, action) == ("s3", "getObject") else call(info, service, action, data)

    stepfunctions._prefix_sdk_error, stepfunctions._dispatch_aws_sdk_rest_xml = name_exception, call_or_get_object


def _get_object(data):
    bucket, key = f"arn:aws:s3:::{data['Bucket']}", data["Key"]
    if denial_of_machine("s3:GetObject", f"{bucket}/{key}"):
        raise stepfunctions._ExecutionError("S3.S3Exception", ACCESS_DENIED)
    version = {"versionId": data["VersionId"]} if "VersionId" in data else {}
    status, headers, body = s3._get_object(data["Bucket"], key, {}, version)
    if status != 200:
        raise _error(bucket, body.decode())
    headers = {name.lower(): value for name, value in headers.items()}
    result = {member: headers[name] for name, member in HEADERS.items() if name in headers}
    metadata = {name.removeprefix("x-amz-meta-"): value for name, value in headers.items() if name.startswith("x-amz-meta-")}
    return {**result, "ContentLength": len(body), "Body": body.decode(errors="replace"), "Metadata": metadata}


def _error(bucket, body):
    error = ElementTree.fromstring(body)
    code, message = error.findtext("Code"), error.findtext("Message")
    if code == "NoSuchKey" and denial_of_machine("s3:ListBucket", bucket):
        return stepfunctions._ExecutionError("S3.S3Exception", ACCESS_DENIED)
    name = f"S3.{code}Exception" if code in MODELLED_ERRORS else "S3.S3Exception"
    return stepfunctions._ExecutionError(name, f"{message} (Service: S3)")
