"""A container that does what its payload says, without a helper."""

import json
import os
import signal
import sys
import time
from pathlib import Path


def main() -> int:
    # The test sees that the work runs, and can kill it.
    with open(Path(sys.argv[1], os.environ["TASK_ID"]), "a") as starts:
        starts.write(f"{os.getpid()}\n")
    script = json.loads(read_payload())
    if script.get("isDeaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(script.get("seconds", 0))
    if "fails" in script:
        error = {"code": script["fails"], "message": "the picture is grey"}
        store(json.dumps({"cdk-task-manager:end": {"status": "FAILED", "error": error}}))
    if "returns" in script:
        store(json.dumps(script["returns"]))
    if "stores" in script:
        store(script["stores"])
    return script.get("exits", 0)


def read_payload() -> str:
    uri = os.environ.get("TASK_PAYLOAD_URI")
    return s3().get_object(**place(uri))["Body"].read().decode() if uri else os.environ["TASK_PAYLOAD"]


def store(content: str) -> None:
    s3().put_object(**place(os.environ["TASK_RESULT_URI"]), Body=content.encode())


def place(uri: str) -> dict[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}


def s3():
    # It takes most of the time, and many scripts don't need it.
    import boto3

    return boto3.client("s3")


if __name__ == "__main__":
    sys.exit(main())
