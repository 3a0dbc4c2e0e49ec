"""Batch transforms and scaling, for tests: what the fake SageMaker does beside its endpoints."""

import time

LOOKS = 2  # until a state that passes is over


class Refused(Exception):
    """HTTP status, AWS's name of the error, and its words."""


def missing(what):
    return Refused(400, "ValidationException", f'Could not find {what} "arn:aws:sagemaker:…".')


class Transforms:
    """Jobs, which really ask their model; ``jobs`` by name."""

    def _CreateTransformJob(self, asked):
        self._kept(self.models, asked["ModelName"], "model")
        name = asked["TransformJobName"]
        if name in self.jobs:
            raise Refused(400, "ResourceInUse", f"Job name must be unique: {name}")
        now = time.time()
        self.jobs[name] = asked | {
            "TransformJobStatus": "InProgress", "looks": 0, "CreationTime": now,
            "TransformJobArn": self._arn("transform-job", name),
            "model": self.models[asked["ModelName"]],
        }  # fmt: skip
        return {"TransformJobArn": self.jobs[name]["TransformJobArn"]}

    def _DescribeTransformJob(self, asked):
        job = self._kept(self.jobs, asked["TransformJobName"], "transform job")
        if self.on_look:
            self.on_look()
        job["looks"] += 1
        if job["looks"] > LOOKS and not self.stays:
            if job["TransformJobStatus"] == "Stopping":
                job["TransformJobStatus"] = "Stopped"
            elif job["TransformJobStatus"] == "InProgress":
                why = self.fails or self.hosting.transform(job["model"], job)
                job["TransformJobStatus"] = "Failed" if why else "Completed"
                job |= {"FailureReason": why} if why else {}
        return {key: value for key, value in job.items() if key not in ("looks", "model", "Tags")}

    def _StopTransformJob(self, asked):
        job = self._kept(self.jobs, asked["TransformJobName"], "transform job")
        if job["TransformJobStatus"] != "InProgress":
            raise Refused(400, "ValidationException", "The job is not running.")
        self.stays = False
        job |= {"TransformJobStatus": "Stopping", "looks": 0}
        return {}

    def _ListTransformJobs(self, asked):
        rows = [
            {"TransformJobName": name, "TransformJobArn": job["TransformJobArn"],
             "CreationTime": job["CreationTime"], "TransformJobStatus": job["TransformJobStatus"]}
            for name, job in self.jobs.items()
            if asked["NameContains"] in name and job["TransformJobStatus"] == asked["StatusEquals"]
        ]  # fmt: skip
        return {"TransformJobSummaries": rows}


class Scalings:
    """Application Auto Scaling: ``scaling`` and ``policies`` by the resource they are of."""

    def _RegisterScalableTarget(self, asked):
        self.scaling[asked["ResourceId"]] = asked
        return {}

    def _PutScalingPolicy(self, asked):
        if asked["ResourceId"] not in self.scaling:
            raise Refused(400, "ObjectNotFoundException", "No scalable target registered.")
        self.policies[asked["ResourceId"]] = asked
        return {"PolicyARN": "arn:aws:autoscaling:…"}

    def _DescribeScalableTargets(self, asked):
        now = {"RoleARN": "arn:aws:iam::…", "CreationTime": time.time()}
        found = [self.scaling[key] | now for key in asked["ResourceIds"] if key in self.scaling]
        return {"ScalableTargets": found}

    def _DescribeScalingPolicies(self, asked):
        found = [self.policies[key] for key in [asked["ResourceId"]] if key in self.policies]
        now = {"PolicyARN": "arn:aws:autoscaling:…", "CreationTime": time.time()}
        return {"ScalingPolicies": [policy | now for policy in found]}

    def _DeleteScalingPolicy(self, asked):
        if self.policies.pop(asked["ResourceId"], None) is None:
            raise Refused(400, "ObjectNotFoundException", "No scaling policy found.")
        return {}

    def _DeregisterScalableTarget(self, asked):
        self.policies.pop(asked["ResourceId"], None)
        if self.scaling.pop(asked["ResourceId"], None) is None:
            raise Refused(400, "ObjectNotFoundException", "No scalable target found.")
        return {}
