from fixes.worker_scripts import NODE, edit_worker_script

OLD = """if (options.agent instanceof https.Agent) {
        options.agent = new http.Agent({ keepAlive: true });
      } else if (options.agent === undefined) {
        options.agent = new http.Agent({ keepAlive: true });
      }"""

NEW = """if (options.agent instanceof https.Agent || options.agent === undefined) {
        options.agent = _plainAgentOf(options.agent || https.globalAgent);
      }"""

PLAIN_AGENTS = """
const _plainAgents = new WeakMap();
const _plainAgentOf = agent => {
  if (!_plainAgents.has(agent)) _plainAgents.set(agent, new http.Agent({ keepAlive: true, maxSockets: agent.maxSockets }));
  return _plainAgents.get(agent);
};
"""


def keep_connections_of_functions():
    """Uses the connections of Node.js functions to the names of AWS again, and limits their number.

    AWS: the SDK uses its connections again, and opens at most 50
    (https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-configuring-maxsockets.html). In MiniStack, each request to a
    name such as `abcd1234.execute-api.us-east-1.amazonaws.com` opens a connection, which stays open.
    """
    edit_worker_script(NODE, OLD, NEW)
    edit_worker_script(NODE, 'const readline = require("readline");', f'const readline = require("readline");{PLAIN_AGENTS}')
