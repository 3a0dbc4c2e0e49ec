"""SageMaker's models, endpoints and batch transforms for tests, over HTTP.

Its models answer for real: model.tar.gz is taken from S3 and unpacked, and our container serves it
as a process of its own (a BlazingText one is asked by fastText). States change as they are looked
at, so nothing here depends on time. Written from Amazon's API reference.
"""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.sagemaker_operations_fake import LOOKS, Refused, Scalings, Transforms, missing

ACCOUNT = "123456789012"
MOVING = {"Creating": "InService", "Updating": "InService", "Deleting": None}


class SageMaker(Transforms, Scalings):
    """What a test may set: ``refusals`` (operation: errors that come first), ``fails`` (why the
    next endpoint or job does not come up), ``stays`` (states never change), ``cut_after`` (so many
    more calls are carried out; ``loses_last``: and the last one's answer is lost), ``on_look``
    (called when a job or an endpoint is looked at), ``on_call`` (told each operation before it)."""

    def __init__(self, hosting):
        self.region, self.url, self.hosting = hosting.region, "", hosting
        self.models, self.configs, self.endpoints, self.jobs = {}, {}, {}, {}
        self.scaling, self.policies, self.calls = {}, {}, []
        self.refusals, self.fails, self.stays = {}, "", False
        self.cut_after, self.loses_last, self.on_look = None, False, None
        self.lock, self.on_call = threading.Lock(), None

    def billed(self):
        """Names of what is being paid for."""
        running = [n for n, job in self.jobs.items() if job["TransformJobStatus"] == "InProgress"]
        return [*self.endpoints, *running]

    def left(self):
        """Everything but jobs, which AWS keeps the names of."""
        return [*self.models, *self.configs, *self.endpoints, *self.scaling, *self.policies]

    def answer(self, operation, asked):
        if self.on_call:
            self.on_call(operation)
        with self.lock:
            if self.cut_after == 0:
                raise Refused(403, "AccessDenied", "The line was cut.")
            self.calls.append(operation)
            if waiting := self.refusals.get(operation):
                raise Refused(*waiting.pop(0))
            said = getattr(self, f"_{operation}")(asked)
            if self.cut_after is not None:
                self.cut_after -= 1
                if self.cut_after == 0 and self.loses_last:
                    raise Refused(403, "AccessDenied", "The line was cut.")
            return said

    def _arn(self, kind, name):
        return f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:{kind}/{name.lower()}"

    def _create(self, kind, kept, name, asked):
        if name in kept:
            raise Refused(
                400, "ValidationException",
                f'Cannot create already existing {kind} "{self._arn(kind, name)}".',
            )  # fmt: skip
        kept[name] = asked | {"Arn": self._arn(kind, name)}
        return kept[name]

    def _CreateModel(self, asked):
        assert asked["EnableNetworkIsolation"] is True
        made = self._create("model", self.models, asked["ModelName"], asked)
        return {"ModelArn": made["Arn"]}

    def _DescribeModel(self, asked):
        return self._kept(self.models, asked["ModelName"], "model")

    def _DeleteModel(self, asked):
        self._kept(self.models, asked["ModelName"], "model")
        return self.models.pop(asked["ModelName"]) and {}

    def _ListModels(self, asked):
        return self._page(self.models, asked, "Models", "ModelName")

    def _CreateEndpointConfig(self, asked):
        for variant in asked["ProductionVariants"]:
            self._kept(self.models, variant["ModelName"], "model")
        made = self._create("endpoint-config", self.configs, asked["EndpointConfigName"], asked)
        return {"EndpointConfigArn": made["Arn"]}

    def _DescribeEndpointConfig(self, asked):
        return self._kept(self.configs, asked["EndpointConfigName"], "endpoint configuration")

    def _DeleteEndpointConfig(self, asked):
        self._kept(self.configs, asked["EndpointConfigName"], "endpoint configuration")
        return self.configs.pop(asked["EndpointConfigName"]) and {}

    def _ListEndpointConfigs(self, asked):
        return self._page(self.configs, asked, "EndpointConfigs", "EndpointConfigName")

    def _CreateEndpoint(self, asked):
        self._kept(self.configs, asked["EndpointConfigName"], "endpoint configuration")
        made = self._create("endpoint", self.endpoints, asked["EndpointName"], asked)
        made |= {"EndpointStatus": "Creating", "looks": 0}
        return {"EndpointArn": made["Arn"]}

    def _UpdateEndpoint(self, asked):
        endpoint = self._kept(self.endpoints, asked["EndpointName"], "endpoint")
        self._kept(self.configs, asked["EndpointConfigName"], "endpoint configuration")
        self._refuse_while_moving(endpoint)
        if self.scaling:
            raise Refused(400, "ValidationException", "Deregister the variant from scaling first.")
        endpoint |= {
            "EndpointStatus": "Updating",
            "looks": 0,
            "was": endpoint["EndpointConfigName"],
        }
        endpoint["EndpointConfigName"] = asked["EndpointConfigName"]
        return {"EndpointArn": endpoint["Arn"]}

    def _DeleteEndpoint(self, asked):
        endpoint = self._kept(self.endpoints, asked["EndpointName"], "endpoint")
        self._refuse_while_moving(endpoint)
        endpoint |= {"EndpointStatus": "Deleting", "looks": 0}
        return {}

    def _refuse_while_moving(self, endpoint):
        if (state := endpoint["EndpointStatus"]) in MOVING:
            raise Refused(400, "ValidationException", f"Cannot change an endpoint that is {state}.")

    def _DescribeEndpoint(self, asked):
        name = asked["EndpointName"]
        endpoint = self._kept(self.endpoints, name, "endpoint")
        if self.on_look:
            self.on_look()
        endpoint["looks"] += 1
        state = endpoint["EndpointStatus"]
        if state in MOVING and not self.stays and endpoint["looks"] > LOOKS:
            self._arrive(name, endpoint, state)
        self._kept(self.endpoints, name, "endpoint")
        config = self.configs.get(endpoint["EndpointConfigName"], {"ProductionVariants": []})
        variants = [
            {"VariantName": one["VariantName"], "CurrentInstanceCount": one["InitialInstanceCount"]}
            for one in config["ProductionVariants"]
        ]
        return endpoint | {
            "EndpointArn": endpoint["Arn"], "CreationTime": time.time(),
            "LastModifiedTime": time.time(), "ProductionVariants": variants,
        }  # fmt: skip

    def _arrive(self, name, endpoint, state):
        if state == "Deleting":
            self.endpoints.pop(name)
        elif self.fails:
            endpoint["FailureReason"] = self.fails
            if state == "Creating":
                endpoint["EndpointStatus"] = "Failed"
            else:
                endpoint |= {"EndpointStatus": "InService", "EndpointConfigName": endpoint["was"]}
        else:
            endpoint["EndpointStatus"] = "InService"

    def _ListTags(self, asked):
        for kept in (self.endpoints, self.models, self.configs):
            for one in kept.values():
                if one["Arn"] == asked["ResourceArn"]:
                    return {"Tags": one.get("Tags", [])}
        raise missing("resource")

    def invoke(self, name, content_type, body):
        """What an endpoint's model answers: status, content type, body."""
        endpoint = self.endpoints[name]
        (variant,) = self.configs[endpoint["EndpointConfigName"]]["ProductionVariants"]
        return self.hosting.ask(self.models[variant["ModelName"]], content_type, body)

    def _kept(self, kept, name, what):
        if name not in kept:
            raise missing(what)
        return kept[name]

    def _page(self, kept, asked, key, name):
        """Two names a page, as if there were many."""
        names = sorted(one for one in kept if asked["NameContains"] in one)
        first = int(asked.get("NextToken", 0))
        kind = {"Models": "ModelArn", "EndpointConfigs": "EndpointConfigArn"}[key]
        rows = [
            {name: one, kind: kept[one]["Arn"], "CreationTime": time.time()}
            for one in names[first : first + 2]
        ]
        more = {"NextToken": str(first + 2)} if first + 2 < len(names) else {}
        return {key: rows} | more


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are sent apart: else the second waits a 25th of a second for the first.
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fake = self.server.fake
        if self.path.startswith("/endpoints/"):
            name = self.path.split("/")[2]
            return self._send(*fake.invoke(name, self.headers["Content-Type"], body))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        try:
            status, said = 200, fake.answer(operation, json.loads(body))
        except Refused as refused:
            status, name, words = refused.args
            said = {"__type": name, "message": words}
        return self._send(status, "application/x-amz-json-1.1", json.dumps(said).encode())

    def _send(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def served(hosting):
    """A SageMaker that answers until the body ends."""
    fake = SageMaker(hosting)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.fake = True, fake
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
