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
    """Fails an invocation whose handler rejects with, or throws, null, undefined, 0, false or an empty text.

    AWS: every rejection and every thrown value fails the invocation, and the runtime returns its type and its text
    (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html, toRapidResponse in
    https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/utils/Errors.ts). The worker of MiniStack tests
    whether the error is truthy, and takes the others for a success.

    A callback with a falsy error is a success on AWS, too.
    """
    edit_worker_script(NODE, 'const readline = require("readline");', f'const readline = require("readline");{REJECTED}')
    edit_worker_script(NODE, "err => settle(err));", "err => settle(_rejected(err)));")
    edit_worker_script(
        NODE,
        "    } catch (e) {\n      _realStdoutWrite",
        "    } catch (thrown) {\n      const e = _rejected(thrown);\n      _realStdoutWrite",
    )
