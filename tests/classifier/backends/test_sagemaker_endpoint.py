"""An endpoint is made, changed and taken down, wherever a deed was cut off; none is left billed."""

import pytest

from classifier.backends.aws import AwsFault, client
from classifier.backends.aws_waiting import TooLong
from classifier.backends.endpoint_parts import EndpointFault, Wanted
from classifier.backends.hosted_forms import CONTAINER, FORMS, JSON_LINES
from classifier.backends.hosted_models import BadModel, Hosted
from classifier.backends.sagemaker_endpoint import Endpoint
from classifier.backends.sagemaker_scaling import Scaling
from tests.aws_places import BUCKET, REGION

ROLE = "arn:aws:iam::123456789012:role/classie-sagemaker"
IMAGE = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/classie-sagemaker:1"
DATA = f"s3://{BUCKET}/trained/model.tar.gz"
HOSTED = Hosted(IMAGE, DATA, ROLE)
SMALL = Wanted(HOSTED, "ml.m5.large")
SCALED = Wanted(HOSTED, "ml.c5.xlarge", 2, Scaling(1, 4, 600))
THROTTLED = 400, "ThrottlingException", "Rate exceeded"
DENIED = 403, "AccessDeniedException", "Not you"


def named(name, limit=60):
    return Endpoint(name, REGION, lambda state, seconds: None, limit, pause=0.001)


@pytest.fixture
def endpoint(hosts):
    return named("classie")


def test_it_is_made_answers_and_is_taken_down_with_all_that_belongs_to_it(hosts, endpoint):
    endpoint.create(SCALED)
    standing = endpoint.status()
    assert (standing.state, standing.instances) == ("InService", 2)
    assert standing.scaling == Scaling(1, 4, 600)
    for made in (*hosts.models.values(), *hosts.configs.values(), *hosts.endpoints.values()):
        assert {"Key": "classie:endpoint", "Value": "classie"} in made["Tags"]
    answer = client("sagemaker-runtime", REGION).invoke_endpoint(
        EndpointName="classie", ContentType=JSON_LINES, Body=FORMS[CONTAINER].ask("river and pond")
    )
    assert FORMS[CONTAINER].read(answer["Body"].read().decode())[0].code == "WATER"
    endpoint.delete()
    assert hosts.left() == []
    assert endpoint.status().is_nothing
    endpoint.delete()  # twice is once
    assert hosts.left() == []


def test_what_is_made_twice_is_there_once(hosts, endpoint):
    endpoint.create(SMALL)
    before = hosts.left()
    hosts.calls.clear()
    endpoint.create(SMALL)
    assert hosts.left() == before
    assert not any(call.startswith("Create") for call in hosts.calls)
    with pytest.raises(EndpointFault, match="is something else"):
        endpoint.create(SCALED)
    assert hosts.left() == before


def test_one_that_does_not_come_up_is_taken_down_and_says_why(hosts, endpoint):
    hosts.fails = "The container did not pass the ping health check."
    with pytest.raises(EndpointFault, match=r"Failed: The container.*nothing is left"):
        endpoint.create(SCALED)
    assert hosts.left() == []


def test_one_that_serves_is_not_taken_down_because_its_change_takes_long(hosts, endpoint):
    endpoint.create(SMALL)
    hosts.stays = True
    hosts.endpoints["classie"]["EndpointStatus"] = "Updating"
    with pytest.raises(TooLong):
        named("classie", 0.01).create(SMALL)
    assert "DeleteEndpoint" not in hosts.calls
    assert hosts.billed() == ["classie"]


def test_one_that_takes_too_long_is_taken_down(hosts):
    hosts.stays = True

    def after_a_while():
        # AWS deletes none that is just being made.
        hosts.stays = hosts.calls.count("DeleteEndpoint") < 2

    hosts.on_look = after_a_while
    with pytest.raises(EndpointFault, match="limit"):
        named("classie", 0.01).create(SMALL)
    assert hosts.left() == []


def test_what_aws_refuses_leaves_nothing(hosts, endpoint):
    hosts.refusals["CreateEndpoint"] = [(400, "ResourceLimitExceeded", "0 instances of ml.m5")]
    with pytest.raises(AwsFault, match="higher quota"):
        endpoint.create(SMALL)
    assert hosts.left() == []


def test_a_busy_aws_is_asked_again(hosts, endpoint):
    for call in ("CreateModel", "CreateEndpoint", "DescribeEndpoint"):
        hosts.refusals[call] = [THROTTLED]
    endpoint.create(SMALL)
    assert endpoint.status().state == "InService"


def test_a_configuration_that_aws_does_not_see_yet_is_waited_for(hosts, endpoint):
    unseen = 400, "ValidationException", "Could not find endpoint configuration."
    hosts.refusals["CreateEndpoint"] = [unseen, unseen]
    endpoint.create(SMALL)
    assert endpoint.status().state == "InService"


def is_cut(hosts, deed, after, loses_last):
    """Do a deed whose line is cut after so many calls; whether it came to be cut."""
    hosts.cut_after, hosts.loses_last = after, loses_last
    try:
        deed()
    except AwsFault:
        return True
    finally:
        hosts.cut_after = None
    return False


@pytest.mark.parametrize("loses_last", [False, True])
def test_cut_off_between_any_two_calls_every_deed_goes_on(hosts, endpoint, loses_last):
    def begin(wanted):
        endpoint.delete()
        if wanted:
            endpoint.create(wanted)

    for before, deed, after in [
        (None, lambda: endpoint.create(SCALED), SCALED),
        (SCALED, lambda: endpoint.update(SMALL), SMALL),
        (SCALED, endpoint.delete, None),
    ]:
        for calls in range(1, 100):
            begin(before)
            if not is_cut(hosts, deed, calls, loses_last):
                break
            deed()
            standing = endpoint.status()
            assert standing.is_nothing is (after is None)
            if after:
                assert (standing.state, standing.scaling) == ("InService", after.scaling)
                assert standing.instances == after.instances
                assert len(standing.configurations) == len(standing.models) == 1
        assert calls > 5


def test_an_update_replaces_what_was_there(hosts, endpoint):
    endpoint.create(SCALED)
    other = Wanted(Hosted(IMAGE, DATA.replace("trained", "newer"), ROLE), "ml.m5.large", 1)
    endpoint.update(other)
    standing = endpoint.status()
    assert (standing.state, standing.instances, standing.scaling) == ("InService", 1, None)
    assert len(standing.configurations) == len(standing.models) == 1
    (model,) = hosts.models.values()
    assert "newer" in model["PrimaryContainer"]["ModelDataUrl"]


def test_an_update_that_fails_leaves_what_was_there(hosts, endpoint):
    endpoint.create(SMALL)
    before = endpoint.status()
    hosts.fails = "No capacity."
    with pytest.raises(EndpointFault, match=r"answers as before.*No capacity"):
        endpoint.update(SCALED)
    assert endpoint.status().configuration == before.configuration
    assert endpoint.status().configurations == before.configurations


def test_what_is_not_there_is_not_updated(hosts, endpoint):
    with pytest.raises(EndpointFault, match="There is no endpoint classie"):
        endpoint.update(SMALL)
    assert hosts.left() == []


def test_somebody_elses_is_left_alone(hosts):
    theirs = named("theirs")
    theirs.create(SMALL)
    hosts.endpoints["theirs"]["Tags"] = []
    for deed in ("delete", "status"):
        with pytest.raises(EndpointFault, match="somebody else's"):
            getattr(theirs, deed)()
    assert hosts.endpoints["theirs"]["EndpointStatus"] == "InService"


def test_without_the_rights_to_scale_it_is_made_changed_and_deleted(hosts, endpoint):
    for call in ("DeleteScalingPolicy", "DeregisterScalableTarget"):
        hosts.refusals[call] = [DENIED] * 9
    endpoint.create(SMALL)
    endpoint.update(Wanted(HOSTED, "ml.c5.xlarge", 2))
    endpoint.delete()
    assert hosts.left() == []


def test_scaling_that_cannot_be_removed_keeps_no_endpoint_billed(hosts, endpoint):
    endpoint.create(SCALED)
    hosts.refusals["DeleteScalingPolicy"] = [DENIED]
    with pytest.raises(AwsFault, match=r"is deleted and no longer billed.*AccessDenied"):
        endpoint.delete()
    assert hosts.billed() == []
    endpoint.delete()
    assert hosts.left() == []


def test_a_deletion_that_takes_long_goes_on_the_next_time(hosts, endpoint):
    endpoint.create(SMALL)
    hosts.stays = True
    with pytest.raises(TooLong):
        named("classie", 0.01).delete()
    hosts.stays = False
    endpoint.delete()
    assert hosts.left() == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("classie-sagemaker:1", DATA, ROLE), "no image in ECR"),
        ((IMAGE, "/home/model.tar.gz", ROLE), "no model in S3"),
        ((IMAGE, DATA, "admin"), "no role"),
    ],
)
def test_what_can_be_no_model_is_said_at_once(given, said):
    with pytest.raises(BadModel, match=said):
        Hosted(*given)
