from fixes.worker_scripts import NODE, edit_worker_script

REJECTED = """
const _rejected = reason => reason || Object.assign(
  new Error(reason == null
    ? "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack"
    : String(reason)),
  { name: reason == null ? "handled" : typeof reason, stack: "" },
);
"""


def fail_on_falsy_rejections():
    """Has an invocation fail whose handler rejects its promise with, or throws, null, undefined, 0, false or an empty text.

    AWS: an invocation fails by any rejection and whatever is thrown, and the runtime tells the type and the text of it
    (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html, toRapidResponse in
    https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/utils/Errors.ts). As installed, the worker asks
    whether the error is true, and takes the invocation for a success.

    A callback that gets a falsy error is a success on AWS, too, and stays one.
    """
    edit_worker_script(NODE, 'const readline = require("readline");', f'const readline = require("readline");{REJECTED}')
    edit_worker_script(NODE, "err => settle(err));", "err => settle(_rejected(err)));")
    edit_worker_script(
        NODE,
        "    } catch (e) {\n      _realStdoutWrite",
        "    } catch (thrown) {\n      const e = _rejected(thrown);\n      _realStdoutWrite",
    )
